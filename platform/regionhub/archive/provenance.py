"""Where a reading comes from and what became of messages, as a town sees it.

Every function takes a connection under a town's role and returns rows with the names of the views
of schema `api`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from regionhub.archive import fates as operations
from regionhub.archive.runs import check_reason
from regionhub.errors import InputError, NotAllowed, NotFound
from regionhub.series.datastreams import datastream
from regionhub.store.database import Connection, fetch_all, fetch_one
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "runs")
_LETTERS = queries(__package__, "letters")
_REFUSALS: Refusals = {
    pg.InsufficientPrivilege: NotAllowed("These dead letters belong to another town."),
    pg.CheckViolation: InputError("who asks and why need a text"),
}


def provenance(connection: Connection, datastream_id: int, time: datetime) -> dict[str, Any]:
    """Which bytes and which profile version made a reading, and what it was before.

    Raises:
        NotFound: no such datastream, or no reading at this moment.
        NotAllowed: the datastream is another town's, which shares its readings only.
    """
    row = datastream(connection, datastream_id)
    if row.shared:
        raise NotAllowed("This datastream is shared with you: its readings, not its messages.")
    chosen = {"datastream_id": datastream_id, "time": time}
    found = fetch_one(connection, _SQL["provenance"], chosen)
    if found is None:
        raise NotFound("There is no reading at this moment.")
    return {
        **found,
        "unit": row.unit,
        "versions": fetch_all(connection, _SQL["former_values"], chosen),
    }


def profile_versions(connection: Connection, profile_id: str) -> list[dict[str, Any]]:
    """All versions of a profile that decoded here, the newest first."""
    return fetch_all(connection, _SQL["profile_versions"], {"profile_id": profile_id})


def profile_version(connection: Connection, profile_id: str, version: str) -> dict[str, Any] | None:
    """Both files of a version."""
    chosen = {"profile_id": profile_id, "version": version}
    return fetch_one(connection, _SQL["profile_version"], chosen)


def runs(
    connection: Connection,
    *,
    before: int | None = None,
    replay_id: int | None = None,
    limit: int = 20,
) -> list[dict[str, Any]]:
    """Replays, the newest first."""
    chosen = {"before": before, "replay_id": replay_id, "limit": limit}
    return fetch_all(connection, _SQL["runs"], chosen)


def request_run(
    connection: Connection,
    *,
    tenant_id: int,
    requested_by: str,
    why: str,
    letter_reason: str | None = None,
    dev_eui: str | None = None,
    source_id: int | None = None,
) -> dict[str, Any]:
    """Ask for dead letters of a town to be processed again; `regionhub work` does it.

    Raises:
        NotAllowed: they are another town's.
        InputError: no such source of this town, or no such reason.
    """
    check_reason(letter_reason)
    own = {(s["tenant_id"], s["source_id"]) for s in operations.sources(connection)}
    if source_id is not None and (tenant_id, source_id) not in own:
        raise InputError("There is no such source.")
    values = {
        "tenant_id": tenant_id,
        "requested_by": requested_by,
        "why": why,
        "letter_reason": letter_reason,
        "dev_eui": dev_eui,
        "source_id": source_id,
    }
    with explained(_REFUSALS):
        row = fetch_one(connection, _SQL["request_run"], values)
    assert row is not None
    return runs(connection, replay_id=row["replay_id"])[0]


def letter_groups(
    connection: Connection, *, reason: str | None = None, limit: int = 200
) -> list[dict[str, Any]]:
    """Waiting dead letters by reason and device, the latest first; each with one example."""
    return fetch_all(connection, _LETTERS["groups"], {"reason": reason, "limit": limit})


def resolved_letters(connection: Connection, *, limit: int = 20) -> list[dict[str, Any]]:
    """Dead letters that were processed later, the last ones first."""
    return fetch_all(connection, _LETTERS["resolved"], {"limit": limit})


def letter_accounts(connection: Connection) -> list[dict[str, Any]]:
    """Where every message is that could not pass, by source."""
    return fetch_all(connection, _LETTERS["accounts"])


def removals(
    connection: Connection, *, before: int | None = None, limit: int = 20
) -> list[dict[str, Any]]:
    """What retention removed, the last first."""
    return fetch_all(connection, _SQL["removals"], {"before": before, "limit": limit})


def kept_for(connection: Connection) -> list[dict[str, Any]]:
    """How long the towns of this reader keep what."""
    return fetch_all(connection, _SQL["retention"])
