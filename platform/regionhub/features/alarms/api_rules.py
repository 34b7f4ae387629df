"""Rules, contacts and chains in the API."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated

from fastapi import Request
from pydantic import BeforeValidator, Field

from regionhub.access import Admin, Viewer
from regionhub.features.alarms import contacts, rules
from regionhub.features.alarms.contacts import Chain, Contact
from regionhub.features.alarms.rules import Kind, Rule, RuleLevel, Silent
from regionhub.features.alarms.trial import Trial, try_rule
from regionhub.sealing import Secrets
from regionhub.sites import SiteKind
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Given, Items
from regionhub.web.api.values import Id, Line, Number, QuantityName, Word

rule_routes = router("/alarm-rules", tag="alarms")
contact_routes = router("/alarm-contacts", tag="alarms")
chain_routes = router("/alarm-chains", tag="alarms")

Minutes = Annotated[int, Field(ge=1, le=525_600)]


class NewRule(Given):
    """A rule; what its kind needs is in the description of the fields."""

    name: Line
    kind: Kind
    chain_id: Id
    level: RuleLevel = Field(description="Of a signal from this level on; else of the alarm.")
    signal: Word | None = Field(default=None, description="For kind signal.")
    quantity: QuantityName | None = Field(default=None, description="For threshold and rate.")
    below: bool = False
    limit_value: Number | None = Field(
        default=None,
        description="In the unit of the quantity; of a rate per hour; of a forecast in %; of "
        "time_to_stage in hours.",
    )
    clear_value: Number | None = None
    silent: Silent | None = Field(default=None, description="For silence.")
    minutes: Minutes | None = Field(default=None, description="For rate and silence.")
    stage: Annotated[int, Field(ge=1, le=3)] | None = Field(
        default=None, description="For time_to_stage and forecast: the stage of a gauge ..."
    )
    hours: Annotated[int, Field(ge=1, le=12)] | None = Field(
        default=None, description="... that is likely (limit_value) within so many hours."
    )
    hold_minutes: int = Field(default=0, ge=0, le=10_080)
    site_kind: SiteKind | None = None
    site_ids: Annotated[list[Id], Field(max_length=1000)] | None = None


class Switch(Given):
    """Whether a rule is on."""

    enabled: bool


class NewLimit(Given):
    """Limits of one site; null takes them away."""

    limit_value: Number | None
    clear_value: Number | None = None


def read_clock(given: object) -> object:
    """A time of day as HH:MM.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(given, str) or len(given) != 5:
        raise ValueError("must be a time of day such as 22:00")
    return time.fromisoformat(given)


Clock = Annotated[time, BeforeValidator(read_clock)]


class NewContact(Given):
    """Somebody, or something, that alarms are sent to."""

    name: Line
    address: Annotated[str, Field(max_length=2000)] = Field(
        description="An address of apprise, divera://ACCESSKEY or alamos://AUTHORIZATION@host:83."
    )
    quiet_from: Clock | None = None
    quiet_to: Clock | None = None


class NewStep(Given):
    """Who is told at which step."""

    step: int = Field(ge=1, le=9)
    contact_id: Id


class NewChain(Given):
    """Who is told first, and who after so many minutes."""

    name: Line
    minutes: int = Field(ge=1, le=1440)
    steps: list[NewStep] = Field(default_factory=list, max_length=100)


@rule_routes.get("")
def list_rules(visit: Viewer) -> Items[Rule]:
    """Rules by name; the limits of single sites are in each one's own answer."""
    with visit.town() as town:
        return Items(items=rules.rules(town))


@rule_routes.post("", status_code=201)
def create_rule(new: NewRule, visit: Admin) -> Rule:
    """Make a rule; it is off until you switch it on. Rights: admin."""
    with visit.town() as town:
        return rules.create_rule(town, visit.principal.tenant_id, new.model_dump())


@rule_routes.get("/{rule_id}")
def get_rule(rule_id: Id, visit: Viewer) -> Rule:
    """One rule."""
    with visit.town() as town:
        return rules.rule(town, rule_id)


@rule_routes.patch("/{rule_id}")
def switch_rule(rule_id: Id, switch: Switch, visit: Admin) -> Rule:
    """Switch a rule on or off; off closes its alarms. Rights: admin."""
    with visit.town() as town:
        rules.switch_rule(town, rule_id, enabled=switch.enabled)
        return rules.rule(town, rule_id)


@rule_routes.delete("/{rule_id}", status_code=204)
def delete_rule(rule_id: Id, visit: Admin) -> None:
    """Remove a rule; its alarms stay in the log. Rights: admin."""
    with visit.town() as town:
        rules.delete_rule(town, rule_id)


@rule_routes.put("/{rule_id}/limits/{site_id}")
def set_limit(rule_id: Id, site_id: Id, limit: NewLimit, visit: Admin) -> Rule:
    """Give a site a limit of its own. Rights: admin."""
    with visit.town() as town:
        rules.set_value(town, rule_id, site_id, limit.limit_value, limit.clear_value)
        return rules.rule(town, rule_id)


@rule_routes.get("/{rule_id}/trial")
def get_trial(rule_id: Id, visit: Viewer) -> Trial:
    """What the rule would have done in the last year."""
    with visit.export() as town:
        return try_rule(town, rules.rule(town, rule_id), datetime.now(UTC))


@contact_routes.get("")
def list_contacts(visit: Admin) -> Items[Contact]:
    """Who can be told. Rights: admin."""
    with visit.town() as town:
        return Items(items=contacts.contacts(town))


@contact_routes.post("", status_code=201)
def create_contact(new: NewContact, request: Request, visit: Admin) -> Contact:
    """Add somebody; what is secret in the address is sealed. Rights: admin."""
    secrets: Secrets = request.app.state.secrets
    with visit.town() as town:
        made = contacts.create_contact(
            town, visit.principal.tenant_id, **new.model_dump(), secrets=secrets
        )
        return next(one for one in contacts.contacts(town) if one.contact_id == made)


@contact_routes.delete("/{contact_id}", status_code=204)
def delete_contact(contact_id: Id, visit: Admin) -> None:
    """Remove somebody from all chains. Rights: admin."""
    with visit.town() as town:
        contacts.delete_contact(town, contact_id)


@chain_routes.get("")
def list_chains(visit: Admin) -> Items[Chain]:
    """Who is told in which order. Rights: admin."""
    with visit.town() as town:
        return Items(items=contacts.chains(town))


@chain_routes.post("", status_code=201)
def create_chain(new: NewChain, visit: Admin) -> Chain:
    """Make a chain. Rights: admin."""
    with visit.town() as town:
        chain_id = contacts.create_chain(
            town, visit.principal.tenant_id, name=new.name, minutes=new.minutes
        )
        for step in new.steps:
            contacts.put_step(town, chain_id, step=step.step, contact_id=step.contact_id)
        return contacts.chain(town, chain_id)


@chain_routes.delete("/{chain_id}", status_code=204)
def delete_chain(chain_id: Id, visit: Admin) -> None:
    """Remove a chain that no rule uses. Rights: admin."""
    with visit.town() as town:
        contacts.delete_chain(town, chain_id)
