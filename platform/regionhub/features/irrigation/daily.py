"""Days of a site as the dry-down wants them: values, rain, and how much the air demands."""

from __future__ import annotations

import numpy as np
import pandas as pd

from regionhub.features.irrigation.drydown import Days, Floats, season_demand

#: Reference evapotranspiration of a midsummer day.
MIDSUMMER_ET0_MM = 4.0
#: Tomorrow's demand is that of the last days.
_DEMAND_DAYS = 7


def days_of(table: pd.DataFrame, unit: str) -> Days:
    """A row for each day in order: `value`, and where known `rain_mm` and `et0_mm`."""
    demand = season_demand(_day_of_year(table))
    if "et0_mm" in table:
        demand = relative_demand(table["et0_mm"].to_numpy(float), demand)
    rain = table["rain_mm"].to_numpy(float) if "rain_mm" in table else None
    return Days(table["value"].to_numpy(float), rain, demand, unit)


def relative_demand(et0_mm: Floats, season: Floats) -> Floats:
    """Demand of the air relative to midsummer by its evapotranspiration, else by the season."""
    measured = np.sqrt(et0_mm.clip(min=0) / MIDSUMMER_ET0_MM)
    return np.where(np.isfinite(measured), measured, season)


def demand_ahead(table: pd.DataFrame, days: Days, lead: int) -> Floats:
    """What demand is expected: that of the season, as far off as the last days were."""
    number = _day_of_year(table)
    off = days.demand / season_demand(number)
    recent = pd.Series(off).rolling(_DEMAND_DAYS, min_periods=1).mean().to_numpy()
    return np.stack([season_demand(number + day) * recent for day in range(1, lead + 1)], axis=1)


def _day_of_year(table: pd.DataFrame) -> Floats:
    return pd.DatetimeIndex(table.index).day_of_year.to_numpy(float)
