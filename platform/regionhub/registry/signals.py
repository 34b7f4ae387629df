"""What features say about sites, as rows of api.signal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from regionhub.levels import SiteLevel
from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "signals")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSignal:
    """What one feature says about one site.

    `state` is one of the signal's states, `level` its place on the one scale: 0 in order, 1 watch,
    2 act, 3 emergency, None unknown. `value` with `unit` is what it was decided on, measured at
    `time`; `since` when the level was reached, None where nobody remembers.
    """

    tenant_id: int
    site_id: int
    signal: str
    state: str
    level: SiteLevel | None
    place: float | None
    since: datetime | None
    time: datetime | None
    value: float | None
    unit: str | None
    decimals: int | None
    reason: str | None


def signals(connection: Connection, *, site_id: int | None = None) -> list[SiteSignal]:
    """What is said about all sites that this role sees, or about one, the most urgent first.

    What is unknown stands behind what needs somebody, and before what is in order.
    """
    return select_all(connection, SiteSignal, _SQL["signals"], {"site_id": site_id})
