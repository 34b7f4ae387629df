"""Rain seen by radar: the binary composites RW, RY and SF of the German weather service.

A header of text up to the sign ETX, then two bytes for each square kilometre, from the south-west
on row by row: 12 bits of value and four that qualify it. The grid is a polar stereographic
projection that is true at 60° N, on a sphere of 6370.04 km with the meridian 10° E.

Layout: DWD, "RADOLAN/RADVOR-Kompositformat", version 2.5, chapters 1.2 and 1.4.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from regionhub.features.feeds.content import UnusableFile

_RADIUS_KM, _TRUE_AT, _MERIDIAN = 6370.04, math.radians(60), math.radians(10)
#: By rows and columns of the grid, the south-western corner in km.
_CORNERS = {(900, 900): (-523.4622, -4658.645), (1100, 900): (-443.4622, -4758.645)}
_LONGEST_HEADER = 4096
_VALUE, _NONE, _NEGATIVE, _CLUTTER = 0x0FFF, 0x2000, 0x4000, 0x8000
_HEAD = re.compile(r"([A-Z]{2})(\d{2})(\d{2})(\d{2})(\d{5})(\d{2})(\d{2})BY")
_PRECISION = re.compile(r"PR\s*E([-+]\d+)")
_INTERVAL = re.compile(r"INT\s*(\d+)")
_GRID = re.compile(r"GP\s*(\d+)\s*x\s*(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Rain in mm of the `interval` that ends at `time`; NaN where no radar looked."""

    product: str
    time: datetime
    interval: timedelta
    rain_mm: NDArray[np.float64]

    def at(self, latitude: float, longitude: float) -> float | None:
        """The rain of the square kilometre that a place lies in; None where none was seen."""
        rows, columns = self.rain_mm.shape
        west, south = _CORNERS[rows, columns]
        east_km, north_km = project(latitude, longitude)
        column, row = math.floor(east_km - west), math.floor(north_km - south)
        if not (0 <= row < rows and 0 <= column < columns):
            return None
        value = float(self.rain_mm[row, column])
        return None if math.isnan(value) else value


def hours(now: datetime, count: int) -> list[datetime]:
    """When the last hourly sums that do not overlap ended, the oldest first: ten to each hour."""
    last = now.replace(minute=50, second=0, microsecond=0)
    if last > now:
        last -= timedelta(hours=1)
    return [last - timedelta(hours=back) for back in reversed(range(count))]


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Kilometres east and north of the pole."""
    phi, turned = math.radians(latitude), math.radians(longitude) - _MERIDIAN
    distance = _RADIUS_KM * (1 + math.sin(_TRUE_AT)) / (1 + math.sin(phi)) * math.cos(phi)
    return distance * math.sin(turned), -distance * math.cos(turned)


def picture(body: bytes) -> Picture:
    """Read a composite.

    Raises:
        UnusableFile: it is none, or on another grid.
    """
    end = body.find(b"\x03", 0, _LONGEST_HEADER)
    header = body[: max(end, 0)].decode("latin-1")
    head, precision = _HEAD.match(header), _PRECISION.search(header)
    interval, grid = _INTERVAL.search(header), _GRID.search(header)
    if not (head and precision and interval and grid):
        raise UnusableFile("it is no radar composite")
    product, day, hour, minute, _, month, year = head.groups()
    shape = int(grid[1]), int(grid[2])
    if shape not in _CORNERS:
        raise UnusableFile(f"its grid of {shape[0]} x {shape[1]} is not known")
    data = np.frombuffer(
        body, dtype="<u2", offset=end + 1, count=-1 if (len(body) - end) % 2 else 0
    )
    if data.size != shape[0] * shape[1]:
        raise UnusableFile("it does not hold all of its grid")
    try:
        time = datetime(2000 + int(year), int(month), int(day), int(hour), int(minute), tzinfo=UTC)
    except ValueError:
        raise UnusableFile("its time is none") from None
    values = (data & _VALUE).astype(np.float64) * 10.0 ** int(precision[1])
    values = np.where(data & _NEGATIVE, -values, values)
    values[(data & (_NONE | _CLUTTER)) > 0] = np.nan
    return Picture(
        product=product,
        time=time,
        interval=timedelta(minutes=int(interval[1])),
        rain_mm=values.reshape(shape),
    )
