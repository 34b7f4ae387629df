"""A year of two gauges in which every fault is known, made from a seed.

True levels are a low flow with floods of known height. On them lie what sensors do: single false
echoes, values that stand still, water in the blind zone, a clock that jumps, and a pressure probe
whose vent is closed, so that the air pressure is in its level.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

STEP = timedelta(minutes=15)
STAGES = (100.0, 200.0, 300.0)
#: The distance sensor hangs so high over gauge zero, and is blind for the first of it, cm.
MOUNTED_CM, BLIND_CM = 420.0, 30.0
Floats = NDArray[np.float64]
#: Time, value, quality and tests as ingest keeps them.
Reading = tuple[datetime, float, int, int]


@dataclass(frozen=True)
class Year:
    """True levels (cm) each quarter of an hour, and what was put on them, by kind."""

    start: datetime
    truth: Floats
    faults: dict[str, int] = field(default_factory=dict)

    def crossings(self, stage_cm: float) -> list[tuple[datetime, datetime]]:
        """When the water stood at or over a level, for at least three quarters of an hour."""
        over = np.concatenate([[False], self.truth >= stage_cm, [False]])
        edges = np.flatnonzero(over[1:] != over[:-1])
        return [
            (self.start + int(a) * STEP, self.start + int(b) * STEP)
            for a, b in zip(edges[::2], edges[1::2], strict=True)
            if b - a >= 3
        ]


def labelled_year(start: datetime, seed: int, days: int = 365) -> Year:
    """The true levels: seven floods, two of them over stage 3, and small rises between them."""
    random = np.random.default_rng(seed)
    steps = days * 96
    at = np.arange(steps)
    level = 35 + 8 * np.sin(2 * np.pi * at / (96 * 365))
    heights = [70, 120, 175, 230, 260, 340, 375, 40, 55, 85, 110]
    places = np.linspace(0.04, 0.95, len(heights)) * steps
    for place, height in zip(places, random.permutation(heights), strict=True):
        rise = random.uniform(12, 40)
        since = np.clip((at - place) / rise, 0, None)
        level = level + height * since * np.exp(1 - since)
    return Year(start, level)


def distance_readings(year: Year, seed: int) -> list[Reading]:
    """What an ultrasonic sensor sends: mm down to the water."""
    random = np.random.default_rng(seed)
    seen = year.truth + random.normal(0, 0.4, len(year.truth))
    steps = len(seen)
    _stand_still(year, seen, random)
    blind = MOUNTED_CM - BLIND_CM
    bound = seen > blind
    seen[bound] = blind
    # single echoes: of a bridge, a bird, snow; up to the sensor, or past the water
    echoes = np.unique(random.integers(3, steps // 4 - 3, 160)) * 4
    seen[echoes] = random.choice([150.0, 210.0, 260.0, 310.0, 389.0, -40.0], len(echoes))
    bound[echoes] = False
    year.faults.update(echoes=len(echoes), blind=int(bound.sum()))
    times = [year.start + n * STEP for n in range(steps)]
    _jump_clock(year, times, random)
    readings = {
        time: (time, 10 * (MOUNTED_CM - level), 1, 16 if at_end else 0)
        for time, level, at_end in zip(times, seen, bound, strict=True)
    }
    return sorted(readings.values())


def pressure_readings(year: Year, seed: int) -> list[Reading]:
    """What a probe 20 cm below zero sends, its vent closed for three weeks: hPa of water."""
    random = np.random.default_rng(seed)
    seen = year.truth + random.normal(0, 0.3, len(year.truth))
    air = np.cumsum(random.normal(0, 0.12, len(seen)))
    air = 12 * air / np.abs(air).max()
    closed = slice(len(seen) // 2, len(seen) // 2 + 21 * 96)
    seen[closed] += air[closed]
    year.faults["vent_closed"] = 21 * 96
    return [(year.start + n * STEP, (level + 20) / 1.01972, 1, 0) for n, level in enumerate(seen)]


def _stand_still(year: Year, seen: Floats, random: np.random.Generator) -> None:
    """Five times for twelve hours, when the water is low."""
    low = np.flatnonzero(year.truth < 60)
    for place in random.choice(low, 5, replace=False):
        seen[place : place + 48] = seen[place]
    year.faults["standing"] = 5 * 48


def _jump_clock(year: Year, times: list[datetime], random: np.random.Generator) -> None:
    """Six times for three hours, an hour ahead or behind; once while a flood rises."""
    rising = int(np.argmax(year.truth)) - 30
    for place in (rising, *random.integers(100, len(times) - 100, 5)):
        jump = STEP * 4 * int(random.choice([-1, 1])) + timedelta(seconds=37)
        for number in range(int(place), int(place) + 12):
            times[number] += jump
    year.faults["clock"] = 6 * 12
