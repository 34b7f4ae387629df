"""A town's broker with an authority of its own, client certificates and WebSockets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from paho.mqtt import publish
from tests.ingest.conftest import Intake, Run, until
from tests.mosquitto import (
    PASSWORD,
    Mosquitto,
    make_certificate,
    make_client_certificate,
    mosquitto,
)
from tests.town import SECRETS

from regionhub.archive.write.ingest import IngestStore
from regionhub.devices import Source
from regionhub.embedded import free_port
from regionhub_ingest.arrival import ArrivalClock
from regionhub_ingest.inbox import Inbox
from regionhub_ingest.mqtt import Delivery, SourceConnection
from regionhub_ingest.probe import probe

pytestmark = pytest.mark.mosquitto


class Ports(NamedTuple):
    broker: Mosquitto
    folder: Path
    mutual: int
    websocket: int


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    folder = tmp_path_factory.mktemp("tls")
    make_certificate(folder)
    make_client_certificate(folder)
    mutual, websocket = free_port(), free_port()
    tls = f"certfile {folder}/server.crt\nkeyfile {folder}/server.key\n"
    more = (
        f"listener {mutual}\n{tls}cafile {folder}/server.crt\nrequire_certificate true\n"
        f"listener {websocket}\nprotocol websockets\n{tls}"
    )
    with mosquitto(folder, more=more) as broker:
        yield Ports(broker, folder, mutual, websocket)


@pytest.fixture
def add(run: Run, intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`regionhub source add` with a login; returns its exit status."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")

    def add(broker: str, *options: str) -> int:
        return run(
            *("source", "add", "arnsberg", "--name", "tls", "--format", "chirpstack-v4"),
            *("--broker", broker, "--topic", "town/#", "--username", "town"),
            *("--password-file", str(tmp_path / "password"), *options),
        )

    return add


def added(intake: Intake) -> Source:
    found = IngestStore(intake.database, SECRETS).sources()
    return next(source for source in found if source.name == "tls")


def hears(source: Source, broker: Mosquitto, body: bytes = b"x") -> bool:
    inbox: Inbox[Delivery] = Inbox(100, 2**20, lambda delivery: len(delivery.envelope.body))
    connection = SourceConnection(source, inbox, ArrivalClock(), client_id="tls")
    connection.start()
    try:
        until(lambda: connection.status.connected_since is not None, 10)
        login: Any = {"username": "town", "password": PASSWORD}
        publish.single("town/x", body, hostname="127.0.0.1", port=broker.plain, auth=login)
        return [delivery.envelope.body for delivery in inbox.take(1, 5)] == [body]
    finally:
        connection.stop(forget=True)


@pytest.mark.parametrize("address", ["ssl://localhost:{tls}", "mqtts://localhost:{tls}"])
def test_an_authority_of_the_town(
    add: Any, ports: Ports, intake: Intake, tmp_path: Path, address: str
) -> None:
    ca = ("--ca", str(ports.folder / "server.crt"))
    assert add(address.format(tls=ports.broker.tls), *ca) == 0
    source = added(intake)
    assert source.broker_url == f"mqtts://localhost:{ports.broker.tls}"
    assert probe(source) is None
    assert hears(source, ports.broker)


# paho leaves the socket of a failed TLS handshake to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_client_certificate(add: Any, ports: Ports, intake: Intake, tmp_path: Path) -> None:
    folder = ports.folder
    ca = ("--ca", str(folder / "server.crt"))
    mine = ("--certificate", str(folder / "client.crt"), "--key", str(folder / "client.key"))
    assert add(f"mqtts://localhost:{ports.mutual}", *ca, *mine) == 0
    source = added(intake)
    assert probe(source) is None
    assert hears(source, ports.broker)
    [(stored,)] = intake.rows("select private_key from core.source where name = 'tls'")
    assert "PRIVATE" not in stored
    intake.owner.execute("update core.source set certificate = null")
    assert probe(added(intake)) is not None


@pytest.mark.parametrize("body", [b"x", b"y" * 50_000])
def test_a_web_socket(add: Any, ports: Ports, intake: Intake, tmp_path: Path, body: bytes) -> None:
    ca = ("--ca", str(ports.folder / "server.crt"))
    assert add(f"wss://localhost:{ports.websocket}/mqtt", *ca) == 0
    source = added(intake)
    assert probe(source) is None
    assert hears(source, ports.broker, body)


def test_what_cannot_be_used_is_said_at_once(
    add: Any, ports: Ports, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ports.folder
    (tmp_path / "empty.pem").write_text("not a certificate")
    (tmp_path / "bytes.pem").write_bytes(b"\x30\x82\xff")
    certificate = str(folder / "client.crt")
    for options, words in {
        ("--ca", str(tmp_path / "nowhere.pem")): "cannot be read",
        ("--ca", str(tmp_path / "empty.pem")): "no PEM",
        ("--ca", str(tmp_path / "bytes.pem")): "as PEM",
        ("--certificate", certificate): "go together",
        ("--certificate", certificate, "--key", str(folder / "server.key")): "mismatch",
    }.items():
        assert add(f"mqtts://localhost:{ports.mutual}", *options) == 1
        assert words in capsys.readouterr().err
