"""The outbox: what is to be told becomes messages, and none of them is lost.

A message is a row before it is handed to a channel, and is marked as handed over in a transaction
of its own. Who dies in between leaves that mark: the message is sent again then, and says that it
is a repetition. One process sends at a time; of one contact one message at a time.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from typing import Any

from regionhub.access.accounts import digest
from regionhub.features.alarms.channels import Outcome, Outgoing
from regionhub.features.alarms.words import REPEATED, Told, body, subject
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "outbox")
#: The portal's page that a link of a message leads to.
LINK_PATH = "/alarm/"
#: So many messages a minute stand alone; more alarms than that come together, in one a minute.
_ALONE = 3
#: Messages of one town that are on their way at once.
_OF_TOWN = 4


@dataclass(frozen=True, slots=True)
class _Notice:
    """Something that somebody is to be told."""

    notice_id: int
    tenant_id: int
    contact_id: int
    contact_name: str
    quiet: bool
    exercise: bool
    recent: int
    recent_level: int
    told: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A message that this process hands to a channel; `address` is sealed, None for nobody."""

    message_id: int
    address: str | None
    subject: str
    body: str
    level: int
    repeated: bool
    wants_answer: bool


def bundle(connection: Connection, now: datetime) -> int:
    """Make messages of what is to be told, in this transaction; returns how many."""
    made = 0
    pending = select_all(connection, _notice, _SQL["pending"])
    for _, notices in groupby(pending, key=lambda notice: notice.contact_id):
        due = [one for one in notices if not one.quiet or one.told.level == 3]
        if due and not _floods(due):
            _put(connection, due, now)
            made += 1
    return made


def _floods(due: Sequence[_Notice]) -> bool:
    """Whether these wait for more to come: somebody got several, and none of these is worse."""
    first = due[0]
    worst = max(one.told.level for one in due)
    return first.recent >= _ALONE and worst <= first.recent_level


def _put(connection: Connection, due: Sequence[_Notice], now: datetime) -> None:
    newest = {one.told.alarm_id: one.told for one in due}
    told = sorted(newest.values(), key=lambda one: (-one.level, one.alarm_id))
    first, exercise = due[0], any(one.exercise for one in due)
    connection.execute(
        _SQL["put"],
        {
            "tenant_id": first.tenant_id,
            "contact_id": first.contact_id,
            "contact_name": first.contact_name,
            "subject": subject(told, exercise=exercise),
            "body": body(told, now, exercise=exercise),
            "level": told[0].level,
            "notices": [one.notice_id for one in due],
        },
    )


def note_orphans(connection: Connection) -> None:
    """What a process that is gone has handed over will be repeated; before anything is claimed."""
    connection.execute(_SQL["orphans"])


def claim(connection: Connection, most: int) -> list[Ready]:
    """Messages that are due, marked as handed over; commit before you send them."""
    return select_all(connection, Ready, _SQL["claim"], {"most": most, "of_town": _OF_TOWN})


def outgoing(connection: Connection, ready: Ready, portal: str) -> Outgoing:
    """A message as its channel gets it, with a link of its own.

    Args:
        connection: of the transaction that claimed it.
        ready: the message.
        portal: address of the portal; empty makes no links.
    """
    text = ready.body
    if ready.wants_answer and portal:
        token = secrets.token_urlsafe(32)
        values = {"link_hash": digest(token), "message_id": ready.message_id}
        connection.execute(_SQL["link"], values)
        text += f"\n\nQuittieren: {portal.rstrip('/')}{LINK_PATH}{token}"
    title = f"{REPEATED}: {ready.subject}" if ready.repeated else ready.subject
    return Outgoing(
        key=f"regionhub-{ready.message_id}", subject=title, body=text, level=ready.level
    )


def finish(connection: Connection, message_id: int, outcome: Outcome) -> None:
    """Write down what became of a message: delivered, or to be tried again later."""
    values: dict[str, Any] = {"message_id": message_id, "repeated": REPEATED}
    if outcome.kind == "delivered":
        connection.execute(_SQL["log"], values | {"what": "told"})
        connection.execute(_SQL["delivered"], values)
        return
    values |= {"unknown": outcome.kind == "unknown", "problem": outcome.problem}
    if select_value(connection, bool, _SQL["later"], values):
        connection.execute(_SQL["log"], values | {"what": "not_told"})


_TOLD = frozenset(field.name for field in fields(Told))


def _notice(**columns: Any) -> _Notice:
    told = {name: value for name, value in columns.items() if name in _TOLD}
    rest = {name: value for name, value in columns.items() if name not in _TOLD}
    return _Notice(**rest, told=Told(**told))
