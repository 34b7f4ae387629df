"""Replays: stored messages that are worked on again.

A run is one row of core.replay: who asked, when, why, for which messages, and what became of them.
Runs of one kind follow one another; whoever works holds a lock for as long as it lives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from regionhub.errors import DEAD_LETTER_REASONS, Conflict, InputError, NotAllowed, StoreError
from regionhub.store.database import (
    Connection,
    Database,
    select_all,
    select_one,
    select_value,
    select_values,
)
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "runs")
_REFUSALS: Refusals = {
    pg.InsufficientPrivilege: NotAllowed("These dead letters belong to another town."),
    pg.CheckViolation: InputError("who asks and why need a text"),
}

Kind = Literal["uplinks", "dead_letters", "corrections"]
#: Those that wait for `regionhub work`; what a feed corrects it writes itself.
REQUESTED: tuple[Kind, ...] = ("uplinks", "dead_letters")
_COUNTS = (
    *("handled", "stored", "duplicate", "ignored", "changed", "unchanged", "failed"),
    *("readings_changed", "readings_added", "readings_missing"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which messages of a town are taken; None does not choose.

    `profile_id`, `from_time` and `to_time` (not included) choose uplinks, `source_id` and
    `letter_reason` dead letters.
    """

    dev_eui: str | None = None
    profile_id: str | None = None
    from_time: datetime | None = None
    to_time: datetime | None = None
    source_id: int | None = None
    letter_reason: str | None = None

    def values(self) -> dict[str, Any]:
        """As parameters of statements."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A replay of one town; `last_id` is the last message of an earlier attempt at it."""

    replay_id: int
    tenant_id: int
    requested_by: str
    requested_at: datetime
    why: str
    selection: Selection
    last_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Stored messages that are worked on again."""

    replay_id: int
    tenant_id: int
    kind: Kind
    requested_by: str
    requested_at: datetime
    why: str
    dev_eui: str | None
    profile_id: str | None
    from_time: Annotated[datetime | None, Field(serialization_alias="from")]
    to_time: Annotated[datetime | None, Field(serialization_alias="to")]
    source_id: int | None
    letter_reason: Annotated[str | None, Field(serialization_alias="reason")]
    state: Literal["waiting", "running", "done", "stopped"]
    started_at: datetime | None
    updated_at: datetime
    finished_at: datetime | None
    messages: Annotated[int, Field(description="How many there are.")]
    handled: Annotated[
        int,
        Field(
            description="stored + duplicate + ignored + failed, or changed + unchanged + failed."
        ),
    ]
    stored: int
    duplicate: int
    ignored: int
    failed: Annotated[
        int,
        Field(
            description="Still a dead letter; or an uplink that could not be decoded and stayed "
            "as is."
        ),
    ]
    changed: int
    unchanged: int
    readings_changed: int
    readings_added: int
    readings_missing: Annotated[
        int, Field(description="The codec gives them no more: kept without a value, quality 9.")
    ]
    problem: Annotated[str | None, Field(description="The first failure.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TownReplay(Replay):
    """One of any town; `tenant` is its slug."""

    tenant: str


#: Why, where nobody says why: a person reads it in their language.
BY_API = "asked for through the API"
BY_OPERATOR = "the operator of the stations corrected them"
BY_COMMAND = "asked for at the command line"


def check_reason(reason: str | None) -> None:
    """Refuse a reason that no dead letter can have; None chooses all.

    Raises:
        InputError: it is none.
    """
    if reason is not None and reason not in DEAD_LETTER_REASONS:
        raise InputError(
            f"no dead letter has the reason {reason!r}; there are: {', '.join(DEAD_LETTER_REASONS)}"
        )


class Archive:
    """The runs, under the ingest role."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def only_worker(self, kind: Kind) -> Iterator[None]:
        """Be the only one that works on runs of this kind.

        Raises:
            Conflict: somebody else is at it.
        """
        connection = self._database.own_connection()
        try:
            if not select_value(connection, bool, _SQL["lock_runs"], {"kind": kind}):
                raise Conflict(
                    "another replay is under way: start this one when it is done "
                    "(`regionhub replay list`)"
                )
            yield
        finally:
            connection.close()

    def start(
        self, kind: Kind, *, tenant_id: int, requested_by: str, why: str, selection: Selection
    ) -> Run:
        """A new run, waiting. What was left "running" before is over: call it as only worker."""
        with self._database.transaction() as connection:
            connection.execute(_SQL["stop_others"], {"kind": kind})
            run = select_one(
                connection,
                _run,
                _SQL["start_run"],
                {
                    "tenant_id": tenant_id,
                    "kind": kind,
                    "requested_by": requested_by,
                    "why": why,
                    **selection.values(),
                },
            )
        assert run is not None
        return run

    def next_requested(self, kind: Kind) -> Run | None:
        """The oldest run of this kind that waits or was left behind."""
        with self._database.transaction() as connection:
            return select_one(connection, _run, _SQL["next_run"], {"kind": kind})

    def begin(self, run: Run, messages: int) -> None:
        """It runs now, over this many messages."""
        with self._database.transaction() as connection:
            connection.execute(
                _SQL["begin_run"], {"replay_id": run.replay_id, "messages": messages}
            )

    def finish(
        self, run: Run, *, state: Literal["done", "stopped"] = "done", problem: str | None = None
    ) -> Replay:
        """It is over; returns it with all counts."""
        with self._database.transaction() as connection:
            connection.execute(
                _SQL["finish_run"],
                {"replay_id": run.replay_id, "state": state, "problem": problem},
            )
            (finished,) = runs_of_all(connection, replay_id=run.replay_id)
        return finished


