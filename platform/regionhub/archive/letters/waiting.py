"""Dead letters that wait: how many of which kind, and those that a run processes again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regionhub.archive.items import Outcome
from regionhub.archive.runs import Run, Selection, advance
from regionhub.archive.write.ingest import Settle
from regionhub.envelope import Arrival, Envelope
from regionhub.errors import StoreUnavailable
from regionhub.store.arrays import LongIntegers
from regionhub.store.database import Connection, Database, select_all, select_value, select_values
from regionhub.store.statements import queries
from regionhub.times import from_datetime
from regionhub.uplinks import Uplink

_SQL = queries(__package__, "letters")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLetters:
    """How many messages wait for one reason."""

    reason: str
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecoded:
    """Messages that do not fit the profile of their devices; `example` says why one does not."""

    profile_id: str
    messages: int
    devices: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message that waits, as it came first; `complete`: it was not cut."""

    dead_letter_id: int
    source_id: int
    envelope: Envelope
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingMessage:
    """A message of a device that waits, and what its source speaks."""

    format: str
    mapping: str | None
    topic: str
    body: bytes
    received_at: datetime


#: Reads the frame in a message; None where it is none.
ReadMessage = Callable[[WaitingMessage], Uplink | None]


def messages_of_device(
    connection: Connection, tenant_id: int, dev_eui: str, *, limit: int
) -> list[WaitingMessage]:
    """What waits of a device, the newest first."""
    chosen = {"tenant_id": tenant_id, "dev_eui": dev_eui, "limit": limit}
    return select_all(connection, WaitingMessage, _SQL["messages_of_device"], chosen)


def waiting(connection: Connection) -> list[WaitingLetters]:
    """What waits in all towns, the most frequent reason first; as the owner."""
    return select_all(connection, WaitingLetters, _SQL["waiting"])


def undecoded(connection: Connection) -> list[Undecoded]:
    """What waits in all towns since seven days and could not be decoded; as the owner."""
    return select_all(connection, Undecoded, _SQL["undecoded"])


def tenants_with_letters(connection: Connection, selection: Selection) -> set[int]:
    """Towns that have such a dead letter waiting, under the ingest role."""
    return set(select_values(connection, int, _SQL["tenants_with_letters"], selection.values()))


class DeadLetters:
    """The waiting messages of one run, under the ingest role."""

    def __init__(self, database: Database, run: Run) -> None:
        self._database = database
        self._run = run
        self._chosen = {"tenant_id": run.tenant_id, **run.selection.values()}

    def count(self) -> int:
        """How many wait."""
        with self._database.transaction() as connection:
            return select_value(connection, int, _SQL["count_waiting"], self._chosen) or 0

    def after(self, last_id: int, limit: int) -> list[Letter]:
        """The next ones in the order of their arrival."""
        with self._database.transaction() as connection:
            values = {**self._chosen, "last_id": last_id, "limit": limit}
            return select_all(connection, _letter, _SQL["next_waiting"], values)

    def settle(self, tried: Sequence[Letter], cut: Sequence[Letter]) -> Settle:
        """What writes down the outcomes of `tried`, in the transaction that stores them.

        The returned function raises StoreUnavailable if one of the letters is not waiting any
        more: nothing is written then, and the rest can be tried again.
        """

        def write(connection: Connection, outcomes: Sequence[Outcome]) -> None:
            resolved: dict[int, str] = {
                letter.dead_letter_id: outcome.fate
                for letter, outcome in zip(tried, outcomes, strict=True)
                if outcome.fate != "dead_letter"
            }
            done = select_values(
                connection,
                int,
                _SQL["resolve"],
                {
                    "ids": LongIntegers(list(resolved)),
                    "outcomes": list(resolved.values()),
                    "resolved_by": self._run.requested_by,
                    "replay_id": self._run.replay_id,
                },
            )
            if len(done) != len(resolved):
                raise StoreUnavailable("some of the dead letters are not waiting any more")
            connection.execute(
                _SQL["cut_letters"], {"ids": LongIntegers([x.dead_letter_id for x in cut])}
            )
            fates: Counter[str] = Counter(resolved.values())
            handled = len(tried) + len(cut)
            advance(
                connection,
                self._run,
                last_id=max(letter.dead_letter_id for letter in (*tried, *cut)),
                counts={"handled": handled, "failed": handled - len(resolved), **fates},
            )

        return write


def _letter(
    *,
    dead_letter_id: int,
    source_id: int,
    topic: str,
    body: bytes,
    body_bytes: int,
    recovered: bool,
    arrival_known: bool,
    first_received_at: datetime,
) -> Letter:
    kind: Literal["imported", "live"] = "imported" if recovered else "live"
    arrival = Arrival(kind, from_datetime(first_received_at), arrival_known)
    return Letter(
        dead_letter_id=dead_letter_id,
        source_id=source_id,
        envelope=Envelope(
            topic=topic, body=bytes(body), arrival=arrival, dead_letter_id=dead_letter_id
        ),
        complete=len(body) == body_bytes,
    )
