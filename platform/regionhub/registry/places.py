"""Sites with what is said about them: counted, listed a page at a time, and as points of a map.

Every function takes a connection under a town's role. A region has tens of thousands of sites: what
is only counted or drawn never becomes a row of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regionhub.levels import NOTHING_SAID, SiteLevel
from regionhub.sites import SiteKind
from regionhub.store.database import Connection, fetch_columns, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "places")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many sites of a town are in a state; without a signal nothing is said of them.

    A site with several signals is counted for each; `foremost` marks the most urgent one, so that
    those together count every site once.
    """

    tenant_id: int
    signal: str | None
    state: str | None
    level: SiteLevel | None
    foremost: bool
    sites: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalTally:
    """How many sites of a town are in a state of one signal."""

    tenant_id: int
    state: str
    sites: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A site with its most urgent signal (see `SiteSignal`), None where nothing is said.

    `since` is when its state was reached. `found` is how many sites there are in the whole list.
    """

    site_id: int
    tenant_id: int
    name: str
    kind: SiteKind
    latitude: float | None
    longitude: float | None
    signal: str | None
    state: str | None
    level: SiteLevel | None
    time: datetime | None
    value: float | None
    unit: str | None
    decimals: int | None
    since: datetime | None
    reason: str | None
    reason_since: datetime | None
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which sites: all of them, but for what is given. `word` is a part of the name.

    `state` is one of the most urgent signal, or that of NOTHING_SAID.
    """

    tenant_id: int | None = None
    kind: SiteKind | None = None
    state: str | None = None
    word: str | None = None


ALL = Choice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Sites on a map, as columns: degrees (WGS 84), and the state of the most urgent signal."""

    site_ids: NDArray[np.int32]
    names: Sequence[str]
    kinds: Sequence[SiteKind]
    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]
    signals: Sequence[str | None]
    states: Sequence[str | None]


def tallies(connection: Connection) -> list[Tally]:
    """How many sites of each town are in which state."""
    return select_all(connection, Tally, _SQL["tallies"])


def signal_tallies(connection: Connection, signal: str) -> list[SignalTally]:
    """How many sites of each town are in which state of one signal."""
    return select_all(connection, SignalTally, _SQL["signal_tallies"], {"signal": signal})


def places(
    connection: Connection, choice: Choice = ALL, *, limit: int | None = None, offset: int = 0
) -> list[Place]:
    """Sites in the order of `signals`; those about which nothing is said stand last."""
    values = {**_values(choice), "site_id": None, "limit": limit, "offset": offset}
    return select_all(connection, Place, _SQL["places"], values)


def place(connection: Connection, site_id: int) -> Place | None:
    """One site."""
    values = {**_values(ALL), "site_id": site_id, "limit": None, "offset": 0}
    return next(iter(select_all(connection, Place, _SQL["places"], values)), None)


def points(connection: Connection, choice: Choice = ALL) -> Points:
    """The same sites as points of a map; those without a position are left out."""
    columns = fetch_columns(connection, _SQL["points"], _values(choice))
    names = ("site_ids", "names", "kinds", "latitudes", "longitudes", "signals", "states")
    return Points(**dict(zip(names, columns, strict=True)))


def _values(choice: Choice) -> dict[str, Any]:
    return {**asdict(choice), "nothing": NOTHING_SAID.code}
