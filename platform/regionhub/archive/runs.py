"""Replays: stored messages that are worked on again, and the profile versions behind them.

A run is one row of core.replay: who asked, when, why, for which messages, and what became of them.
Runs of one kind follow one another; whoever works holds a lock for as long as it lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from regionhub.errors import DEAD_LETTER_REASONS, Conflict, InputError, StoreError
from regionhub.profiles import DeviceProfile
from regionhub.store.database import Connection, Database, fetch_all, fetch_one
from regionhub.store.statements import queries

_SQL = queries(__package__, "runs")

Kind = Literal["uplinks", "dead_letters"]
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

    def keep_profiles(self, profiles: Iterable[DeviceProfile]) -> None:
        """Keep both files of each profile, so that its version can be looked up for good."""
        rows = list(profiles)
        with self._database.transaction() as connection:
            connection.execute(
                _SQL["keep_profiles"],
                {
                    "ids": [profile.id for profile in rows],
                    "versions": [profile.version for profile in rows],
                    "profiles": [profile.text for profile in rows],
                    "codecs": [profile.codec for profile in rows],
                },
            )

    @contextmanager
    def only_worker(self, kind: Kind) -> Iterator[None]:
        """Be the only one that works on runs of this kind.

        Raises:
            Conflict: somebody else is at it.
        """
        connection = self._database.own_connection()
        try:
            row = fetch_one(connection, _SQL["lock_runs"], {"kind": kind})
            if row is None or not row["free"]:
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
            row = fetch_one(
                connection,
                _SQL["start_run"],
                {
                    "tenant_id": tenant_id,
                    "kind": kind,
                    "requested_by": requested_by,
                    "why": why,
                    **selection.values(),
                },
            )
        assert row is not None
        return _run(row)

    def next_requested(self) -> Run | None:
        """The oldest run over dead letters that waits or was left behind."""
        with self._database.transaction() as connection:
            row = fetch_one(connection, _SQL["next_run"])
        return None if row is None else _run(row)

    def begin(self, run: Run, messages: int) -> None:
        """It runs now, over this many messages."""
        with self._database.transaction() as connection:
            connection.execute(
                _SQL["begin_run"], {"replay_id": run.replay_id, "messages": messages}
            )

    def finish(
        self, run: Run, *, state: Literal["done", "stopped"] = "done", problem: str | None = None
    ) -> dict[str, Any]:
        """It is over; returns its row with all counts."""
        with self._database.transaction() as connection:
            row = fetch_one(
                connection,
                _SQL["finish_run"],
                {"replay_id": run.replay_id, "state": state, "problem": problem},
            )
        assert row is not None
        return row


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


def _run(row: dict[str, Any]) -> Run:
    chosen = {field.name: row[field.name] for field in fields(Selection)}
    return Run(
        replay_id=row["replay_id"],
        tenant_id=row["tenant_id"],
        requested_by=row["requested_by"],
        requested_at=row["requested_at"],
        why=row["why"],
        selection=Selection(**chosen),
        last_id=row["last_id"] or 0,
    )


def runs_of_all(connection: Connection, *, limit: int) -> list[dict[str, Any]]:
    """The newest runs of all towns, under the ingest role."""
    return fetch_all(connection, _SQL["runs_of_all"], {"limit": limit})


def towns(connection: Connection) -> list[dict[str, Any]]:
    """All towns by name, under the ingest role."""
    return fetch_all(connection, _SQL["towns"])


def tenants_with_devices(connection: Connection, selection: Selection) -> set[int]:
    """Towns that have a device of this kind, under the ingest role."""
    rows = fetch_all(connection, _SQL["tenants_with_devices"], selection.values())
    return {row["tenant_id"] for row in rows}


def tenants_with_letters(connection: Connection, selection: Selection) -> set[int]:
    """Towns that have such a dead letter waiting, under the ingest role."""
    rows = fetch_all(connection, _SQL["tenants_with_letters"], selection.values())
    return {row["tenant_id"] for row in rows}
