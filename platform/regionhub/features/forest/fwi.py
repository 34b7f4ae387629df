"""The Canadian Forest Fire Weather Index System, one noon value a day.

Source of every formula: C. E. Van Wagner and T. L. Pickett, "Equations and FORTRAN program for the
Canadian Forest Fire Weather Index System", Forestry Technical Report 33, Ottawa 1985, as explained
in C. E. Van Wagner, Forestry Technical Report 35, 1987. The constants are those of 1985 (147.2);
later programs use 147.27723 and differ by up to 0.25.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

#: Effective day length of the DMC, and the day length adjustment of the DC, January to December
#: (46° N; the report gives them for use in all of Canada).
_DMC_DAY_LENGTH = (6.5, 7.5, 9.0, 12.8, 13.9, 13.9, 12.4, 10.9, 9.4, 8.0, 7.0, 6.0)
_DC_DAY_LENGTH = (-1.6, -1.6, -1.6, 0.9, 3.8, 5.8, 6.4, 5.0, 2.4, 0.4, -1.6, -1.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noon:
    """The weather at noon standard time, measured in the open.

    Units: temperature in °C, relative humidity in % (0 to 100), wind at 10 m in km/h, rain of the
    24 hours before in mm.
    """

    temperature: float
    humidity: float
    wind: float
    rain: float


@dataclass(frozen=True, slots=True)
class Codes:
    """Moisture of three fuel layers, which each day carries to the next; dimensionless.

    `ffmc` is the litter's (0 to 101), `dmc` that of loosely packed duff, `dc` that of deep duff
    and of logs. The higher, the drier.
    """

    ffmc: float
    dmc: float
    dc: float


@dataclass(frozen=True, slots=True)
class Day:
    """The codes of one day and what follows from them; dimensionless.

    `isi` is how fast a fire would spread, `bui` how much fuel would burn, `fwi` the intensity of
    the fire's front.
    """

    codes: Codes
    isi: float
    bui: float
    fwi: float


#: After snow has gone: three days of drying since the ground was saturated.
SPRING = Codes(85.0, 6.0, 15.0)


def advance(before: Codes, noon: Noon, month: int) -> Day:
    """The day that follows on `before` with the weather of its noon; `month` is 1 to 12."""
    codes = Codes(
        ffmc=_fine_fuel(before.ffmc, noon),
        dmc=_duff(before.dmc, noon, month),
        dc=_drought(before.dc, noon, month),
    )
    isi = _initial_spread(codes.ffmc, noon.wind)
    bui = _build_up(codes.dmc, codes.dc)
    return Day(codes, isi, bui, _weather_index(isi, bui))


def _moisture(ffmc: float) -> float:
    """Water of the litter in % of its dry weight (equation 1)."""
    return 147.2 * (101.0 - ffmc) / (59.5 + ffmc)


def _fine_fuel(before: float, noon: Noon) -> float:
    """Fine Fuel Moisture Code (equations 1 to 10)."""
    moisture = _moisture(before)
    if noon.rain > 0.5:
        moisture = _wetted(moisture, noon.rain - 0.5)
    humidity, dry = noon.humidity, 0.18 * (21.1 - noon.temperature)
    common = dry * (1.0 - exp(-0.115 * humidity))
    drying = 0.942 * humidity**0.679 + 11.0 * exp((humidity - 100.0) / 10.0) + common
    wetting = 0.618 * humidity**0.753 + 10.0 * exp((humidity - 100.0) / 10.0) + common
    if moisture > drying:
        rate = _rate(humidity / 100.0, noon)
        moisture = drying + (moisture - drying) * 10.0**-rate
    elif moisture < wetting:
        rate = _rate((100.0 - humidity) / 100.0, noon)
        moisture = wetting - (wetting - moisture) * 10.0**-rate
    return min(max(59.5 * (250.0 - moisture) / (147.2 + moisture), 0.0), 101.0)


def _wetted(moisture: float, rain: float) -> float:
    """Water of the litter after rain of which 0.5 mm stayed in the crowns (equations 3a, 3b)."""
    taken = 42.5 * rain * exp(-100.0 / (251.0 - moisture)) * (1.0 - exp(-6.93 / rain))
    if moisture > 150.0:
        taken += 0.0015 * (moisture - 150.0) ** 2 * sqrt(rain)
    return min(moisture + taken, 250.0)


def _rate(share: float, noon: Noon) -> float:
    """Log drying or wetting rate of a day (equations 4 to 7)."""
    still: float = 0.424 * (1.0 - share**1.7) + 0.0694 * sqrt(noon.wind) * (1.0 - share**8)
    return still * 0.581 * exp(0.0365 * noon.temperature)


def _duff(before: float, noon: Noon, month: int) -> float:
    """Duff Moisture Code (equations 11 to 17)."""
    code = before
    if noon.rain > 1.5:
        effective = 0.92 * noon.rain - 1.27
        moisture = 20.0 + exp(5.6348 - before / 43.43)
        if before <= 33.0:
            slope = 100.0 / (0.5 + 0.3 * before)
        elif before <= 65.0:
            slope = 14.0 - 1.3 * log(before)
        else:
            slope = 6.2 * log(before) - 17.2
        moisture += 1000.0 * effective / (48.77 + slope * effective)
        code = max(244.72 - 43.43 * log(moisture - 20.0), 0.0)
    warmth = max(noon.temperature, -1.1) + 1.1
    dried = 1.894 * warmth * (100.0 - noon.humidity) * _DMC_DAY_LENGTH[month - 1] * 1e-4
    return code + dried


def _drought(before: float, noon: Noon, month: int) -> float:
    """Drought Code (equations 18 to 23)."""
    code = before
    if noon.rain > 2.8:
        effective = 0.83 * noon.rain - 1.27
        water = 800.0 * exp(-before / 400.0) + 3.937 * effective
        code = max(400.0 * log(800.0 / water), 0.0)
    warmth = max(noon.temperature, -2.8) + 2.8
    return code + 0.5 * max(0.36 * warmth + _DC_DAY_LENGTH[month - 1], 0.0)


def _initial_spread(ffmc: float, wind: float) -> float:
    """Initial Spread Index (equations 24 to 26)."""
    moisture = _moisture(ffmc)
    fuel: float = 91.9 * exp(-0.1386 * moisture) * (1.0 + moisture**5.31 / 4.93e7)
    return 0.208 * exp(0.05039 * wind) * fuel


def _build_up(dmc: float, dc: float) -> float:
    """Buildup Index (equations 27a and 27b)."""
    if dmc == 0.0 and dc == 0.0:
        return 0.0
    if dmc <= 0.4 * dc:
        return 0.8 * dmc * dc / (dmc + 0.4 * dc)
    more: float = 0.92 + (0.0114 * dmc) ** 1.7
    return max(dmc - (1.0 - 0.8 * dc / (dmc + 0.4 * dc)) * more, 0.0)


def _weather_index(isi: float, bui: float) -> float:
    """Fire Weather Index (equations 28 to 30)."""
    depth = (
        0.626 * bui**0.809 + 2.0 if bui <= 80.0 else 1000.0 / (25.0 + 108.64 * exp(-0.023 * bui))
    )
    intensity = 0.1 * isi * depth
    return exp(2.72 * (0.434 * log(intensity)) ** 0.647) if intensity > 1.0 else intensity
