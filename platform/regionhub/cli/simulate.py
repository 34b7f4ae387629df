"""`regionhub simulate`: a simulated region publishes to an MQTT broker."""

from __future__ import annotations

import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import takewhile
from typing import Annotated

import orjson
import typer
from rich.console import Console

from regionhub import times
from regionhub.errors import InputError, RegionhubError
from regionhub_simulators.fleet import Fleet
from regionhub_simulators.model import DAY_S, NS_PER_SECOND, SimulatedMessage
from regionhub_simulators.publisher import Broker, Progress, Publisher
from regionhub_simulators.region import demo_region
from regionhub_simulators.scenarios import SCENARIOS

app = typer.Typer()

_AGO = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_LATEST_NS = times.from_rfc3339("2200-01-01T00:00:00Z")
_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": DAY_S}


def moment(text: str, now_ns: int) -> int:
    """Return the moment: `now`, `60d` (`s`, `m`, `h` too) before now, or an RFC 3339 timestamp.

    Raises:
        InputError: none of these, or before 1970 or after 2199.
    """
    ago = _AGO.fullmatch(text)
    try:
        if text == "now":
            found = now_ns
        elif ago is not None:
            found = now_ns - int(float(ago[1]) * _UNIT_S[ago[2]] * NS_PER_SECOND)
        else:
            found = times.from_rfc3339(text)
    except (ValueError, OverflowError):
        raise InputError(
            f"{text!r} is not a time; write now, 60d, 12h or 2026-05-12T08:00:00Z."
        ) from None
    if not 0 <= found < _LATEST_NS:
        raise InputError(f"{text!r} does not lie between 1970 and 2199.")
    return found


@app.command()
def simulate(
    *,
    broker: Annotated[str, typer.Option(help="mqtt://host:port, mqtts:// for TLS.")] = (
        "mqtt://127.0.0.1:1883"
    ),
    user: Annotated[str | None, typer.Option(help="User name, if not in the URL.")] = None,
    password: Annotated[
        str | None, typer.Option(envvar="REGIONHUB_SIMULATE_PASSWORD", help="Password.")
    ] = None,
    scenario: Annotated[str, typer.Option(help=f"One of {', '.join(SCENARIOS)}.")] = "normal",
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same messages.")] = 1,
    speed: Annotated[
        float, typer.Option(min=0, help="1 real time, 60 an hour a minute, 0 as fast as possible.")
    ] = 1.0,
    since: Annotated[str, typer.Option(help="Begin: now, 60d, 12h or a timestamp.")] = "now",
    until: Annotated[
        str | None, typer.Option(help="End; without it endless, or now at --speed 0.")
    ] = None,
    town: Annotated[list[str] | None, typer.Option(help="Only this town; repeatable.")] = None,
    faults: Annotated[bool, typer.Option(help="Some devices are faulty.")] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print JSON lines instead of publishing.")
    ] = False,
) -> None:
    """Publish what the sensors of five simulated towns would send."""
    console = Console(stderr=True)
    try:
        start_ns, end_ns, reference_ns = _span(since, until, speed)
        region = demo_region(
            seed=seed, year=times.to_datetime(reference_ns).year, faults=faults, towns=town or ()
        )
        fleet = Fleet(
            region.devices,
            reference_ns=reference_ns,
            seed=seed,
            scenario=scenario,
            days=max(1.0, (reference_ns - start_ns) / NS_PER_SECOND / DAY_S),
        )
        live = end_ns is None
        messages = fleet.live(start_ns) if live else fleet.messages(start_ns, end_ns or 0)
        with _stop_on_signals() as stop:
            if dry_run:
                _print(messages, stop)
                return
            with (
                Publisher(_broker(broker, user, password), stop=stop) as publisher,
                console.status("publishing") as status,
            ):
                publisher.publish(
                    messages,
                    speed=speed,
                    begin_ns=start_ns,
                    on_progress=lambda p: status.update(_words(p)),
                )
    except RegionhubError as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    console.print(_words(publisher.progress), highlight=False)


def _broker(url: str, user: str | None, password: str | None) -> Broker:
    target = Broker.from_url(url)
    return target if user is None else replace(target, user=user, password=password)


def _span(since: str, until: str | None, speed: float) -> tuple[int, int | None, int]:
    """Return begin, end (None: endless) and the moment the scenario is about."""
    now_ns = time.time_ns()
    start_ns = moment(since, now_ns)
    end_ns = now_ns if speed == 0 else None
    if until is not None:
        end_ns = moment(until, now_ns)
    if end_ns is not None and end_ns <= start_ns:
        raise InputError("The simulation ends before it begins; use --since and --until.")
    return start_ns, end_ns, end_ns or now_ns


@contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    """Turn Ctrl-C and SIGTERM into an event: what was begun is finished and counted."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _words(progress: Progress) -> str:
    until = ""
    if progress.simulated_ns is not None:
        until = f", simulated time {times.to_datetime(progress.simulated_ns):%Y-%m-%d %H:%M} UTC"
    megabytes = progress.bytes_sent / 1e6
    return f"{progress.sent} sent, {progress.confirmed} confirmed, {megabytes:.1f} MB{until}"


def _print(messages: Iterator[SimulatedMessage], stop: threading.Event) -> None:
    for message in takewhile(lambda _: not stop.is_set(), messages):
        line = {
            "topic": message.topic,
            "sent": times.to_rfc3339(message.sent_ns),
            "tenant": message.tenant,
            "source": message.source,
            "body": message.body.decode(),
        }
        sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
