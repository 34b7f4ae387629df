"""The frames of a replay, as they were kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from regionhub.archive.calibrations import in_force
from regionhub.archive.replay.model import StoredUplink
from regionhub.archive.runs import Run
from regionhub.devices import Device
from regionhub.store.database import Database, fetch_portions, select_all, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "source")

#: A network server's clock may be ahead of ours by this much, and so its frames stand.
_AHEAD = timedelta(minutes=10)


class Uplinks:
    """The uplinks of one run, under the ingest role."""

    def __init__(self, database: Database, run: Run) -> None:
        self._database = database
        self._run = run
        with database.transaction() as connection:
            chosen = {"tenant_id": run.tenant_id, **run.selection.values()}
            devices = select_all(connection, Device, _SQL["devices"], chosen)
            known = in_force(connection)
            self.devices = {
                device.device_id: replace(device, calibrations=known.get(device.device_id, ()))
                for device in devices
            }
            self._chosen = {
                **chosen,
                "devices": list(self.devices),
                "to_time": run.selection.to_time or run.requested_at + _AHEAD,
            }

    def count(self) -> int:
        """How many there are."""
        with self._database.transaction() as connection:
            return select_value(connection, int, _SQL["count_uplinks"], self._chosen) or 0

    def chunks(self, size: int) -> Iterator[list[StoredUplink]]:
        """All of them as they are now, `size` at a time, through one cursor."""
        with self._database.transaction() as connection:
            for rows in fetch_portions(connection, _SQL["uplinks"], self._chosen, size):
                yield [StoredUplink(*row) for row in rows]
