"""Devices of tests/world.py and what they sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, LiteralString, NamedTuple

from regionhub.registry.installations import install, installations

if TYPE_CHECKING:
    from tests.town import Town
    from tests.world import World

ADDRESS = "01a4c3f2"
_NEWEST: LiteralString = (
    "select datastream_id, tenant_id, time, value, quality from core.reading "
    "where datastream_id = %s order by time desc limit 1"
)
_POINT = ("time", "value", "quality", "tests")
_PERIOD: LiteralString = (
    "update core.installation set from_time = %s, to_time = %s where installation_id = %s"
)
#: Time, value and, unless it is good, quality and the tests that gave it.
Point = (
    tuple[datetime, float | None]
    | tuple[datetime, float | None, int]
    | tuple[datetime, float | None, int, int]
)


class Frame(NamedTuple):
    """A radio frame as ingest would have stored it."""

    time: datetime
    f_cnt: int | None
    dev_addr: str | None = ADDRESS
    recovered: bool | None = None


@dataclass(frozen=True)
class Device:
    """A device, and what it sent."""

    town: Town
    device_id: int
    dev_eui: str
    profile_id: str

    @property
    def world(self) -> World:
        """Where it is."""
        return self.town.world

    @property
    def _same(self) -> dict[str, int]:
        return {"tenant_id": self.town.tenant_id, "device_id": self.device_id}

    @cached_property
    def installation_id(self) -> int:
        """Where it is now, or was last."""
        with self.town.acting(decided=False) as connection:
            return installations(connection, self.device_id)[0].installation_id

    def install(
        self,
        site: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        **columns: Any,
    ) -> None:
        """Put it at a site (for years already); where it was before ends then.

        A moment that has not come is written as well, though the registry takes none.
        """
        since = since or self.world.ago(days=900)
        with self.town.acting(decided=False) as connection:
            begun = min(since, self.world.now)
            install(connection, self.device_id, site_id=site, time=begun, **columns)
            if until is not None or begun != since:
                newest = installations(connection, self.device_id)[0].installation_id
                connection.execute(_PERIOD, [since, until, newest])

    def corrected(self, why: str) -> None:
        """Its installation was put right: where it was before."""
        was = {"site_id": 1, "from_time": self.world.ago(days=1000), "removed": False}
        trace = {"installation_id": self.installation_id, "corrected_by": why, "why": why}
        self.world.add("core.installation_correction", **self._same, **was, **trace)

    def stream(self, quantity: str, position: str = "") -> int:
        """The datastream of a quantity, made if it is not there."""
        found = self.world.select(
            "select datastream_id from core.datastream "
            "where device_id = %s and quantity = %s and position = %s",
            *(self.device_id, quantity, position),
        )
        row = (
            found[0]
            if found
            else self.world.add(
                "core.datastream", **self._same, quantity=quantity, position=position
            )
        )
        return int(row["datastream_id"])

    def readings(
        self, quantity: str, points: Iterable[Point], *, position: str = "", kept: bool = True
    ) -> int:
        """Readings of a quantity; returns the datastream.

        The newest of all is kept as the latest value, as ingest does and a replay does not.
        """
        points = list(points)
        stream = self.stream(quantity, position)
        same = {"datastream_id": stream, "tenant_id": self.town.tenant_id}
        self.world.add_all(
            "core.reading",
            [
                same | {"quality": 1, "tests": 0} | dict(zip(_POINT, point, strict=False))
                for point in points
            ],
        )
        for newest in self.world.select(_NEWEST, stream) if kept else ():
            self._keep(**newest)
        self._touch(min((point[0] for point in points), default=self.world.now))
        return stream

    def latest(
        self,
        quantity: str,
        time: datetime,
        value: float | None,
        quality: int = 1,
        *,
        position: str = "",
    ) -> int:
        """The latest value of a quantity without its reading; returns the datastream."""
        stream = self.stream(quantity, position)
        same = {"datastream_id": stream, "tenant_id": self.town.tenant_id}
        self._keep(**same, time=time, value=value, quality=quality)
        self._touch(min(time, self.world.now))
        return stream

    def _touch(self, time: datetime) -> None:
        """Let what is said of its sites be decided again, as ingest does."""
        self.world.add("core.touched", device_ids=[self.device_id], times=[time])

    def _keep(self, **latest: Any) -> None:
        then = latest["time"]
        if latest["value"] is not None and latest["quality"] not in {4, 9}:
            latest |= {"believed_at": then, "believed_value": latest["value"]}
        self.world.put(
            "core.latest", "datastream_id", **latest, unchanged_since=then, received_at=then
        )

    def uplinks(self, frames: Iterable[Frame], **columns: Any) -> list[int]:
        """Frames that were stored when they were sent; returns their ids."""
        rows = [frame._asdict() for frame in frames]
        ids = self.world.select(
            "select nextval('core.uplink_id') as id from generate_series(1, %s)", len(rows)
        )
        usual: dict[str, Any] = {
            "source_id": columns.get("source_id") or self.town.first_source,
            "time_source": "event",
            "payload": b"",
            "gateways": 1,
            "receptions": [],
            "profile_id": self.profile_id,
        }
        self.world.add_all(
            "core.uplink",
            [
                {"uplink_id": key["id"], "received_at": row["time"], **usual, **self._same, **row}
                | columns
                for key, row in zip(ids, rows, strict=True)
            ],
        )
        return [key["id"] for key in ids]

    def event(
        self, kind: Literal["join", "status", "location"], time: datetime, **detail: Any
    ) -> None:
        """Something that it said of itself."""
        self.world.add("core.device_event", **self._same, kind=kind, time=time, detail=detail)

    def state(self, **columns: Any) -> None:
        """How it was last heard; what is not named stays."""
        self.world.put("core.device_state", "device_id", **self._same, **columns)
        self._touch(self.world.now)
