"""When a town's people are told: the rules, under the town's role.

A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.sites import SiteKind
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

Kind = Literal["signal", "threshold", "rate", "silence", "forecast", "time_to_stage"]
Silent = Literal["device", "site", "source"]
RuleLevel = Literal[1, 2, 3]
Found = TypeVar("Found")

_SQL = queries(__package__, "rules")
_REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict("A rule of this name exists already."),
    pg.ForeignKeyViolation: InputError(
        "Your town has no such chain, or there is no such quantity."
    ),
    pg.InsufficientPrivilege: NotAllowed("Rules of another town cannot be changed."),
    pg.CheckViolation: InputError(
        "A signal rule names a signal; a threshold a quantity and a limit; a rate these and the "
        "minutes it is measured over; silence what is silent, and for how many minutes; a "
        "forecast a stage, hours and a probability of 1 to 100 %; a time_to_stage a stage and "
        "at most 24 hours. It ends (clear_value) on the side of the limit where nothing is wrong."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteValue:
    """Limits of a rule that are others at one site."""

    site_id: int
    name: str
    limit_value: float
    clear_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When somebody is told, of what, and by which chain."""

    rule_id: int
    tenant_id: int
    name: str
    chain_id: int
    chain_name: str
    kind: Kind
    signal: str | None
    quantity: str | None
    below: Annotated[bool, Field(description="The limit is undershot instead of exceeded.")]
    limit_value: Annotated[
        float | None,
        Field(
            description="In the unit of the quantity; of a rate per hour; of a forecast in %; of "
            "time_to_stage in hours."
        ),
    ]
    clear_value: Annotated[
        float | None, Field(description="Where it is over again; null: at the limit.")
    ]
    silent: Silent | None
    minutes: Annotated[
        int | None, Field(description="Span of a rate, or how long the silence lasts.")
    ]
    stage: Annotated[int | None, Field(description="Of a forecast and of time_to_stage: 1 to 3.")]
    hours: Annotated[int | None, Field(description="Of a forecast: reached within so many.")]
    hold_minutes: Annotated[int, Field(description="It is told when it lasted so long.")]
    level: Annotated[
        RuleLevel,
        Field(description="Of a signal from this level on; else the level of the alarm."),
    ]
    site_kind: SiteKind | None
    site_ids: Annotated[list[int] | None, Field(description="Only these sites; null: all.")]
    enabled: bool
    open_alarms: int
    values: tuple[SiteValue, ...] = ()


def rules(connection: Connection) -> list[Rule]:
    """All rules by name, without the values of single sites."""
    return select_all(connection, Rule, _SQL["rules"], {"rule_id": None})


def rule(connection: Connection, rule_id: int) -> Rule:
    """One of them.

    Raises:
        NotFound: there is none, or it is another town's.
    """
    row = _found(select_one(connection, Rule, _SQL["rules"], {"rule_id": rule_id}))
    values = select_all(connection, SiteValue, _SQL["values"], {"rule_id": rule_id})
    return replace(row, values=tuple(values))


def create_rule(connection: Connection, tenant_id: int, values: Mapping[str, Any]) -> Rule:
    """A rule that is switched off: it is looked at what it would have done, first.

    Args:
        connection: under the role of the town.
        tenant_id: the town.
        values: the columns of `Rule` that a town chooses.

    Raises:
        InputError: something is missing, or does not go together.
        Conflict: there is one of that name.
    """
    with explained(_REFUSALS):
        # less time than the limit is what it warns of
        below = values["below"] or values["kind"] == "time_to_stage"
        row = {**values, "tenant_id": tenant_id, "below": below}
        rule_id = select_value(connection, int, _SQL["create"], row)
    assert rule_id is not None
    return rule(connection, rule_id)


def switch_rule(connection: Connection, rule_id: int, *, enabled: bool) -> None:
    """Switch it on or off; off closes its alarms.

    Raises:
        NotFound: there is none, or it is another town's.
    """
    with explained(_REFUSALS):
        values = {"rule_id": rule_id, "enabled": enabled}
        _found(select_value(connection, int, _SQL["switch"], values))


def delete_rule(connection: Connection, rule_id: int) -> None:
    """Remove it; its alarms stay in the log.

    Raises:
        NotFound: there is none, or it is another town's.
    """
    with explained(_REFUSALS):
        _found(select_value(connection, int, _SQL["delete"], {"rule_id": rule_id}))


def set_value(
    connection: Connection,
    rule_id: int,
    site_id: int,
    limit_value: float | None,
    clear_value: float | None = None,
) -> None:
    """Give a site a limit of its own; None takes it away.

    Raises:
        NotFound: there is no such rule with a limit, or no such site.
    """
    values = {"rule_id": rule_id, "site_id": site_id}
    gone = select_value(connection, int, _SQL["forget_value"], values)
    if limit_value is not None:
        limits = {"limit_value": limit_value, "clear_value": clear_value}
        _found(select_value(connection, int, _SQL["set_value"], values | limits))
    elif gone is None:
        _found(None)


def _found(found: Found | None) -> Found:
    if found is None:
        raise NotFound("There is no such rule.")
    return found
