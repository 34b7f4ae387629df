"""What a town's address may make the hub do."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from tests.features.alarms.standins import AUTHORIZATION, HERE, StandIn, standin

from regionhub.confined import confined, read_networks
from regionhub.errors import InputError
from regionhub.features.alarms.channels import NETWORKS, Outgoing, send_for_town

MESSAGE = Outgoing(key="regionhub-7", subject="Stufe 2", body="312 cm", level=3)


@pytest.fixture
def inside() -> Iterator[StandIn]:
    """A service on the machine of the hub."""
    with standin() as made:
        yield made


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1:{port}/wache",
        "xml://localhost:{port}/wache",
        "alamos://x@127.1:{port}",
        "form://localhost:{port}",
        "alamos://" + AUTHORIZATION + "@127.0.0.1:{port}",
        "divera-http://key@localhost:{port}",
        "mailto://a:b@localhost:{port}?to=c@town.example",
        "mailto://a:b@mail.example:{port}?smtp=127.0.0.1&to=c@town.example",
        "ntfy://127.0.0.1:{port}/topic",
        "mqtt://127.0.0.1:{port}/ttn/up",
    ],
)
def test_no_address_leads_to_the_machine_of_the_hub(inside: StandIn, address: str) -> None:
    outcome = send_for_town(address.format(port=inside.port), MESSAGE, ())
    assert (outcome.kind, inside.got) == ("refused", [])
    assert "this hub may not reach" in outcome.problem
    assert send_for_town(inside.webhook, MESSAGE, HERE).kind == "delivered"


def test_a_server_sends_nobody_on_to_the_machine_of_the_hub(inside: StandIn) -> None:
    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(307)
            self.send_header("location", f"http://127.0.0.1:{inside.port}/wache")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    with HTTPServer(("127.0.0.2", 0), Elsewhere) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        address = f"json://127.0.0.2:{server.server_address[1]}"
        outcome = send_for_town(address, MESSAGE, read_networks("127.0.0.2/32", NETWORKS))
        thread.join()
    assert (outcome.kind, inside.got) == ("refused", [])


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.1.2.3", "172.20.0.3", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255"),
        *(
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "fe80::1%lo",
            "fd00::1",
            "::",
            "2002:a00:1::",
        ),
    ],
)
def test_what_is_not_in_the_internet_is_refused(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.socket(family, socket.SOCK_DGRAM) as one,
        confined((), NETWORKS) as bounds,
        pytest.raises(PermissionError),
    ):
        one.connect((host, 53))
    assert host in bounds.refused


def test_the_internet_and_allowed_networks_are_reached() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        with confined(read_networks("10.20.0.0/16, fd00::/8", NETWORKS), NETWORKS) as bounds:
            for host in ("93.184.215.14", "10.20.3.4"):
                try:
                    one.connect((host, 53))
                except PermissionError:
                    raise
                except OSError:  # this machine has no way there
                    pass
        assert bounds.refused == ""
        one.connect(("127.0.0.1", 53))


def test_no_file_is_read_and_no_program_begun(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("{}")
    with confined((), NETWORKS) as bounds:
        with pytest.raises(PermissionError):
            secret.read_text()
        with pytest.raises(PermissionError):
            subprocess.run([sys.executable, "--version"], check=False)
        with pytest.raises(PermissionError), socket.socket(socket.AF_UNIX) as one:
            one.connect(str(secret))
    assert "read a file" in bounds.refused
    assert secret.read_text() == "{}"


def test_networks_that_are_none_are_said() -> None:
    with pytest.raises(InputError, match="REGIONHUB_ALARM_NETWORKS"):
        read_networks("10.0.0.0/8, mail", NETWORKS)
