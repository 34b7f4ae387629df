"""A season of watering: litres, turns, what a fixed weekly watering would have taken, stress.

Every function takes a connection under a town's role.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from regionhub.sites import SiteKind
from regionhub.store.database import Connection, select_all, select_values
from regionhub.store.statements import queries

_SQL = queries(__package__, "season")
_BERLIN = ZoneInfo("Europe/Berlin")

#: Fixed watering of young trees: litres of a turn, at least and at most (FLL and usual tenders:
#: 75 to 100 l a turn, weekly), and the part of the weeks in which a crew would have driven: all of
#: them, or 16 turns in the 26 weeks of a season.
FIXED_LITRES = (75.0, 100.0)
FIXED_PART = (16 / 26, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """All water of a season."""

    turns: int
    litres: float
    sites: int
    not_arrived: int
    answered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month of it."""

    month: int
    turns: int
    litres: float
    sites: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stressed:
    """A tree or bed that stood on "water now" for a day or more, and what it was given."""

    site_id: int
    name: str
    days: float
    since: datetime | None
    turns: int
    litres: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonTree:
    """A tree or bed that was watered."""

    site_id: int
    name: str
    kind: SiteKind
    address: str | None
    planted_year: int | None
    species: str | None
    turns: int
    litres: float
    last: datetime
    stress_days: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A figure that is known only between two ends."""

    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A season, April to September; `weeks` of it have passed."""

    year: int
    weeks: float
    sums: Sums
    months: Sequence[Month]
    stressed: Sequence[Stressed]

    @property
    def fixed(self) -> Span:
        """Litres that fixed weekly watering of the same trees would have taken until now."""
        tree_weeks = self.sums.sites * self.weeks
        least, most = (
            tree_weeks * litres * part
            for litres, part in zip(FIXED_LITRES, FIXED_PART, strict=True)
        )
        return Span(least=least, most=most)

    @property
    def saved(self) -> Span:
        """Litres less than that; below zero where more was given."""
        return Span(
            least=self.fixed.least - self.sums.litres, most=self.fixed.most - self.sums.litres
        )

    @property
    def still_stressed(self) -> list[Stressed]:
        """Those that stand on "water now" at this moment."""
        return [one for one in self.stressed if one.since is not None]


def newest_season(now: datetime) -> int:
    """The year of the season that began last."""
    day = now.astimezone(_BERLIN)
    return day.year if day.month >= 4 else day.year - 1


def season(connection: Connection, tenant_id: int, year: int, now: datetime) -> Season:
    """The season of a town."""
    values = _period(tenant_id, year)
    start, end = values["start"], values["end"]
    assert isinstance(start, datetime)
    assert isinstance(end, datetime)
    [sums] = select_all(connection, Sums, _SQL["sums"], values)
    passed = max(timedelta(), min(now, end) - start)
    return Season(
        year=year,
        weeks=passed / timedelta(weeks=1),
        sums=sums,
        months=select_all(connection, Month, _SQL["months"], values),
        stressed=select_all(connection, Stressed, _SQL["stressed"], values),
    )


def season_trees(connection: Connection, tenant_id: int, year: int) -> list[SeasonTree]:
    """What each tree and bed was given."""
    return select_all(connection, SeasonTree, _SQL["trees"], _period(tenant_id, year))


def years(connection: Connection, tenant_id: int) -> list[int]:
    """Years in which something was poured, the newest first."""
    return select_values(connection, int, _SQL["years"], {"tenant_id": tenant_id})


def _period(tenant_id: int, year: int) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "start": datetime(year, 4, 1, tzinfo=_BERLIN),
        "end": datetime(year, 10, 1, tzinfo=_BERLIN),
    }
