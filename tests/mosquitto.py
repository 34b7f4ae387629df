"""A real Mosquitto with passwords, an ACL and a TLS port; without it tests are skipped."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from regionhub.embedded import free_port
from tests.requirement import not_here

#: Users of the broker, all with this password: "town" reads town/#, "stranger" reads nothing.
PASSWORD = "secret-of-the-town"  # gitleaks:allow
_ACL = """\
user town
topic readwrite town/#
user stranger
topic read elsewhere/#
"""
_CONFIG = """\
user {user}
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl
persistence false
log_dest file {folder}/log
listener {plain} 127.0.0.1
listener {tls} 127.0.0.1
certfile {folder}/server.crt
keyfile {folder}/server.key
"""


@dataclass(frozen=True, slots=True)
class Mosquitto:
    """Ports of a running broker; the certificate of the TLS port is trusted by nobody."""

    plain: int
    tls: int


@contextmanager
def mosquitto(folder: Path, *, more: str = "") -> Iterator[Mosquitto]:
    """Run the broker with its files in `folder`; `more` is added to its configuration.

    Where files with passwords and an ACL are there already, it takes those.
    """
    _require("mosquitto", "mosquitto_passwd")
    found = Mosquitto(free_port(), free_port())
    if not (folder / "passwords").exists():
        (folder / "passwords").write_text(f"town:{PASSWORD}\nstranger:{PASSWORD}\n")
        _run("mosquitto_passwd", "-U", folder / "passwords")
        (folder / "acl").write_text(_ACL)
    for name in ("passwords", "acl"):
        (folder / name).chmod(0o600)
    if not (folder / "server.crt").exists():
        make_certificate(folder)
    config = folder / "mosquitto.conf"
    config.write_text(
        _CONFIG.format(user=getpass.getuser(), folder=folder, plain=found.plain, tls=found.tls)
        + more
    )
    with subprocess.Popen(
        [str(_path("mosquitto")), "-c", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            for port in (found.plain, found.tls):
                _await(port, process)
            yield found
        finally:
            process.terminate()


def make_certificate(folder: Path) -> None:
    """Write `server.crt`, which is its own authority, and `server.key`."""
    _require("openssl")
    _run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
        *("-keyout", folder / "server.key"),
        *("-out", folder / "server.crt"),
    )


def make_client_certificate(folder: Path) -> None:
    """Write `client.crt` with `client.key`, signed by the authority of `make_certificate`."""
    _run(
        *("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=hub"),
        *("-keyout", folder / "client.key", "-out", folder / "client.csr"),
    )
    _run(
        *("openssl", "x509", "-req", "-in", folder / "client.csr", "-days", "2"),
        *("-CA", folder / "server.crt", "-CAkey", folder / "server.key", "-CAcreateserial"),
        *("-out", folder / "client.crt"),
    )


def _require(*names: str) -> None:
    missing = [name for name in names if _path(name) is None]
    if missing:
        not_here(f"what brokers really answer was not tried: {', '.join(missing)} not found")


def _path(name: str) -> str | None:
    # Debian keeps servers where only root looks
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def _run(name: str, *arguments: str | Path) -> None:
    subprocess.run([str(_path(name)), *map(str, arguments)], check=True, capture_output=True)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 15
    while True:
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline, "Mosquitto does not listen"
        time.sleep(0.02)
