"""`regionhub source import` and `regionhub source backfill`: messages that come afterwards."""

from __future__ import annotations

import gzip
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BufferedReader
from pathlib import Path
from typing import Annotated, BinaryIO, cast
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from regionhub.archive.items import Outcome
from regionhub.archive.retention import kept_since
from regionhub.archive.write.ingest import IngestStore
from regionhub.cli.arguments import SourceName, Town
from regionhub.cli.moments import read_moment
from regionhub.cli.run import ingest_database, owner_connection, start_once
from regionhub.devices import Source, broker_address, check_topic
from regionhub.errors import InputError
from regionhub.features.completeness import store as completeness
from regionhub.profiles import load_profiles
from regionhub.registry.tenants import tenant_by_slug
from regionhub.sealing import Secrets
from regionhub.store.roles import acting_as
from regionhub.times import from_datetime
from regionhub_ingest.decode import Codecs
from regionhub_ingest.formats import FORMATS, named
from regionhub_ingest.formats.format import Storage
from regionhub_ingest.imports import Imported, store_imported
from regionhub_ingest.lines import read_lines
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry

_console = Console(stderr=True)


def import_file(
    town: Town,
    source_name: SourceName,
    file: Annotated[str, typer.Argument(help="JSON lines, also as .gz; - for standard input.")],
    topic: Annotated[str, typer.Option(help="MQTT topic of lines that do not tell theirs.")] = "",
) -> None:
    """Store messages from a file as if they had come over MQTT; what is there already stays once.

    A line is the body of one message, an object with "topic", "received_at" and "body" (or
    "body_base64"), or what `mosquitto_sub -F %j` wrote. Exit status 1 if one of them could not be
    processed; it is a dead letter then.
    """
    if topic:
        check_topic(topic)
    with _open(file) as (stream, raw, size):
        _store(town, source_name, lambda _: read_lines(stream, topic=topic), raw, size)


def backfill(
    town: Town,
    source_name: SourceName,
    since: Annotated[
        str | None,
        typer.Option(
            help="From then on: 2026-05-01, 2026-05-01T06:00:00Z, 36h or 90d ago; 30 days before "
            "the end if left out."
        ),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Before then; now if left out.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="The whole period, not only around gaps.")
    ] = False,
    server: Annotated[
        str | None,
        typer.Option(help="https://host of the server; the host of the broker if left out."),
    ] = None,
    application: Annotated[
        str | None, typer.Option(help="Application id; from the source's user name if left out.")
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the API key; the source's password if left out, else asked for."
        ),
    ] = None,
) -> None:
    """Fetch missing frames from the storage of The Things Stack (Storage Integration).

    Asks for the time around the gaps of the completeness ledger and since the newest frame.
    """
    end = datetime.now(UTC) if until is None else read_moment(until)
    begin = end - completeness.USUAL_PERIOD if since is None else read_moment(since)
    if begin >= end:
        raise InputError("--since must lie before --until")
    if end - begin > completeness.LONGEST_PERIOD:
        raise InputError(f"at most {completeness.LONGEST_PERIOD.days} days at once")

    def fetch(source: Source) -> Iterator[Imported]:
        storage = _storage(source, server, application, key_file)
        windows = [(begin, end)]
        if not everything:
            with (
                owner_connection() as connection,
                connection.transaction(),
                acting_as(connection, town),
            ):
                windows = completeness.backfill_windows(
                    connection, source.source_id, start=begin, end=end
                )
        _console.print(_announcement(windows, storage.server))
        for after, before in windows:
            for place, envelope in storage.uplinks(after, before):
                yield Imported(place, envelope)

    _store(town, source_name, fetch)


def _announcement(windows: list[tuple[datetime, datetime]], server: str) -> str:
    length = sum((before - after for after, before in windows), timedelta())
    hours = length.total_seconds() / 3600
    periods = "1 period" if len(windows) == 1 else f"{len(windows)} periods"
    return f"asking {server} for {periods} of {hours:.1f} hours together"


