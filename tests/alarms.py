"""What a town has of alarms: a rule, a chain of one person, an alarm that this person knows of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.town import Town


def furnish(town: Town, site: int, text: str) -> dict[str, int]:
    """The rows, with a text in all that is one; returns their ids by the names of routes."""
    world, ids = town.world, {"tenant_id": town.tenant_id}

    def add(table: str, key: str, **columns: Any) -> None:
        made[key] = world.add(f"core.{table}", **ids, **columns)[key]

    made: dict[str, int] = {}
    add("alarm_contact", "contact_id", name=text, address=text, shown=text)
    add("alarm_chain", "chain_id", name=text)
    chain = {"chain_id": made["chain_id"]}
    world.add("core.alarm_chain_step", **ids, **chain, step=1, contact_id=made["contact_id"])
    add("alarm_rule", "rule_id", name=text, kind="signal", signal=text, level=1, **chain)
    said = dict.fromkeys(("cause", "rule_name", "place", "said"), text)
    times = dict.fromkeys(("raised_at", "confirmed_at"), world.ago(hours=1))
    of = {"rule_id": made["rule_id"], "site_id": site, "level": 2, "step": 1}
    value = {"site_id": site, "rule_id": made["rule_id"], "limit_value": 1.0}
    world.add("core.alarm_rule_value", **ids, **value)
    add("alarm", "alarm_id", **chain, **said, **times, **of)
    alarm = {"alarm_id": made["alarm_id"]}
    world.add("core.alarm_step", **ids, **alarm, what="raised", note=text)
    world.add("core.alarm_exercise", **ids, until=world.ago(hours=-1), begun_by=text)
    contact = {"contact_id": made["contact_id"]}
    texts = dict.fromkeys(("contact_name", "subject", "body"), text)
    message = world.add("core.alarm_message", **ids, **contact, **texts, level=2)
    world.add(
        "core.alarm_notice",
        **ids,
        **alarm,
        **contact,
        what="confirmed",
        message_id=message["message_id"],
    )
    return made
