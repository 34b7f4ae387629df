"""The sources: what ingest says of them, and what their brokers say to us."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from regionhub.cli.checks import Finding, fine, span, warning
from regionhub.cli.checks import facts as doctor
from regionhub.devices import Source
from regionhub.problems import describe, explain, explain_source
from regionhub.registry.sources import TownSource, sources_of_all
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
        for source in sources_of_all(connection):
            attempt = tries.get(source.source_id)
            yield judge_source(source, attempt.result() if attempt else None, now)


def judge_source(source: TownSource, refused: Refusal | None, now: datetime) -> Finding:
    """One source.

    Args:
        source: with its state.
        refused: what the broker said to us just now; None if it lets us read.
        now: the database's time.
    """
    name = f"{source.tenant}, source {source.name}"
    if not source.enabled:
        return fine(name, "switched off")
    since = source.connected_since
    if refused is not None:
        said = explain(refused[0], "en", source, refused[1])
        if since is not None and source.problem is None:
            return Finding(
                check=name,
                level="warning",
                sentence=describe("source_seen_only_by_ingest", said),
                problem=refused[0],
            )
        return Finding(check=name, level="error", sentence=said, problem=refused[0])
    sentence = explain_source(source, "en")
    if sentence is not None:
        return Finding(check=name, level="error", sentence=sentence, problem=source.problem)
    if since is None:
        return Finding(
            check=name,
            level="warning",
            sentence=explain("connecting", "en", source),
            problem="connecting",
        )
    return _judge_flow(name, source, since, now)


def _judge_flow(name: str, source: TownSource, since: datetime, now: datetime) -> Finding:
    connected = f"connected since {since:%Y-%m-%d %H:%M} UTC"
    last, lag = source.last_message_at, source.lag_seconds
    if lag is not None and lag >= _BEHIND_SECONDS:
        behind = f"the oldest message has been waiting for {span(lag)}"
        return warning(name, "source_behind", behind)
    quiet = (now - max(since, last or since)).total_seconds()
    if quiet >= _SILENT_SECONDS:
        heard = f"no message for {span((now - last).total_seconds())}" if last else "no message yet"
        return warning(name, "source_silent", f"{connected}, but {heard}")
    if last is None:
        return fine(name, f"{connected}, no message yet")
    heard = f"last message {span((now - last).total_seconds())} ago"
    return fine(name, f"{connected}, {heard}, {source.messages_last_minute} in the last minute")
