"""Dead letters as a town sees them: one by one, in groups, resolved ones, and the balance.

Every function takes a connection under a town's role.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "letters")

LetterOutcome = Literal["stored", "duplicate", "ignored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that could not pass, and why."""

    dead_letter_id: int
    tenant_id: int
    source_id: int
    topic: str
    reason: Annotated[str, Field(description="A stable word.", examples=["unknown_device"])]
    detail: str
    dev_eui: str | None
    body_bytes: Annotated[int, Field(description="Length of the message as it came.")]
    body_text: Annotated[
        str,
        Field(description="The beginning of the message as text, at most 4 KiB; � is no UTF-8."),
    ]
    body_base64: Annotated[str, Field(description="The same beginning, byte by byte.")]
    first_received_at: datetime
    last_received_at: datetime
    copies: Annotated[int, Field(description="How often the same message came.")]
    attempted_at: Annotated[datetime | None, Field(description="When it was last tried again.")]
    resolved_at: Annotated[datetime | None, Field(description="Null: it waits.")]
    resolved_by: str | None
    outcome: Annotated[
        LetterOutcome | None,
        Field(description="What became of it when it was processed again."),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterGroup:
    """Waiting dead letters of one reason and one device (or one source), with one example."""

    tenant_id: int
    source_id: int
    source_name: str | None
    reason: str
    dev_eui: str | None
    device_id: Annotated[int | None, Field(description="Set when the device is registered by now.")]
    device_name: Annotated[str | None, Field(exclude=True)]
    messages: int
    copies: int
    cut: Annotated[
        int,
        Field(description="Of these only a part was kept: they cannot be processed again."),
    ]
    first_received_at: datetime
    last_received_at: datetime
    attempted_at: Annotated[datetime | None, Field(description="When they were last tried again.")]
    expires_at: Annotated[
        datetime | None, Field(description="When retention begins to remove them.")
    ]
    topic: str
    detail: str
    body: Annotated[bytes, Field(exclude=True)]
    body_bytes: Annotated[int, Field(exclude=True)]
    body_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedLetter:
    """A dead letter that was processed later."""

    dead_letter_id: int
    tenant_id: int
    reason: str
    dev_eui: str | None
    first_received_at: datetime
    copies: int
    outcome: LetterOutcome
    resolved_at: datetime
    resolved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterAccount:
    """Messages of a source that could not pass, ever, and where each of them is now."""

    source_id: int
    tenant_id: int
    arrived: Annotated[int, Field(description="waiting + stored + duplicate + ignored + removed")]
    waiting: int
    stored: int
    duplicate: int
    ignored: int
    removed: Annotated[int, Field(description="By retention; see /removals.")]
    unexplained: Annotated[int, Field(description="0, unless rows were removed by hand.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeErrors:
    """Messages that the codec of their devices' profile could not read, as far as they wait."""

    tenant_id: int
    profile_id: str
    reason: Literal["not_decodable", "unusable_profile"]
    messages: int
    messages_today: Annotated[
        int, Field(description="Last received since midnight in Europe/Berlin.")
    ]
    messages_week: Annotated[int, Field(description="Last received in the last seven days.")]
    devices: int
    last_received_at: datetime
    example: Annotated[str, Field(description="Why the newest of them could not be read.")]


def dead_letters(
    connection: Connection,
    *,
    source_id: int | None = None,
    reason: str | None = None,
    resolved: bool | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[DeadLetter]:
    """Messages that could not pass, the newest first.

    `resolved` True: those that were processed later, False: those that wait, None: both.
    """
    values = {
        "source_id": source_id,
        "reason": reason,
        "resolved": resolved,
        "before": before,
        "limit": limit,
    }
    return select_all(connection, _dead_letter, _SQL["dead_letters"], values)


def groups(
    connection: Connection, *, reason: str | None = None, limit: int = 200
) -> list[LetterGroup]:
    """Waiting ones by reason and device, the latest first; each with one example."""
    return select_all(connection, _group, _SQL["groups"], {"reason": reason, "limit": limit})


def resolved(connection: Connection, *, limit: int = 20) -> list[ResolvedLetter]:
    """Those that were processed later, the last ones first."""
    return select_all(connection, ResolvedLetter, _SQL["resolved"], {"limit": limit})


def balance(connection: Connection) -> list[LetterAccount]:
    """Where every message is that could not pass, by source."""
    return select_all(connection, LetterAccount, _SQL["accounts"])


def decode_errors(connection: Connection) -> list[DecodeErrors]:
    """Waiting ones that do not fit the profile of their device, by profile and reason."""
    return select_all(connection, DecodeErrors, _SQL["decode_errors"])


def _dead_letter(*, body: bytes, **columns: Any) -> DeadLetter:
    return DeadLetter(
        body_text=_as_text(body), body_base64=base64.b64encode(body).decode(), **columns
    )


def _group(*, body: bytes, **columns: Any) -> LetterGroup:
    return LetterGroup(body=body, body_text=_as_text(body), **columns)


def _as_text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
