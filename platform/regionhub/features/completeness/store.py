"""The completeness ledger: which frames devices sent by their counters, and which of them came.

Every function takes a connection under a town's role; periods include their start and exclude their
end. What is counted how stands in sql/views/45_completeness.sql.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from regionhub.store.database import Connection, fetch_all, fetch_one
from regionhub.store.statements import queries

#: What a ledger covers if nobody says otherwise.
USUAL_PERIOD = timedelta(days=30)
#: As long as frames are kept by default; a longer ledger would count what was removed as lost.
LONGEST_PERIOD = timedelta(days=400)

#: A network server notes a time of its own for a frame, a little apart from ours ...
_AROUND = timedelta(minutes=1)
#: ... and is asked once for what lies this near.
_NEIGHBOURS = timedelta(minutes=30)

_SQL = queries(__package__, "queries")


def devices(
    connection: Connection,
    *,
    start: datetime,
    end: datetime,
    after: int = 0,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """The ledger of each device of the town in the order of their ids, those after `after`."""
    values = {"start": start, "end": end, "device_id": None, "after": after, "limit": limit}
    return fetch_all(connection, _SQL["devices"], values)


def device(
    connection: Connection, device_id: int, *, start: datetime, end: datetime
) -> dict[str, Any] | None:
    """The ledger of one device; None if it is not the town's own."""
    values = {"start": start, "end": end, "device_id": device_id, "after": 0, "limit": 1}
    return fetch_one(connection, _SQL["devices"], values)


def sessions(
    connection: Connection,
    device_id: int,
    *,
    start: datetime,
    end: datetime,
    before: datetime | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Sessions of a device, the newest first, those that began before `before`."""
    values = {"device_id": device_id, "start": start, "end": end, "before": before, "limit": limit}
    return fetch_all(connection, _SQL["sessions"], values)


def gaps(
    connection: Connection,
    device_id: int,
    *,
    start: datetime,
    end: datetime,
    before: tuple[datetime, int] | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
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
    values = {"device_id": device_id, "start": start, "end": end, "before": time}
    return fetch_all(connection, _SQL["gaps"], values | {"before_f_cnt": f_cnt, "limit": limit})


def backfill_windows(
    connection: Connection, source_id: int, *, start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """When frames of the devices of a source are missing: around gaps, and since its newest frame.

    Neighbouring times are one, in order, and reach a little over the frames around them.
    """
    values = {"source_id": source_id, "start": start, "end": end}
    rows = fetch_all(connection, _SQL["missing_times"], values)
    windows: list[tuple[datetime, datetime]] = []
    for row in rows:
        after, before = row["after"] - _AROUND, row["before"] + _AROUND
        if windows and after - windows[-1][1] <= _NEIGHBOURS:
            windows[-1] = (windows[-1][0], max(windows[-1][1], before))
        else:
            windows.append((after, before))
    return windows


def kept_since(connection: Connection, tenant_id: int) -> datetime | None:
    """Older frames of a town are removed by retention; None if all are kept."""
    row = fetch_one(connection, _SQL["kept_since"], {"tenant_id": tenant_id})
    return None if row is None else row["kept_since"]
