"""Towns and what is in them: the one builder of rows for tests.

Where the product has a function for it, that makes it, under the role of the town it belongs to.
What only ingest or a person's browser would make (series, frames, dead letters, accounts) is
written as rows. Before anybody looks, what they say of sites is decided. Everything has a default,
and times are counted back from `World.now`:

    world = World(owner)
    olpe = world.town("olpe")
    radar = olpe.device(olpe.gauge(stage_1_cm=200), mounting_height_cm=500)
    radar.readings("distance", [(world.ago(minutes=5), 2800.0)])
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Literal, LiteralString

from psycopg import sql

from regionhub.features import FEATURES
from regionhub.registry.tenants import create_tenant
from regionhub.signals.decide import decide
from regionhub.signals.history import rewrite_history
from regionhub.signals.jobs import Step
from tests.rows import Connection, Rows
from tests.town import Town

Resolution = Literal["raw", "hourly", "daily"]
SIGNALS = [signal for feature in FEATURES for signal in feature.signals]
#: Whether there is something of signals: before each request that costs less than its steps.
_WAITS: LiteralString = (
    "select exists (select from core.touched) or "
    "exists (select from core.signal where due_at <= now()) as any"
)


class World(Rows):
    """What a database holds; in the open transaction of its owner, or with each row committed.

    `now` is the time of the database, which stands still in a transaction.
    """

    def __init__(self, owner: Connection) -> None:
        super().__init__(owner)
        self.now: datetime = self.select("select now() as now")[0]["now"]
        self.numbers = itertools.count(1)

    def ago(self, **span: float) -> datetime:
        """`ago(hours=2)`: two hours before now."""
        return self.now - timedelta(**span)

    def times(
        self, count: int, *, every: timedelta = timedelta(minutes=10), until: datetime | None = None
    ) -> list[datetime]:
        """Moments back from `until` (a minute ago), the newest first."""
        newest = until or self.ago(minutes=1)
        return [newest - number * every for number in range(count)]

    def decide(self) -> None:
        """What `regionhub work` does each second."""
        steps: list[Step] = [feature.decide for feature in FEATURES if feature.decide is not None]
        [waits] = self.select(_WAITS)
        if waits["any"]:
            steps = [
                lambda connection: decide(connection, SIGNALS),
                lambda connection: rewrite_history(connection, SIGNALS),
                *steps,
            ]
        for step in steps:
            found: list[int] | None = []
            while found is not None:
                with self.owner.transaction():
                    found = step(self.owner)

    @contextmanager
    def acting(self, role: str, *, decided: bool = True) -> Iterator[Connection]:
        """A transaction under a role, named without its prefix: t_olpe, g_region.

        What was written before is decided, unless nobody looks at decisions.
        """
        if decided:
            self.decide()
        [found] = self.select("select core.role_name(%s) as role", role)
        with self.owner.transaction():
            self.owner.execute(sql.SQL("set local role {}").format(sql.Identifier(found["role"])))
            yield self.owner
            self.owner.execute("reset role")

    def ask(
        self, role: str, statement: LiteralString, *parameters: Any, **named: Any
    ) -> list[dict[str, Any]]:
        """Rows as a role sees them."""
        with self.acting(role):
            return self.select(statement, *parameters, **named)

    def town(self, slug: str | None = None, name: str | None = None, **columns: Any) -> Town:
        """A town; without a short name it has one that nobody else has."""
        slug = slug or f"t{secrets.token_hex(4)}"
        values = {"slug": slug, "name": name or slug.title(), **columns}
        return Town(self, create_tenant(self.owner, **values), slug)

    def town_of(self, slug: str) -> Town:
        """A town that is there already."""
        [row] = self.select("select tenant_id from core.tenant where slug = %s", slug)
        return Town(self, row["tenant_id"], slug)

    def grant(
        self,
        datastream_id: int,
        to: Town,
        resolution: Resolution = "raw",
        **columns: Any,
    ) -> int:
        """Let another town see a datastream."""
        [giver] = self.select(
            "select tenant_id from core.datastream where datastream_id = %s", datastream_id
        )
        given = self.add(
            "core.sharing_grant",
            **giver,
            datastream_id=datastream_id,
            to_tenant_id=to.tenant_id,
            resolution=resolution,
            **{"purpose": "flood warning"} | columns,
        )
        return int(given["sharing_grant_id"])

    @contextmanager
    def granted(
        self, datastream_id: int, to: Town, resolution: Resolution = "raw"
    ) -> Iterator[None]:
        """A grant that is gone afterwards."""
        key = self.grant(datastream_id, to, resolution)
        try:
            yield
        finally:
            self.owner.execute("delete from core.sharing_grant where sharing_grant_id = %s", [key])
