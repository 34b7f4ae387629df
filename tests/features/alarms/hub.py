"""A town with a chain, and channels that keep what they are given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.town import SECRETS, Town
from tests.world import World

from regionhub.features.alarms.contacts import create_chain, create_contact, put_step
from regionhub.features.alarms.rules import create_rule, set_value, switch_rule
from regionhub.features.alarms.watch import watch

USUAL: dict[str, Any] = {
    "signal": None,
    "quantity": None,
    "below": False,
    "limit_value": None,
    "clear_value": None,
    "silent": None,
    "minutes": None,
    "stage": None,
    "hours": None,
    "hold_minutes": 0,
    "level": 1,
    "site_kind": None,
    "site_ids": None,
}


@dataclass(frozen=True)
class AlarmTown:
    """A town whose people can be told."""

    town: Town
    chain: int

    @property
    def world(self) -> World:
        return self.town.world

    def contact(self, name: str, address: str = "json://127.0.0.1:1", **more: Any) -> int:
        """Somebody at no step of the chain."""
        with self.town.acting(decided=False) as connection:
            return create_contact(
                connection,
                self.town.tenant_id,
                name=name,
                address=address,
                secrets=SECRETS,
                **more,
            )

    def told(self, name: str, step: int = 1, **more: Any) -> int:
        """Somebody at a step of the chain."""
        contact = self.contact(name, **more)
        with self.town.acting(decided=False) as connection:
            put_step(connection, self.chain, step=step, contact_id=contact)
        return contact

    def rule(self, kind: str, name: str = "Regel", *, on: bool = True, **values: Any) -> int:
        """A rule, switched on unless it is not to be."""
        given = USUAL | {"name": name, "kind": kind, "chain_id": self.chain} | values
        with self.town.acting(decided=False) as connection:
            rule = create_rule(connection, self.town.tenant_id, given)
            if on:
                switch_rule(connection, rule.rule_id, enabled=True)
        return rule.rule_id

    def value(self, rule: int, site: int, limit: float) -> None:
        """A limit of its own for a site."""
        with self.town.acting(decided=False) as connection:
            set_value(connection, rule, site, limit)

    def look(self, **more: Any) -> None:
        """What `regionhub work` does when something was decided."""
        with self.world.acting("ingest") as connection:
            watch(connection, **more)

    def alarms(self) -> list[dict[str, Any]]:
        """All, in order."""
        return self.world.select(
            "select * from core.alarm where tenant_id = %s order by alarm_id", self.town.tenant_id
        )

    def log(self) -> list[str]:
        """What happened, in order."""
        rows = self.world.select(
            "select what from core.alarm_step where tenant_id = %s order by alarm_step_id",
            self.town.tenant_id,
        )
        return [row["what"] for row in rows]

    def notices(self) -> list[tuple[str, str]]:
        """Who is to be told what."""
        rows = self.world.select(
            "select c.name, n.what from core.alarm_notice n join core.alarm_contact c "
            "using (contact_id) where n.tenant_id = %s order by notice_id",
            self.town.tenant_id,
        )
        return [(row["name"], row["what"]) for row in rows]

    def back(self, **span: float) -> None:
        """Let all that happened to alarms have happened so much earlier."""
        for column in ("raised_at", "confirmed_at", "escalate_at", "cleared_at"):
            self.world.owner.execute(
                f"update core.alarm set {column} = {column} - %s", [timedelta(**span)]
            )


def alarm_town(world: World, **columns: Any) -> AlarmTown:
    """A town with a chain of nobody."""
    town = world.town(**columns)
    with town.acting(decided=False) as connection:
        chain = create_chain(connection, town.tenant_id, name="Nacht", minutes=10)
    return AlarmTown(town, chain)
