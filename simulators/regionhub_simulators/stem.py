"""The stem of a tree: it grows while the soil is moist and shrinks while it is not.

Two parts, as dendrometers show them: growth, which never goes back, and a deficit of water that
follows the dryness of soil and air. In moist soil the deficit is gone each night; in dry soil the
stem stays below its former size until it rains.
"""

from __future__ import annotations

import numpy as np

from .weather import Series, saturation_vapour_pressure

_GROWTH_UM_PER_HOUR = 0.4
#: Below this share of its available water soil does not fill a stem up any more.
_ENOUGH_WATER = 0.5
_DRY_SOIL_UM, _DRY_AIR_UM_PER_KPA = 600.0, 22.0


def make_stem(water: Series, temperature: Series, humidity: Series) -> Series:
    """Return the size of a stem in um from hourly series.

    `water` is the plant-available water in the root zone (0 to 1), `temperature` in degC and
    `humidity` in % are those of the air in the stand.
    """
    thirst = np.clip(_ENOUGH_WATER - water, 0.0, 1.0)
    growing = (thirst == 0) & (temperature > 5)
    deficit = saturation_vapour_pressure(temperature) * (1 - humidity / 100)
    # dew and night air fill the stem: only what the air takes by day is missing
    by_day = _DRY_AIR_UM_PER_KPA * np.maximum(deficit - 0.3, 0.0)
    return np.asarray(_GROWTH_UM_PER_HOUR * np.cumsum(growing) - _DRY_SOIL_UM * thirst - by_day)
