"""The same work as a Node-RED flow: take, decode in a function node, one insert for each message.

Node-RED acknowledges when a message arrives, not when it is stored, so what it has in hand is lost
with it. Install it anywhere: `npm install node-red@4 pg`, and name the folder with --node-red.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from regionhub.embedded import free_port
from tests.benchmarks.bare_paho import open_session
from tests.benchmarks.messages import READINGS_PER_UPLINK, topic
from tests.benchmarks.stack import Stack
from tests.benchmarks.usage import watch

_APPLICATION = "c2b85f13-7e04-4d9a-a6c7-3b1f5d2e8a90"
_OURS = Path(__file__).parent / "node_red"
_POLL_SECONDS = 0.2
_LONGEST_POLL_SECONDS = 5.0
_LEAST_PER_SECOND = 200
_START_SECONDS = 60


@dataclass(frozen=True)
class Flow:
    """How a round of the flow went."""

    per_second: float
    cpu_seconds_per_1000: dict[str, float]


def node_red_drain(hub: Stack, installed: Path, messages: int) -> Flow:
    """Queue messages for the flow, start Node-RED and time its rows, first to last."""
    hub.owner.execute("drop schema if exists bench_flow cascade")
    hub.owner.execute("create schema bench_flow")
    hub.owner.execute(
        "create table bench_flow.reading (datastream text, time timestamptz, "
        "value double precision, primary key (datastream, time))"
    )
    open_session(hub, "node-red", _APPLICATION)
    hub.queue(messages, _APPLICATION)
    with _node_red(hub, installed) as process:
        first = _wait_for_rows(hub, 1, process)
        started = time.perf_counter()
        pids = {"Node-RED": process.pid, "database": hub.database_pid}
        cpu = watch(pids)
        _wait_for_rows(hub, messages * READINGS_PER_UPLINK, process)
        seconds = time.perf_counter() - started
        costs = cpu()
    done = messages - first / READINGS_PER_UPLINK
    return Flow(done / seconds, {part: each / done * 1000 for part, each in costs.items()})


def _wait_for_rows(hub: Stack, rows: int, process: subprocess.Popen[bytes]) -> int:
    """Wait until they are there; asks seldom, because a count reads the whole table."""
    started = time.monotonic()
    deadline = started + _START_SECONDS + rows / READINGS_PER_UPLINK / _LEAST_PER_SECOND
    while True:
        row = hub.owner.execute("select count(*) as rows from bench_flow.reading").fetchone()
        assert row is not None
        done, now = int(row["rows"]), time.monotonic()
        if done >= rows:
            return done
        if process.poll() is not None or now > deadline:
            raise RuntimeError(f"Node-RED has {done} of {rows} rows: see {hub.folder}")
        left = (rows - done) * (now - started) / done if done else 0
        time.sleep(min(max(_POLL_SECONDS, 0.8 * left), _LONGEST_POLL_SECONDS))


@contextmanager
def _node_red(hub: Stack, installed: Path) -> Iterator[subprocess.Popen[bytes]]:
    home = hub.folder / "node-red"
    if not home.exists():
        home.mkdir()
        (home / "node_modules").symlink_to((installed / "node_modules").resolve())
        (home / "package.json").write_text(json.dumps({"dependencies": {"pg": "*"}}))
    database = conninfo_to_dict(hub.url)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    environment = os.environ | {
        "PGDATABASE": str(database["dbname"]),
        **{names[key]: str(database[key]) for key in names if database.get(key)},
        "BENCH_MQTT_PORT": str(hub.broker.port),
        "BENCH_TOPIC": topic(_APPLICATION, "+"),
        "BENCH_UI_PORT": str(free_port()),
    }
    command = ["node", str(installed.resolve() / "node_modules" / "node-red" / "red.js")]
    command += ["--userDir", str(home), "--settings", str(_OURS / "settings.js")]
    with (hub.folder / "node-red.log").open("ab") as log:
        child = subprocess.Popen(
            [*command, str(_OURS / "flow.json")], env=environment, stdout=log, stderr=log
        )
    try:
        yield child
    finally:
        child.terminate()
        child.wait(30)
