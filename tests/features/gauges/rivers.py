"""A river made of two reservoirs, whose rain is known."""

from __future__ import annotations

import numpy as np
import pandas as pd


def river(hours: int, seed: int = 1) -> pd.DataFrame:
    """Storms on a fast and a slow reservoir; the gauge above is three hours ahead."""
    random = np.random.default_rng(seed)
    storms = random.random(hours) < 0.01
    rain = np.where(storms, random.gamma(2, 4, hours), 0.0)
    rain = np.convolve(rain, [0.5, 0.3, 0.2])[:hours]
    fast = slow = 0.0
    level = np.empty(hours)
    for hour in range(hours):
        fast = fast * 0.8 + rain[hour] * 0.5
        slow = slow * 0.995 + rain[hour] * 0.1
        level[hour] = 30 + 4 * fast + 2 * slow + random.normal(0, 0.2)
    times = pd.date_range("2025-01-01", periods=hours, freq="h", tz="UTC", name="time")
    upstream = np.roll(level, -3)
    return pd.DataFrame({"level": level, "rain_mm": rain, "upstream_1": upstream}, index=times)
