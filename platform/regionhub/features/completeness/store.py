"""The completeness ledger: which frames devices sent by their counters, and which of them came.

Every function takes a connection under a town's role; periods include their start and exclude their
end. What is counted how stands in views.sql.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from regionhub.errors import NotFound
from regionhub.euis import Eui
from regionhub.store.database import Connection, select_all, select_one
from regionhub.store.statements import queries

_SQL = queries(__package__, "queries")
#: What a ledger covers if nobody says otherwise.
USUAL_PERIOD = timedelta(days=30)
#: As long as frames are kept by default; a longer ledger would count what was removed as lost.
LONGEST_PERIOD = timedelta(days=400)

#: A network server notes a time of its own for a frame, a little apart from ours ...
_AROUND = timedelta(minutes=1)
#: ... and is asked once for what lies this near.
_NEIGHBOURS = timedelta(minutes=30)


Expected = Annotated[
    int | None,
    Field(description="Frames sent by the counter in the period; null when it tells nothing."),
]
Received = Annotated[int | None, Field(description="Frames that came live.")]
Recovered = Annotated[
    int | None, Field(description="Frames that were imported or fetched afterwards.")
]
Waiting = Annotated[
    int | None,
    Field(
        description="Of those: frames that could not be decoded yet and are kept as dead letters."
    ),
]
Missing = Annotated[int | None, Field(description="Expected, and nobody has them.")]
LongestGap = Annotated[
    int | None, Field(description="Most frames that are missing one after the other.")
]
Uncounted = Annotated[
    int, Field(description="Frames that came without a counter, or with one that stands still.")
]
Percent = Annotated[
    float | None, Field(description="Received and recovered of expected frames, %.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """The ledger of a device in a period: expected = received + recovered + missing."""

    device_id: int
    tenant_id: int
    dev_eui: Eui
    name: str
    active: bool
    sessions: Annotated[int, Field(description="Sessions with frames in the period.")]
    expected: Expected
    received: Received
    recovered: Recovered
    waiting: Waiting
    missing: Missing
    uncounted: Uncounted
    completeness_pct: Percent
    not_judged: Annotated[
        Literal["no_frames", "no_counter", "one_frame", "stuck_counter", "jumping_counter"] | None,
        Field(description="Why the counter tells nothing about lost frames; null when it does."),
    ]
    last_frame_at: Annotated[
        datetime | None,
        Field(description="After this frame nobody can tell yet whether some were lost."),
    ]
    last_gap_from: Annotated[
        datetime | None, Field(description="Time of the frame before the newest gap.")
    ]
    last_gap_to: Annotated[datetime | None, Field(description="Time of the frame after it.")]
    last_gap_missing: Annotated[int | None, Field(description="Frames that it lacks.")]
    longest_gap_missing: LongestGap


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """From a join, a reset of the counter or the start of the period to the next one."""

    dev_addr: Annotated[
        str | None, Field(description="Device address; null where not every frame tells its own.")
    ]
    joined_at: Annotated[
        datetime | None, Field(description="The join that opened it, if one was heard.")
    ]
    began_at: Annotated[datetime, Field(description="First frame in the period.")]
    ended_at: Annotated[datetime, Field(description="Last frame in the period.")]
    start_known: Annotated[
        bool,
        Field(
            description="It began in the period: counters from 1 on are expected. "
            "Otherwise those from the first frame on."
        ),
    ]
    first_f_cnt: Annotated[int, Field(description="Lowest counter that came.")]
    last_f_cnt: Annotated[int, Field(description="Highest counter that came.")]
    rolled_over: Annotated[
        bool, Field(description="A counter of 16 bits began again at 0 in between.")
    ]
    expected: Expected
    received: Received
    recovered: Recovered
    waiting: Waiting
    missing: Missing
    longest_gap_missing: LongestGap
    uncounted: Uncounted
    completeness_pct: Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Counters that follow each other and are all missing."""

    dev_addr: str | None
    first_f_cnt: int
    last_f_cnt: Annotated[int, Field(description="Included.")]
    missing: Annotated[int, Field(description="Frames.")]
    previous_frame_at: Annotated[
        datetime | None,
        Field(
            description="Time of the frame before; of the join or the end of the session before, "
            "where the first frames of a session are missing."
        ),
    ]
    next_frame_at: Annotated[datetime, Field(description="Time of the frame after.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Missing:
    """A time in which frames are missing, between the frames around it."""

    after: datetime
    before: datetime


def devices(
    connection: Connection,
    *,
    start: datetime,
    end: datetime,
    tenant_id: int | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Completeness]:
    """The ledger of each device, of one town if given, by their ids; those after `after`."""
    values = {
        "start": start,
        "end": end,
        "tenant_id": tenant_id,
        "device_id": None,
        "after": after,
        "limit": limit,
    }
    return select_all(connection, Completeness, _SQL["devices"], values)


def device(
    connection: Connection, device_id: int, *, start: datetime, end: datetime
) -> Completeness:
    """The ledger of one device.

    Raises:
        NotFound: the town has no such device of its own.
    """
    values = {
        "start": start,
        "end": end,
        "tenant_id": None,
        "device_id": device_id,
        "after": 0,
        "limit": 1,
    }
    found = select_one(connection, Completeness, _SQL["devices"], values)
    if found is None:
        raise NotFound("There is no such device.")
    return found


def sessions(
    connection: Connection,
    device_id: int,
    *,
    start: datetime,
    end: datetime,
    before: datetime | None = None,
    limit: int | None = None,
) -> list[Session]:
    """Sessions of a device, the newest first, those that began before `before`."""
    values = {"device_id": device_id, "start": start, "end": end, "before": before, "limit": limit}
    return select_all(connection, Session, _SQL["sessions"], values)


def gaps(
    connection: Connection,
    device_id: int,
    *,
    start: datetime,
    end: datetime,
    before: tuple[datetime, int] | None = None,
    limit: int | None = None,
) -> list[Gap]:
    """Runs of missing counters of a device, the newest first.

    Args:
        connection: under a town's role.
        device_id: the device.
        start: of the period.
        end: of the period, not included.
        before: time of the frame after, and first counter, of the gap that the page follows.
        limit: at most so many; None for all.
    """
    time, f_cnt = before or (None, None)
    values = {
        "device_id": device_id,
        "start": start,
        "end": end,
        "before": time,
        "before_f_cnt": f_cnt,
        "limit": limit,
    }
    return select_all(connection, Gap, _SQL["gaps"], values)


def backfill_windows(
    connection: Connection, source_id: int, *, start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """When frames of the devices of a source are missing: around gaps, and since its newest frame.

    Neighbouring times are one, in order, and reach a little over the frames around them.
    """
    values = {"source_id": source_id, "start": start, "end": end}
    rows = select_all(connection, _Missing, _SQL["missing_times"], values)
    windows: list[tuple[datetime, datetime]] = []
    for row in rows:
        after, before = row.after - _AROUND, row.before + _AROUND
        if windows and after - windows[-1][1] <= _NEIGHBOURS:
            windows[-1] = (windows[-1][0], max(windows[-1][1], before))
        else:
            windows.append((after, before))
    return windows