def advance(
    connection: Connection,
    run: Run,
    *,
    last_id: int | None = None,
    last_time: datetime | None = None,
    problem: str | None = None,
    counts: Mapping[str, int],
) -> None:
    """Write how far a run is, in the transaction of what it did.

    Raises:
        StoreError: there is no such run; what it did is not kept either.
    """
    values = dict.fromkeys(_COUNTS, 0) | dict(counts)
    done = connection.execute(
        _SQL["advance_run"],
        {
            "replay_id": run.replay_id,
            "last_id": last_id,
            "last_time": last_time,
            "problem": problem,
            **values,
        },
    )
    if done.rowcount != 1:
        raise StoreError(f"there is no replay {run.replay_id}, so nobody could say what it changed")


def runs(connection: Connection, *, before: int | None = None, limit: int = 20) -> list[Replay]:
    """Those of a town, the newest first, under its role."""
    chosen = {"before": before, "replay_id": None, "limit": limit}
    return select_all(connection, Replay, _SQL["runs"], chosen)


def run_of_town(connection: Connection, replay_id: int) -> Replay | None:
    """One of a town, under its role."""
    chosen = {"before": None, "replay_id": replay_id, "limit": 1}
    return select_one(connection, Replay, _SQL["runs"], chosen)


def request_run(
    connection: Connection,
    *,
    tenant_id: int,
    requested_by: str,
    why: str,
    letter_reason: str | None = None,
    dev_eui: str | None = None,
    source_id: int | None = None,
) -> Replay:
    """Ask for dead letters of a town to be processed again; `regionhub work` does it.

    Raises:
        NotAllowed: they are another town's.
        InputError: no such source of this town, or no such reason.
    """
    check_reason(letter_reason)
    values = {
        "tenant_id": tenant_id,
        "requested_by": requested_by,
        "why": why,
        "letter_reason": letter_reason,
        "dev_eui": dev_eui,
        "source_id": source_id,
    }
    if source_id is not None:
        own = select_value(connection, int, _SQL["own_source"], values)
        if own is None:
            raise InputError("There is no such source.")
    with explained(_REFUSALS):
        replay_id = select_value(connection, int, _SQL["request_run"], values)
    requested = None if replay_id is None else run_of_town(connection, replay_id)
    assert requested is not None
    return requested


def request_replay(
    connection: Connection, *, tenant_id: int, dev_eui: str, since: datetime, by: str, why: str
) -> None:
    """Ask for what a device of the town sent to be decoded again; `regionhub work` does it."""
    values = {"tenant_id": tenant_id, "dev_eui": dev_eui, "since": since, "by": by, "why": why}
    with explained(_REFUSALS):
        connection.execute(_SQL["request_replay"], values)


def runs_of_all(
    connection: Connection, *, replay_id: int | None = None, limit: int = 20
) -> list[TownReplay]:
    """Those of all towns, or one of them, the newest first, under the ingest role."""
    chosen = {"replay_id": replay_id, "limit": limit}
    return select_all(connection, TownReplay, _SQL["runs_of_all"], chosen)


def tenants_with_devices(connection: Connection, selection: Selection) -> set[int]:
    """Towns that have a device of this kind, under the ingest role."""
    return set(select_values(connection, int, _SQL["tenants_with_devices"], selection.values()))


def _run(
    *,
    replay_id: int,
    tenant_id: int,
    requested_by: str,
    requested_at: datetime,
    why: str,
    last_id: int | None,
    **selection: Any,
) -> Run:
    return Run(
        replay_id=replay_id,
        tenant_id=tenant_id,
        requested_by=requested_by,
        requested_at=requested_at,
        why=why,
        selection=Selection(**selection),
        last_id=last_id or 0,
    )