def _store(
    town: str,
    source_name: str,
    messages: Callable[[Source], Iterable[Imported]],
    raw: BinaryIO | None = None,
    size: int | None = None,
) -> None:
    """Store messages with progress (bytes of `raw` out of `size`) and say what became of them."""
    settings = start_once()
    with owner_connection() as connection:
        tenant = tenant_by_slug(connection, town)
        kept = kept_since(connection, tenant.tenant_id, "uplink")
    outcomes: Counter[Outcome] = Counter()
    with ingest_database(settings, size=3) as database:
        store = IngestStore(database, Secrets(settings.key_file))
        source = _source(store, town, source_name)
        pipeline = Pipeline(
            Registry(store),
            Codecs(load_profiles(settings.device_profiles)),
            kept_since_ns=None if kept is None else from_datetime(kept),
        )
        batches = store_imported(messages(source), source=source, pipeline=pipeline, store=store)
        try:
            with Progress(
                TextColumn("{task.fields[messages]} messages"),
                BarColumn(),
                TimeElapsedColumn(),
                console=_console,
                transient=True,
            ) as progress:
                task = progress.add_task("", total=size, messages=0)
                for batch in batches:
                    outcomes.update(batch)
                    at = raw.tell() if raw is not None and size is not None else 0
                    progress.update(task, completed=at, messages=outcomes.total())
        finally:
            if outcomes:
                _report(outcomes)
    if not outcomes:
        _console.print("no messages")
    if _letters(outcomes):
        raise typer.Exit(1)


def _report(outcomes: Counter[Outcome]) -> None:
    table = Table(Column("Messages", justify="right"), "What became of them")
    for outcome, count in sorted(outcomes.items()):
        table.add_row(str(count), _words(outcome))
    table.add_section()
    table.add_row(str(outcomes.total()), "all")
    Console().print(table)
    if letters := _letters(outcomes):
        _console.print(f"{letters} are kept as dead letters, each with its line and the reason")


def _words(outcome: Outcome) -> str:
    fate, reason, what = outcome
    if what == "letter":
        again = ", as before" if fate == "duplicate" else ""
        return f"dead letter ({reason}{again})"
    if what == "event":
        return reason if fate == "stored" else f"{reason}, there already"
    if what == "frame":
        return "stored" if fate == "stored" else "there already"
    return "older than what is kept, not stored" if reason == "too_old" else f"ignored: {reason}"


def _letters(outcomes: Counter[Outcome]) -> int:
    """How many dead letters; an earlier import may have left them: they cannot be processed yet."""
    return sum(count for outcome, count in outcomes.items() if outcome.what == "letter")


def _source(store: IngestStore, town: str, name: str) -> Source:
    sources = [source for source in store.sources() if source.tenant == town]
    for source in sources:
        if source.name == name:
            return source
    known = ", ".join(repr(source.name) for source in sources) or "none"
    raise InputError(f"{town} has no source {name!r} that is enabled (known: {known})")


def _storage(
    source: Source, server: str | None, application: str | None, key_file: Path | None
) -> Storage:
    open_storage = named(source.format).storage
    if open_storage is None:
        able = ", ".join(one.name for one in FORMATS.values() if one.storage is not None)
        raise InputError(
            f"source {source.name!r} speaks {source.format}: stored messages can be fetched from "
            f"{able} only; export them there and use `regionhub source import`"
        )
    server = (server or f"https://{broker_address(source.broker_url).host}").rstrip("/")
    parts = urlsplit(server)
    local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise InputError("--server must begin with https://, because the API key goes there")
    user = source.username or application or ""
    name = application or user.partition("@")[0]
    if not name:
        raise InputError("the source has no user name: give --application")
    if key_file is not None:
        key = key_file.read_text(encoding="utf-8").strip()
    else:
        key = source.password or typer.prompt("API key", hide_input=True, err=True)
    if not key.isascii() or not key.isprintable() or not key:
        raise InputError("this is no API key: it has signs that no key has")
    return open_storage(server=server, application=name, user=user, key=key)


@contextmanager
def _open(file: str) -> Iterator[tuple[BinaryIO, BinaryIO | None, int | None]]:
    """What to read, and for the progress the file below it with its size."""
    if file == "-":
        with _unpacked(sys.stdin.buffer, named_gz=False) as stream:
            yield stream, None, None
        return
    path = Path(file)
    with path.open("rb") as raw, _unpacked(raw, named_gz=path.suffix == ".gz") as stream:
        yield stream, raw, path.stat().st_size


@contextmanager
def _unpacked(raw: BinaryIO, *, named_gz: bool) -> Iterator[BinaryIO]:
    """Whatever its name, a file that starts as gzip does is one."""
    if named_gz or cast("BufferedReader", raw).peek(2)[:2] == b"\x1f\x8b":
        with gzip.open(raw) as unpacked:
            yield cast("BinaryIO", unpacked)
    else:
        yield raw
