"""The sources: what ingest says of them, and what their brokers say to us."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from regionhub.cli.checks import Finding, fine, span, warning
from regionhub.cli.checks import facts as doctor
from regionhub.devices import Source
from regionhub.problems import describe, explain, explain_source
from regionhub.registry import admin
from regionhub.store.database import Connection
from regionhub_ingest.probe import probe
from regionhub_ingest.refusals import Refusal

#: After this a network server with devices should have had something to say (seconds).
_SILENT_SECONDS = 2 * 3600
#: A message that waits longer than this does so for a reason (seconds).
_BEHIND_SECONDS = 60


def check_sources(connection: Connection, secrets: dict[int, Source]) -> Iterator[Finding]:
    """Try every broker at once, and compare with what ingest says.

    Args:
        connection: as the owner.
        secrets: the enabled sources by id.
    """
    with ThreadPoolExecutor(max_workers=16) as pool:
        tries = {key: pool.submit(probe, source) for key, source in secrets.items()}
        now = doctor.now(connection)
        for row in admin.sources(connection):
            attempt = tries.get(row["source_id"])
            yield judge_source(row, attempt.result() if attempt else None, now)


def judge_source(row: dict[str, Any], refused: Refusal | None, now: datetime) -> Finding:
    """One source.

    Args:
        row: a row of `admin.sources`.
        refused: what the broker said to us just now; None if it lets us read.
        now: the database's time.
    """
    name = f"{row['tenant']}, source {row['name']}"
    if not row["enabled"]:
        return fine(name, "switched off")
    since = row["connected_since"]
    if refused is not None:
        said = explain(refused[0], "en", row, refused[1])
        if since is not None and row["problem"] is None:
            return Finding(
                check=name,
                level="warning",
                sentence=describe("source_seen_only_by_ingest", said),
                problem=refused[0],
            )
        return Finding(check=name, level="error", sentence=said, problem=refused[0])
    sentence = explain_source(row, "en")
    if sentence is not None:
        return Finding(check=name, level="error", sentence=sentence, problem=row["problem"])
    if since is None:
        return Finding(
            check=name,
            level="warning",
            sentence=explain("connecting", "en", row),
            problem="connecting",
        )
    return _judge_flow(name, row, now)


def _judge_flow(name: str, row: dict[str, Any], now: datetime) -> Finding:
    connected = f"connected since {row['connected_since']:%Y-%m-%d %H:%M} UTC"
    last = row["last_message_at"]
    if row["lag_seconds"] >= _BEHIND_SECONDS:
        behind = f"the oldest message has been waiting for {span(row['lag_seconds'])}"
        return warning(name, "source_behind", behind)
    quiet = (now - max(row["connected_since"], last or row["connected_since"])).total_seconds()
    if quiet >= _SILENT_SECONDS:
        heard = f"no message for {span((now - last).total_seconds())}" if last else "no message yet"
        return warning(name, "source_silent", f"{connected}, but {heard}")
    if last is None:
        return fine(name, f"{connected}, no message yet")
    heard = f"last message {span((now - last).total_seconds())} ago"
    return fine(name, f"{connected}, {heard}, {row['messages_last_minute']} in the last minute")
