"""How far the fleet of a demo was sent: its history, and the pause since the last start."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from regionhub.archive.fates import counted_messages
from regionhub.archive.progress import write_progress
from regionhub.store.database import Connection
from regionhub.times import NS_PER_SECOND
from regionhub_simulators.fleet import Fleet
from regionhub_simulators.model import SimulatedMessage
from regionhub_simulators.publisher import Publisher

_DAY_NS = 86_400 * NS_PER_SECOND
#: How far the simulated network servers may run ahead of what ingest has stored.
_AHEAD_MESSAGES = 20_000


class State(TypedDict):
    """What a data folder remembers: the reference of the simulation, and how far it was sent.

    Addresses of people in the database lead to the mailbox at `mail_port`.
    """

    reference_ns: int
    sent_ns: int
    scenario: str
    days: float
    api_key: str
    mail_port: int


def remember(file: Path, state: State) -> None:
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(state))
    new.replace(file)


def remembering(
    messages: Iterator[SimulatedMessage], state: State, file: Path
) -> Iterator[SimulatedMessage]:
    """Note how far the live fleet is, so that the next start fills the pause in between."""
    noted = time.monotonic()
    for message in messages:
        yield message
        state["sent_ns"] = message.sent_ns
        if time.monotonic() - noted > 5:
            noted = time.monotonic()
            remember(file, state)


def back_fill(
    connection: Connection,
    fleet: Fleet,
    publisher: Publisher,
    state: State,
    now: int,
    stop: threading.Event,
) -> None:
    """Send what lies between the last run (or the beginning of history) and now."""
    start = max(state["sent_ns"], now - int(state["days"] * _DAY_NS))
    stored_before = _stored(connection)
    with Progress(
        TextColumn("filling in history"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[messages]:,} messages"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as bar:
        task = bar.add_task("", total=now - start, messages=0)

        def report(sent_ns: int, sent: int) -> int:
            """Show and note how far ingest is; returns how many messages it has to catch up."""
            stored = _stored(connection) - stored_before
            share = min(1.0, stored / sent) if sent else 1.0
            position = int((sent_ns - start) * share)
            bar.update(task, completed=position, messages=stored)
            write_progress(
                connection,
                task="history",
                label_de="Die Vorgeschichte wird eingespielt",
                label_en="History is being filled in",
                done=position // NS_PER_SECOND,
                total=(now - start) // NS_PER_SECOND,
            )
            return sent - stored

        def paced() -> Iterator[SimulatedMessage]:
            for count, message in enumerate(fleet.messages(start, now)):
                if count % 1000 == 0:
                    while report(message.sent_ns, count) > _AHEAD_MESSAGES and not stop.is_set():
                        stop.wait(0.1)
                yield message
                state["sent_ns"] = message.sent_ns

        progress = publisher.publish(paced())
        while report(now, progress.sent) > 0 and not stop.is_set():
            stop.wait(0.2)
        if not stop.is_set():
            state["sent_ns"] = now


def _stored(connection: Connection) -> int:
    """Messages that have their fate."""
    return counted_messages(connection)
