"""Many series at once, as they go into one file.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from regionhub.errors import InputError
from regionhub.registry.sites import Site, sites
from regionhub.series.datastreams import Datastream, Latest, Resolution, datastreams, latest
from regionhub.series.points import RESOLUTIONS
from regionhub.sites import SiteKind
from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "queries")

#: Columns of a table that a person still finds something in.
MOST_SERIES = 250
#: Values of one file: some ten megabytes.
MOST_VALUES = 300_000
#: Cells of a table with a column for each series, most of them empty.
MOST_CELLS = 6_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which series, and of which period; without sites, kind or quantities all of them.

    What a device says of itself (its battery) comes only where its quantity is named. An hour or a
    day is the mean of its readings; those that failed the tests are left out in any resolution.
    """

    start: datetime
    end: datetime
    resolution: Resolution = "hourly"
    site_ids: Sequence[int] = ()
    kind: SiteKind | None = None
    quantities: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """One column: a series, and the site where its sensor is now."""

    stream: Datastream
    site: Site | None

    @property
    def name(self) -> str:
        """As the head of a column says it: where, what, at which place, in which unit."""
        where = self.site.name if self.site else self.stream.device_name
        position = f" {self.stream.position}" if self.stream.position else ""
        unit = f" [{self.stream.symbol}]" if self.stream.symbol else ""
        return f"{where}: {self.stream.name_de}{position}{unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of a series."""

    datastream_id: int
    time: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Table:
    """Series and their values in order of time."""

    series: Sequence[Series]
    values: Sequence[Value]

    def rows(self) -> Iterator[tuple[datetime, list[float | None]]]:
        """A row for each time, with a value or none for each series.

        Raises:
            InputError: most of it would be empty: sensors do not send at the same second.
        """
        if len({one.time for one in self.values}) * len(self.series) > MOST_CELLS:
            raise InputError(
                f"more than {MOST_CELLS} cells: choose hours or days, fewer series, or the format "
                "csv",
                de=f"Das wären mehr als {MOST_CELLS // 1_000_000} Millionen Zellen: wählen Sie "
                "Stunden- oder Tagesmittel, weniger Messreihen oder „CSV für Programme“.",
            )
        return self._rows()

    def _rows(self) -> Iterator[tuple[datetime, list[float | None]]]:
        at = {one.stream.datastream_id: index for index, one in enumerate(self.series)}
        for time, group in groupby(self.values, key=lambda one: one.time):
            row: list[float | None] = [None] * len(self.series)
            for one in group:
                row[at[one.datastream_id]] = one.value
            yield time, row


@dataclass(frozen=True, slots=True)
class Place:
    """A site on a map with its newest values."""

    site: Site
    values: Sequence[Latest]


def collect(connection: Connection, choice: Choice) -> Table:
    """The chosen series with their values.

    Raises:
        InputError: there are none, or more than a file holds, or not shared in this resolution.
    """
    chosen = _series(connection, choice)
    if not chosen:
        raise InputError(
            "there is nothing to export: choose other sites or quantities",
            de="Dazu gibt es keine Messreihe: wählen Sie andere Standorte oder Messgrößen.",
        )
    if len(chosen) > MOST_SERIES:
        raise InputError(
            f"{len(chosen)} series are more than {MOST_SERIES}: choose a kind or a quantity",
            de=f"{len(chosen)} Messreihen sind mehr als {MOST_SERIES}: wählen Sie eine Art oder "
            "eine Messgröße.",
        )
    values = {
        "ids": [one.stream.datastream_id for one in chosen],
        "start": choice.start,
        "end": choice.end,
        "most": MOST_VALUES + 1,
    }
    found = select_all(connection, Value, _SQL[f"values_{choice.resolution}"], values)
    if len(found) > MOST_VALUES:
        raise InputError(
            f"more than {MOST_VALUES} values: choose a shorter period, or hours or days",
            de=f"Mehr als {MOST_VALUES:,} Werte: wählen Sie einen kürzeren Zeitraum, oder Stunden- "
            "oder Tagesmittel.".replace(",", ".", 1),
        )
    return Table(chosen, found)


def places(connection: Connection, choice: Choice) -> list[Place]:
    """The chosen sites that have a position, with their newest values of any age."""
    series = {one.stream.datastream_id: one for one in _series(connection, choice)}
    newest: dict[int, list[Latest]] = {}
    for row in latest(connection):
        if row.datastream_id in series and row.site_id is not None:
            newest.setdefault(row.site_id, []).append(row)
    return [
        Place(site, newest.get(site.site_id, []))
        for site in sites(connection, kind=choice.kind)
        if site.latitude is not None and _chosen(site, choice)
    ]


def _chosen(site: Site | None, choice: Choice) -> bool:
    if site is None:
        return not choice.site_ids and choice.kind is None
    at = not choice.site_ids or site.site_id in choice.site_ids
    return at and choice.kind in (None, site.kind)


def _series(connection: Connection, choice: Choice) -> list[Series]:
    by_id = {site.site_id: site for site in sites(connection)}
    finest = RESOLUTIONS.index(choice.resolution)
    found = []
    for stream in datastreams(connection):
        site = by_id.get(stream.site_id or 0)
        named = stream.quantity in choice.quantities
        wanted = named if choice.quantities else stream.theme != "device"
        if wanted and _chosen(site, choice) and RESOLUTIONS.index(stream.finest) <= finest:
            found.append(Series(stream, site))
    return sorted(found, key=lambda one: one.name)
