"""The fire weather of forest stands, computed when a noon has passed and when its weather changed.

A step takes stands of which something changed, or whose newest noon is to be computed. The codes of
a day stand on all days before, so that they are followed anew from the first; what is other than it
was is written, and the stand decided again from that noon on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from regionhub.errors import StoreBusy, StoreUnavailable
from regionhub.observability import get_logger
from regionhub.store.database import Connection, as_json, select_all, store_errors
from regionhub.store.statements import queries

from .classes import Seasons
from .fwi import Day, Noon
from .fwi_season import Rain, follow

_SQL = queries(__package__, "fire_weather")
_log = get_logger(__name__)
#: Stands that one step takes.
_MOST = 20


@dataclass(frozen=True, slots=True)
class _Asked:
    """A stand and the days to compute; without one, that there was work."""

    site_id: int | None
    tenant_id: int | None
    from_day: date
    until_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """The weather of a noon: °C, %, km/h, mm of 24 hours, kPa; None where nobody knows it."""

    day: date
    temperature_degc: float | None
    humidity_pct: float | None
    wind_kmh: float | None
    rain_mm: float | None
    vpd_kpa: float | None
    is_forecast: bool
    under_canopy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FireDay:
    """A row of core.fire_weather without its site; codes are None where the weather is missing."""

    day: date
    temperature_degc: float | None
    humidity_pct: float | None
    wind_kmh: float | None
    rain_mm: float | None
    vpd_kpa: float | None
    is_forecast: bool
    under_canopy: bool
    ffmc: float | None
    dmc: float | None
    dc: float | None
    isi: float | None
    bui: float | None
    fwi: float | None
    state: str
    by_own_season: bool
    uncertain: bool


def decide(connection: Connection) -> list[int] | None:
    """One step, in this transaction; a second one waits for the first.

    A stand at which it fails, on a fault of the program included, is left as it was and tried again
    in an hour; the others go on.

    Args:
        connection: under the ingest role.

    Returns:
        The stands that became other ones; None if nothing waits.

    Raises:
        StoreUnavailable: the database is away.
    """
    connection.execute(_SQL["lock"])
    asked = select_all(connection, _Asked, _SQL["claim"], {"most": _MOST})
    if not asked:
        return None
    return sorted(
        one.site_id for one in asked if one.site_id is not None and _computed(connection, one)
    )


def _computed(connection: Connection, asked: _Asked) -> bool:
    try:
        with store_errors(), connection.transaction():
            return _compute(connection, asked)
    except Exception as error:
        if isinstance(error, StoreUnavailable) and not isinstance(error, StoreBusy):
            raise
        _log.exception("stand_failed", site_id=asked.site_id)
    later = {"site_id": asked.site_id, "from_day": asked.from_day}
    connection.execute(_SQL["try_later"], later)
    return False


def _compute(connection: Connection, asked: _Asked) -> bool:
    """Whether anything became another one."""
    ids = {"site_id": asked.site_id, "tenant_id": asked.tenant_id}
    values = ids | {"from_day": asked.from_day, "until_day": asked.until_day}
    known = select_all(connection, FireDay, _SQL["known"], values)
    weather = [_weather(row) for row in known if row.day < asked.from_day]
    weather += select_all(connection, Weather, _SQL["weather"], values)
    days = list(fire_days(weather, asked.until_day))
    connection.execute(_SQL["computed"], values)
    before = {row.day: row for row in known}
    changed = [row for row in days if before.pop(row.day, None) != row]
    first = min((*before, *(row.day for row in changed)), default=None)
    if first is None:
        return False
    rows = [asdict(row) | {"day": row.day.isoformat()} for row in changed]
    connection.execute(_SQL["write"], ids | {"gone": sorted(before), "rows": as_json(rows)})
    connection.execute(_SQL["touch"], ids | {"day": first})
    return True


def _weather(row: FireDay) -> Weather:
    return Weather(
        day=row.day,
        temperature_degc=row.temperature_degc,
        humidity_pct=row.humidity_pct,
        wind_kmh=row.wind_kmh,
        rain_mm=row.rain_mm,
        vpd_kpa=row.vpd_kpa,
        is_forecast=row.is_forecast,
        under_canopy=row.under_canopy,
    )


def fire_days(weather: Sequence[Weather], until: date) -> Iterator[FireDay]:
    """Each day from the first whose weather is whole, the missing ones too, up to `until`.

    Args:
        weather: of days in rising order; those that are left out are missing.
        until: the last day.
    """
    noons = {row.day: _noon(row) for row in weather}
    first = next((day for day, noon in noons.items() if isinstance(noon, Noon)), None)
    if first is None:
        return
    known = {row.day: row for row in weather}
    days = [first + timedelta(days=number) for number in range((until - first).days + 1)]
    seasons = Seasons()
    for one in follow((day, noons.get(day)) for day in days):
        row = known.get(one.date) or _missing(one.date)
        class_ = seasons.judge(one.date, one.day.fwi) if one.day else None
        ffmc, dmc, dc, isi, bui, fwi = _figures(one.day)
        yield FireDay(
            **asdict(row),
            ffmc=ffmc,
            dmc=dmc,
            dc=dc,
            isi=isi,
            bui=bui,
            fwi=fwi,
            state=class_.state if class_ else "no_data",
            by_own_season=class_ is not None and class_.by_own_season,
            uncertain=one.uncertain,
        )


def _figures(day: Day | None) -> tuple[float | None, ...]:
    if day is None:
        return (None,) * 6
    return (day.codes.ffmc, day.codes.dmc, day.codes.dc, day.isi, day.bui, day.fwi)


def _noon(row: Weather) -> Noon | Rain | None:
    if (
        row.temperature_degc is not None
        and row.humidity_pct is not None
        and row.wind_kmh is not None
        and row.rain_mm is not None
    ):
        return Noon(
            temperature=row.temperature_degc,
            humidity=min(row.humidity_pct, 100.0),
            wind=row.wind_kmh,
            rain=row.rain_mm,
        )
    return None if row.rain_mm is None else Rain(row.rain_mm)


def _missing(day: date) -> Weather:
    return Weather(
        day=day,
        temperature_degc=None,
        humidity_pct=None,
        wind_kmh=None,
        rain_mm=None,
        vpd_kpa=None,
        is_forecast=False,
        under_canopy=False,
    )
