"""Towns, sites, devices and what they measured, as a test of the views needs them.

Everything is in one open transaction, in which now() stands still: a time that lies exactly on a
limit stays there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from psycopg import sql

from regionhub.store.database import Connection

Row = dict[str, Any]
INTERVAL = 600


class World:
    """What a test has made, table by table in `rows`; `now` is the time of the database.

    Rows are as the database returned them. `owner` is in a transaction that nobody commits.
    """

    def __init__(self, owner: Connection) -> None:
        self.owner = owner
        self.rows: defaultdict[str, list[Row]] = defaultdict(list)
        self.now: datetime = self.one("select now() as now")["now"]
        self._numbers = count(1)

    def ago(self, **span: float) -> datetime:
        """A time before now, of so many days, hours, minutes or seconds."""
        return self.now - timedelta(**span)

    def one(self, statement: str, **values: Any) -> Row:
        """The one row of a statement, as the owner."""
        [row] = self.owner.execute(sql.SQL(statement), values).fetchall()
        return row

    @contextmanager
    def acting(self, role: str) -> Iterator[None]:
        """Work under a role, named without its prefix: t_olpe, g_region."""
        with self.owner.transaction():
            self.owner.execute(sql.SQL("set local role {}").format(sql.Identifier(f"rh_{role}")))
            yield
            self.owner.execute("reset role")

    def ask(self, role: str, statement: str, **values: Any) -> list[Row]:
        """Rows as a role gets them."""
        with self.acting(role):
            return self.owner.execute(sql.SQL(statement), values).fetchall()

    def row(self, view: str, **key: Any) -> Row:
        """The one row of a view with this key, as the town sees it that was made first."""
        where = " and ".join(f"{column} = %({column})s" for column in key)
        role = f"t_{self.rows['tenant'][0]['slug']}"
        [row] = self.ask(role, f"select * from api.{view} where {where}", **key)
        return row

    def insert(self, table: str, **columns: Any) -> Row:
        """A row of a table of schema core."""
        statement = sql.SQL("insert into core.{} ({}) values ({}) returning *").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(map(sql.Placeholder, columns)),
        )
        [row] = self.owner.execute(statement, columns).fetchall()
        self.rows[table].append(row)
        return row

    def town(self, slug: str, **columns: Any) -> Row:
        """A town with its roles t_<slug> and g_<slug>."""
        return self.insert("tenant", slug=slug, **{"name": slug.title()} | columns)

    def site(self, town: Row, kind: str, **columns: Any) -> Row:
        """A place of a town."""
        number = next(self._numbers)
        usual = {"name": f"{kind} {number}", "kind": kind}
        return self.insert("site", tenant_id=town["tenant_id"], **usual | columns)

    def device(self, town: Row, **columns: Any) -> Row:
        """A device that sends every ten minutes."""
        number = next(self._numbers)
        usual = {
            "dev_eui": f"{number:016x}",
            "name": f"device {number}",
            "profile_id": "acme/sensor",
            "interval_seconds": INTERVAL,
        }
        return self.insert("device", tenant_id=town["tenant_id"], **usual | columns)

    def install(self, device: Row, site: Row, **columns: Any) -> Row:
        """A device at a site, for good and since 900 days."""
        ids = {key: device[key] for key in ("tenant_id", "device_id")}
        usual = {"site_id": site["site_id"], "from_time": self.ago(days=900)}
        return self.insert("installation", **ids | usual | columns)

    def stream(self, device: Row, quantity: str, position: str = "") -> Row:
        """A datastream of a device."""
        ids = {key: device[key] for key in ("tenant_id", "device_id")}
        return self.insert("datastream", **ids, quantity=quantity, position=position)

    def sensor(
        self, site: Row, quantity: str, *, interval_seconds: int = INTERVAL, **installed: Any
    ) -> Row:
        """The datastream of a device of its own that hangs at a site."""
        device = self.device({"tenant_id": site["tenant_id"]}, interval_seconds=interval_seconds)
        self.install(device, site, **installed)
        return self.stream(device, quantity)

    def reading(self, stream: Row, time: datetime, value: float | None, quality: int = 1) -> Row:
        """One value of a datastream."""
        ids = {key: stream[key] for key in ("tenant_id", "datastream_id")}
        return self.insert("reading", **ids, time=time, value=value, quality=quality)

    def latest(self, stream: Row, time: datetime, value: float | None, quality: int = 1) -> Row:
        """The newest value of a datastream, as ingest keeps it."""
        ids = {key: stream[key] for key in ("tenant_id", "datastream_id")}
        newest = {"time": time, "value": value, "quality": quality, "received_at": time}
        return self.insert("latest", **ids | newest)

    def grant(self, stream: Row, to: Row, resolution: str, **columns: Any) -> Row:
        """The town of a datastream lets another one read it, from now on and for good."""
        ids = {key: stream[key] for key in ("tenant_id", "datastream_id")}
        usual = {"to_tenant_id": to["tenant_id"], "resolution": resolution, "purpose": "flood"}
        return self.insert("sharing_grant", **ids | usual | columns)

    def source(self, town: Row, **columns: Any) -> Row:
        """A connection to a town's network server."""
        usual = {
            "name": f"LNS {next(self._numbers)}",
            "format": "chirpstack-v4",
            "broker_url": "mqtt://broker.example:1883",
            "topics": ["application/#"],
        }
        return self.insert("source", tenant_id=town["tenant_id"], **usual | columns)

    def uplink(self, device: Row, source: Row, time: datetime, **columns: Any) -> Row:
        """A radio frame of a device."""
        ids = {key: device[key] for key in ("tenant_id", "device_id")}
        usual = {
            "source_id": source["source_id"],
            "uplink_id": next(self._numbers),
            "time": time,
            "time_source": "event",
            "received_at": time,
            "dev_addr": "01a4c3f2",
            "payload": b"\x01",
            "content_key": 0,
            "gateways": 1,
            "receptions": "[]",
            "profile_id": "acme/sensor",
        }
        return self.insert("uplink", **ids | usual | columns)

    def letter(self, source: Row, time: datetime, **columns: Any) -> Row:
        """A message that could not pass."""
        ids = {key: source[key] for key in ("tenant_id", "source_id")}
        usual = {
            "topic": "application/1",
            "body": b"{}",
            "body_bytes": 2,
            "digest": str(next(self._numbers)).encode(),
            "reason": "not_decodable",
            "detail": "no",
            "first_received_at": time,
            "last_received_at": time,
        }
        return self.insert("dead_letter", **ids | usual | columns)
