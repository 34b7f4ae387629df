"""What features say about sites, as rows of api.signal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from regionhub.levels import SiteLevel
from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "rows")

#: Codes of the function api.absence for the description of a field.
ABSENCE = (
    "no_sensor (none is installed), not_heard_yet (the device is installed, and not heard there "
    "yet), device_silent, not_readable (the device is heard, its messages cannot be decoded), "
    "doubted (it doubts its readings itself), implausible (its readings fail the tests), "
    "probe_without_values (the device is heard, its probe gives nothing), no_recent_reading (the "
    "last value is too old; the device is not late yet, or nobody knows when it was heard) or "
    "not_decided (something changed, and is not judged yet)."
)
ReasonSince = Annotated[
    datetime | None,
    Field(
        description="Since when it is so: since the device was installed (not_heard_yet) or last "
        "heard (device_silent), else since the last value that counts; null where nobody knows."
    ),
]
Since = Annotated[
    datetime | None,
    Field(description="When this was reached; null where it has never been known to be otherwise."),
]
DecidedAt = Annotated[
    datetime | None, Field(description="When that was decided; null where it is not yet.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSignal:
    """What one feature says about one site.

    `state` is one of the signal's states, `level` its place on the one scale: 0 in order, 1 watch,
    2 act, 3 emergency, None unknown. `value` with `unit` is what it was decided on, measured at
    `time`; `since` when the state was reached, None where it has never been known to be another
    one, and `decided_at` when all this was decided. `place` orders the rows of one state, the
    smallest first. `reason` is a code of the signal's reasons, `reason_since` since when it is so,
    where that is known.
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
    reason_since: datetime | None
    decided_at: datetime | None


def signals(connection: Connection, *, site_id: int | None = None) -> list[SiteSignal]:
    """What is said about all sites that this role sees, or about one, the most urgent first.

    What is said of their devices stands behind all of it (a signal without an order). What is
    unknown stands behind what needs somebody, and before what is in order.
    """
    return select_all(connection, SiteSignal, _SQL["signals"], {"site_id": site_id})


def signals_of(connection: Connection, site_ids: list[int]) -> list[SiteSignal]:
    """What is said about some sites, as far as this role sees them."""
    if not site_ids:
        return []
    return select_all(connection, SiteSignal, _SQL["signals_of"], {"site_ids": site_ids})
