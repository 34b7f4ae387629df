"""Alarms and what happened to them.

Functions take a connection under a town's role; a row that it may not see is not there. Those of a
link run under the api role: whoever has it sees the alarms of one message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from regionhub.access.accounts import digest
from regionhub.errors import NotFound
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "queries")
AlarmState = Literal["open", "unconfirmed", "acknowledged", "watched", "clearing", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    """A rule that holds, or held, at a place."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    alarm_id: int
    tenant_id: int
    rule_id: int | None
    site_id: int | None
    rule_name: str
    place: str
    said: Annotated[str, Field(description="What is so, in German.")]
    level: Annotated[int, Field(description="1 watch, 2 act, 3 emergency; the highest reached.")]
    value: float | None
    unit: str | None
    decimals: int | None
    measured_at: datetime | None
    raised_at: datetime
    confirmed_at: datetime | None
    step: Annotated[int, Field(description="Steps of the chain that were told; 0: nobody yet.")]
    escalate_at: Annotated[datetime | None, Field(description="When the next step is told.")]
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    cleared_at: Annotated[datetime | None, Field(description="Since when it does not hold.")]
    closed_at: datetime | None
    state: AlarmState
    exercise: Annotated[
        bool, Field(description="Somebody tries the chain, or the town is at an exercise.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happened to an alarm."""

    at: datetime
    what: str
    who: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message about an alarm and whether it arrived."""

    message_id: int
    contact_name: str
    subject: str
    created_at: datetime
    attempts: int
    repeated: Annotated[bool, Field(description="It may have arrived twice, and says so.")]
    delivered_at: datetime | None
    given_up_at: datetime | None
    problem: str | None
    state: Literal["delivered", "given_up", "sending", "retrying", "waiting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedAlarm:
    """One alarm of the message that a link came with."""

    message_id: int
    tenant_name: str
    contact_name: str
    until: datetime
    used_at: datetime | None
    alarm_id: int
    place: str
    said: str
    level: int
    value: float | None
    unit: str | None
    decimals: int | None
    measured_at: datetime | None
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None


def alarms(
    connection: Connection,
    *,
    open: bool | None = None,  # noqa: A002 - the word of the field
    site_id: int | None = None,
    before: int | None = None,
    limit: int = 500,
) -> list[AlarmRow]:
    """Open ones, the most urgent first, those that are over, or all, the newest first."""
    values = {
        "alarm_id": None,
        "open": open,
        "site_id": site_id,
        "before": before,
        "limit": limit,
    }
    return select_all(connection, AlarmRow, _SQL["alarms"], values)


def alarm(connection: Connection, alarm_id: int) -> AlarmRow:
    """One alarm.

    Raises:
        NotFound: there is none, or it is another town's.
    """
    values = {"alarm_id": alarm_id, "open": None, "site_id": None, "before": None, "limit": 1}
    row = select_one(connection, AlarmRow, _SQL["alarms"], values)
    if row is None:
        raise NotFound("There is no such alarm.")
    return row


def steps(connection: Connection, alarm_id: int) -> list[Step]:
    """What happened to an alarm, in order."""
    return select_all(connection, Step, _SQL["steps"], {"alarm_id": alarm_id})


def messages(connection: Connection, alarm_id: int) -> list[Message]:
    """Who was told of it, in order."""
    return select_all(connection, Message, _SQL["messages"], {"alarm_id": alarm_id})


def acknowledge(connection: Connection, alarm_id: int, *, who: str) -> AlarmRow:
    """Somebody takes care; nobody else is told. A second one changes nothing.

    Raises:
        NotFound: there is none, or it is another town's.
    """
    select_value(connection, int, _SQL["acknowledge"], {"alarm_id": alarm_id, "who": who})
    return alarm(connection, alarm_id)


def alarms_of_link(connection: Connection, token: str) -> list[LinkedAlarm]:
    """What a link is about, the most urgent first; none if it is too old or never was."""
    return select_all(connection, LinkedAlarm, _SQL["of_link"], {"hash": digest(token)})


def acknowledge_by_link(connection: Connection, token: str) -> bool:
    """Acknowledge what a link is about; False if it was used before, or holds no more."""
    return bool(select_value(connection, int, _SQL["acknowledge_by_link"], {"hash": digest(token)}))
