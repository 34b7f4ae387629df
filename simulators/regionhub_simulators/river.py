"""Rivers: rain becomes runoff, runoff a wave, and the wave moves down from gauge to gauge.

A cascade of equal linear reservoirs (Nash 1957): what leaves one reach enters the next, so
every reach delays the wave by `_REACH_H` hours and flattens it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .weather import STEP_S, Series, Weather

#: Reservoirs per river; a gauge may sit at positions 0 to REACHES - 1.
REACHES = 10
_HILL_H = 3.5
_REACH_H = 1.6
_STEP_H = STEP_S / 3600
_BASE_FLOW = 0.03  # mm/h


def make_rivers(rivers: Sequence[str], weather: Weather, *, seed: int) -> dict[str, Series]:
    """Discharge per catchment area, mm/h: for each river an array (time step, position)."""
    wetness_factor = np.array([_factor(name, seed) for name in rivers])
    flow = np.full((len(rivers), REACHES), _BASE_FLOW)
    hill = np.zeros(len(rivers))
    ground = np.full(len(rivers), 40.0)  # mm that feed the base flow
    wet = 20.0  # antecedent precipitation index, mm, forgets with 10 d
    result = np.empty((len(weather), len(rivers), REACHES))
    leave_hill, leave_reach = _gone(_HILL_H), _gone(_REACH_H)
    forget, leave_ground = _gone(10 * 24), _gone(45 * 24)
    for step, rain in enumerate(weather.rain.tolist()):
        wet += rain - wet * forget
        quick_share = min(0.6, 0.06 + 0.45 * wet / 80.0)
        hill += quick_share * rain * wetness_factor
        ground += 0.25 * rain - ground * leave_ground
        out = hill * leave_hill
        hill -= out
        inflow = np.empty_like(flow)
        inflow[:, 0] = (out + ground * leave_ground) / _STEP_H
        inflow[:, 1:] = flow[:, :-1]
        flow = flow + leave_reach * (inflow - flow)
        result[step] = flow
    return {name: result[:, index, :] for index, name in enumerate(rivers)}


def level_cm(flow_mm_h: Series, *, low: float, gain: float) -> Series:
    """Water level above gauge zero: a rating curve W = low + gain * q^0.6 (Manning's exponent)."""
    return np.asarray(low + gain * flow_mm_h**0.6)


def rating(key: int, seed: int) -> tuple[float, float]:
    """Return the gauge's own `low` [cm] and `gain` [cm]: how wide and deep the bed is there."""
    rng = np.random.default_rng([seed, 3, key])
    return float(rng.uniform(8, 25)), float(rng.uniform(70, 110))


def _gone(hours: float) -> float:
    """Return the share that leaves a reservoir with this time constant in one step."""
    return float(1 - np.exp(-_STEP_H / hours))


def _factor(name: str, seed: int) -> float:
    """How strongly this river's valley was hit by the region's rain."""
    rng = np.random.default_rng([seed, 4, *name.encode()])
    return float(rng.uniform(0.75, 1.15))
