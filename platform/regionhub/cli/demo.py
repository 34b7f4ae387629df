"""`regionhub demo`: a whole region on one machine, with nothing installed beside Python."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from regionhub.cli.assembly import migrate
from regionhub.cli.demo_history import State, back_fill, remember, remembering
from regionhub.cli.demo_mail import mailbox, set_up_alarms
from regionhub.cli.demo_setup import PASSWORD, REGION_LOGIN, follow_brokers, set_up, settings_of
from regionhub.errors import InputError, RegionhubError
from regionhub.sealing import Secrets
from regionhub.store.database import Connection, connect, store_errors
from regionhub.store.databases import create_database
from regionhub.store.roles import set_role_password
from regionhub.times import NS_PER_SECOND
from regionhub_simulators.fleet import Fleet
from regionhub_simulators.publisher import Broker, Publisher
from regionhub_simulators.region import DemoRegion, demo_region
from regionhub_simulators.scenarios import SCENARIOS
from regionhub_simulators.scenarios import scenario as find_scenario

if TYPE_CHECKING:
    from regionhub.embedded import BrokerUrls

_DAY_NS = 86_400 * NS_PER_SECOND
_READY_SECONDS = 60
_STOP_SECONDS = 20


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of API and portal.")] = 8080,
    data: Annotated[Path, typer.Option(help="Folder for the demo's data.")] = Path("data/demo"),
    days: Annotated[
        float | None, typer.Option(min=0.1, max=400, help="Days of history; 60 in a new folder.")
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(help=f"One of {', '.join(SCENARIOS)}; normal in a new folder."),
    ] = None,
    live: Annotated[bool, typer.Option(help="Send live data after the history.")] = True,
) -> None:
    """Start five simulated towns with database, broker, ingest, API and portal."""
    try:
        from regionhub import embedded  # noqa: PLC0415 - an extra that only this command needs
    except ImportError as error:
        raise InputError(
            f"the embedded database and broker are not installed ({error}): "
            'pip install "regionhub[embedded]"'
        ) from error
    console = Console(highlight=False)
    if not embedded.port_is_free(port):
        raise InputError(f'port {port} is in use: choose another one with ARGS="--port {port + 1}"')
    data = data.resolve()
    file = data / "demo.json"
    _check_choice(file, scenario, days)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as stack:
        console.print("starting database and broker ...")
        url = stack.enter_context(embedded.embedded_postgres(data / "postgres"))
        stack.enter_context(_only_demo(data))
        brokers = stack.enter_context(embedded.embedded_broker(data / "broker"))
        url = create_database(url, "regionhub")
        connection = stack.enter_context(connect(url, autocommit=True))
        stack.enter_context(store_errors())
        migrate(connection)
        region = demo_region()
        settings = settings_of(data, url, port, brokers.v311)
        os.environ.update(settings)
        set_role_password(
            connection, kind="operator", password=settings["REGIONHUB_OPERATOR_PASSWORD"]
        )
        state = _prepare(connection, file, region, brokers, scenario or "normal", days or 60.0)
        mail = stack.enter_context(mailbox(state["mail_port"]))
        stack.enter_context(_processes(data / "log", stop))
        _await_ready(port, stop)
        _welcome(console, port, region, brokers, state, mail)
        _run(connection, brokers, region, state, file, stop, live=live)
        console.print("stopping ...")


def _check_choice(file: Path, scenario: str | None, days: float | None) -> None:
    """Say what cannot be had before anything is started."""
    find_scenario(scenario or "normal")
    if not file.exists():
        return
    state: State = json.loads(file.read_text())
    for option, wanted, has in (
        ("scenario", scenario, state["scenario"]),
        ("days", days, state["days"]),
    ):
        if wanted not in (None, has):
            made = str(has).removesuffix(".0")
            raise InputError(
                f"the data in {file.parent} was made with --{option} {made}: "
                f"choose another folder with --data, or delete that one"
            )


@contextmanager
def _only_demo(data: Path) -> Iterator[None]:
    """One demo for a folder."""
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f"another demo is running with the data in {data}") from None
        yield


def _prepare(
    connection: Connection,
    file: Path,
    region: DemoRegion,
    brokers: BrokerUrls,
    scenario: str,
    days: float,
) -> State:
    """Set up a new database, or find what an old one remembers."""
    from regionhub.embedded import free_port  # noqa: PLC0415 - an extra that only this command needs

    if file.exists():
        state: State = json.loads(file.read_text())
        follow_brokers(connection, region, brokers)
        return state
    now = time.time_ns()
    key = set_up(connection, region, brokers, days)
    mail_port = free_port()
    set_up_alarms(connection, region, Secrets(Path(os.environ["REGIONHUB_KEY_FILE"])), mail_port)
    state = {
        "reference_ns": now,
        "sent_ns": now - int(days * _DAY_NS),
        "scenario": scenario,
        "days": days,
        "api_key": key,
        "mail_port": mail_port,
    }
    remember(file, state)
    return state


@contextmanager
def _processes(logs: Path, stop: threading.Event) -> Iterator[None]:
    """Run ingest, serve and work; when one of them ends, everything ends."""
    logs.mkdir(exist_ok=True)
    children = {
        name: subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "regionhub", name, "--stop-with-parent"],
            stdin=subprocess.PIPE,
            stderr=(logs / f"{name}.log").open("w"),
            start_new_session=True,  # Ctrl-C is for us; we stop them in order
        )
        for name in ("serve", "ingest", "work")
    }

    def watch() -> None:
        while not stop.wait(0.5):
            for name, child in children.items():
                if child.poll() is not None:
                    print(f"{name} ended, see {logs / name}.log", file=sys.stderr)
                    stop.set()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
        for name in ("ingest", "work", "serve"):
            children[name].terminate()
        for child in children.values():
            try:
                child.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _await_ready(port: int, stop: threading.Event) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not stop.is_set():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > deadline:
                raise RegionhubError(f"the portal does not start: {error}") from error
        stop.wait(0.2)


def _welcome(
    console: Console, port: int, region: DemoRegion, brokers: BrokerUrls, state: State, mail: str
) -> None:
    base = f"http://127.0.0.1:{port}"
    table = Table("Town", "Login", "Password", box=None, padding=(0, 3))
    for town in region.towns:
        table.add_row(town.name, town.slug, PASSWORD)
    table.add_row("all (region)", REGION_LOGIN, PASSWORD)
    console.print()
    console.print(f"[bold]Portal[/]   {base}/")
    console.print(f"[bold]API[/]      {base}/api/v1/openapi.json")
    console.print(f"[bold]Alarms[/]   {mail} (what people would get on their phones)")
    console.print(f"[bold]New town[/] {base}/betreiber (sign in as {REGION_LOGIN})")
    console.print(f"[bold]MQTT[/]     {brokers.v311} (3.1.1), {brokers.v5} (5)")
    console.print()
    console.print(table)
    console.print()
    console.print("All sensors are simulated. Try the API:", soft_wrap=True)
    console.print(
        f"  curl -H 'Authorization: Bearer {state['api_key']}' {base}/api/v1/sites",
        soft_wrap=True,
    )
    console.print("Try the commands of docs/operation.md, in another terminal:")
    for name in ("REGIONHUB_DATABASE_URL", "REGIONHUB_PORTAL_URL", "REGIONHUB_KEY_FILE"):
        console.print(f"  export {name}='{os.environ[name]}'", soft_wrap=True)
    console.print(f"  {Path(sys.executable).with_name('regionhub')} doctor", soft_wrap=True)
    console.print()


def _run(
    connection: Connection,
    brokers: BrokerUrls,
    region: DemoRegion,
    state: State,
    file: Path,
    stop: threading.Event,
    *,
    live: bool,
) -> None:
    fleet = Fleet(
        region.devices,
        reference_ns=state["reference_ns"],
        scenario=state["scenario"],
        days=state["days"],
    )
    with Publisher(Broker.from_url(brokers.v311), stop=stop) as publisher:
        now = time.time_ns()
        back_fill(connection, fleet, publisher, state, now, stop)
        remember(file, state)
        if live and not stop.is_set():
            Console(stderr=True).print("live; stop with Ctrl-C")
            messages = remembering(fleet.live(now), state, file)
            publisher.publish(messages, speed=1.0, begin_ns=time.time_ns())
        remember(file, state)
    if not live and not stop.is_set():
        Console(stderr=True).print(
            "history is complete, nothing is sent any more; stop with Ctrl-C"
        )
        stop.wait()
