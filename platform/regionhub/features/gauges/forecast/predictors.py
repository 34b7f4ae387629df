"""What is known at an hour about the level in the next ones.

One row for each hour, from values of this hour and earlier ones only.
"""

from __future__ import annotations

import pandas as pd

_LEVEL_LAGS = (1, 2, 3, 4, 6, 8, 12, 24)
_UPSTREAM_LAGS = (0, 1, 2, 3, 4, 6, 8, 12)
_RAIN_LAGS = range(7)
_RAIN_SUMS = (6, 12, 24, 72, 168, 720)


#: Columns of rain that was forecast begin so; the lead follows.
AHEAD = "rain_ahead_"


def predictors(hourly: pd.DataFrame) -> pd.DataFrame:
    """The predictors of each hour.

    Args:
        hourly: index of whole hours without gaps; `level`, and where known `rain_mm` of the hour
            and columns `upstream_...` with levels of gauges above, `rain_ahead_...` with rain that
            was forecast for the next hours; NaN where nothing was measured, or known.

    Returns:
        The level, how it changed since earlier hours, rain of single hours and sums of longer
        periods, and for each gauge above its level and how that changed.
    """
    level = hourly["level"]
    columns = {"level": level}
    for lag in _LEVEL_LAGS:
        columns[f"level_change_{lag}"] = level - level.shift(lag)
    if "rain_mm" in hourly:
        rain = hourly["rain_mm"]
        for lag in _RAIN_LAGS:
            columns[f"rain_{lag}"] = rain.shift(lag)
        for hours in _RAIN_SUMS:
            # a gap of some hours in a month of rain does not make the month unknown
            columns[f"rain_sum_{hours}"] = rain.rolling(hours, min_periods=hours // 2).sum()
    for name in hourly:
        if str(name).startswith(AHEAD):
            columns[str(name)] = hourly[name]
        if str(name).startswith("upstream_"):
            above = hourly[name]
            columns[f"{name}"] = above
            for lag in _UPSTREAM_LAGS[1:]:
                columns[f"{name}_change_{lag}"] = above - above.shift(lag)
    return pd.DataFrame(columns)
