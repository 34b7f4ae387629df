"""Devices that are registered at the town's network server as well."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.features.onboarding import network_servers as lns
from tests.features.onboarding.network_servers import Registry
from tests.features.onboarding.technician import Technician, technician
from tests.mosquitto import make_certificate
from tests.pages import text
from tests.town import KEY_FILE, SECRETS
from typer.testing import CliRunner

from regionhub.cli import make_app
from regionhub.confined import read_networks
from regionhub.errors import InputError
from regionhub.features.onboarding.servers import chirpstack, things_stack
from regionhub.features.onboarding.servers.answers import PROBLEMS, ServerError
from regionhub.features.onboarding.servers.device import Keys, Server, Wanted
from regionhub.features.onboarding.servers.register import NETWORKS, Reach
from regionhub.features.onboarding.servers.settings import APIS, set_server
from regionhub.registry.sources import source_by_name

__all__ = ["technician"]

APP = make_app()
EUI, OTHER = "a84041fff8000001", "a84041fff8000002"
KEY, JOIN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "70b3d57ed0000001"
FORMATS = ("chirpstack-v4", "tts-v3")
LOOPBACK = Reach(SECRETS, read_networks("127.0.0.0/8", NETWORKS))


@dataclass
class Connected:
    """A technician whose town has a network server with an API."""

    at: Technician
    registry: Registry
    format: str

    def set(self, **values: Any) -> None:
        """Set the API of the source; what is not given is right."""
        owner, tenant = self.at.portal.world.owner, self.at.town.tenant_id
        chirp = self.format == "chirpstack-v4"
        usual: dict[str, Any] = {
            "address": self.registry.address,
            "token": lns.TOKEN,
            "application_id": lns.APPLICATION if chirp else lns.TTS_APPLICATION,
            "device_profile_id": lns.DEVICE_PROFILE if chirp else None,
        }
        source = source_by_name(owner, tenant_id=tenant, name="LNS")
        set_server(owner, source, secrets=SECRETS, **usual | values)

    def put(self, device_id: int, **values: str) -> httpx.Response:
        """Try to register a device by the API."""
        body = {"server": "LNS", "app_key": KEY.upper(), "join_eui": JOIN}
        address = f"/api/v1/devices/{device_id}/registration"
        return self.at.client.put(address, json=body | values)

    def problem(self, device_id: int) -> str:
        """The code of what is wrong after a try."""
        answer = self.put(device_id).json()
        assert answer["registered"] is (answer["problem"] is None)
        return str(answer["problem"])


@pytest.fixture(scope="module", params=FORMATS)
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, Registry]]:
    kind = lns.chirpstack if request.param == "chirpstack-v4" else lns.things_stack
    with kind() as registry:
        yield request.param, registry


@pytest.fixture
def connected(technician: Technician, server: tuple[str, Registry]) -> Iterator[Connected]:
    state = technician.portal.hub.app.state
    former, state.reach = state.reach, LOOPBACK
    form, registry = server
    registry.devices.clear()
    registry.calls.clear()
    registry.down = False
    technician.town.source("LNS", format=form)
    made = Connected(technician, registry, form)
    made.set()
    yield made
    state.reach = former


def device(at: Technician, dev_eui: str = EUI) -> int:
    return at.town.device(None, "Sonde 1", dev_eui=dev_eui).device_id


def test_a_form_registers_a_device_at_both_places(connected: Connected) -> None:
    client = connected.at.client
    assert "Dort auch anlegen" in text(client.get("/anlegen/geraet"))
    form = {"dev_eui": EUI, "profile_id": "dragino/lse01", "geraet": "Sonde 1"}
    page = client.post(
        "/anlegen/geraet",
        data=form | {"netzserver": "LNS", "app_key": KEY.upper(), "join_eui": JOIN},
    )
    assert "Im Netzserver „LNS“ angelegt." in text(page)
    known = connected.registry.devices[EUI]
    assert (known["key"], known["join_eui"], known["name"]) == (KEY, JOIN, "Sonde 1")


def test_a_key_that_is_none_stops_the_form_and_is_not_shown_again(connected: Connected) -> None:
    form = {"dev_eui": EUI, "profile_id": "dragino/lse01", "netzserver": "LNS"}
    for bad in ("", KEY[:-1], "0" * 32):
        answer = connected.at.client.post("/anlegen/geraet", data=form | {"app_key": bad})
        assert answer.status_code == 422
        assert re.search("fehlt|muss 32 Stellen|Platzhalter", answer.text)
        assert KEY[:-1] not in answer.text
    assert connected.at.count("device") == 0
    assert connected.registry.calls == []


def test_trying_again_changes_nothing_but_the_key(connected: Connected) -> None:
    one = device(connected.at)
    assert connected.put(one).json()["registered"] is True
    other = KEY[::-1]
    assert connected.put(one, app_key=other).json()["registered"] is True
    assert list(connected.registry.devices) == [EUI]
    assert connected.registry.devices[EUI]["key"] == other
    state = connected.at.client.get(f"/api/v1/devices/{one}/registration").json()
    assert (state["server"], state["registered"], state["problem_de"]) == ("LNS", True, "")


SECOND = "f0e1d2c3b4a5968778695a4b3c2d1e0f"


def test_the_second_key_of_lorawan_1_1(connected: Connected) -> None:
    one = device(connected.at)
    assert connected.put(one, nwk_key=SECOND.upper()).json()["registered"] is True
    known = connected.registry.devices[EUI]
    assert (known["key"], known["nwk_key"]) == (KEY, SECOND)

    client = connected.at.client
    form = {"dev_eui": OTHER, "profile_id": "dragino/lse01", "netzserver": "LNS", "app_key": KEY}
    refused = client.post("/anlegen/geraet", data=form | {"nwk_key": SECOND[:-1]})
    assert (refused.status_code, SECOND[:-1] in refused.text) == (422, False)
    client.post("/anlegen/geraet", data=form | {"nwk_key": SECOND})
    assert connected.registry.devices[OTHER]["nwk_key"] == SECOND

    refused = client.post(f"/geraete/{one}/netzserver", data=form | {"nwk_key": "0" * 32})
    assert "NwkKey: ist ein Platzhalter" in refused.text
    swapped = {"netzserver": "LNS", "app_key": SECOND, "nwk_key": KEY}
    client.post(f"/geraete/{one}/netzserver", data=swapped)
    assert (known["key"], known["nwk_key"]) == (SECOND, KEY)


def test_a_file_with_both_keys(connected: Connected) -> None:
    head = "DevEUI;Modell;Standort;Art;AppKey;NwkKey\n"
    rows = f"{EUI};LSE01;Linde;Baum;{KEY};{SECOND}\n{OTHER};LSE01;Buche;Baum;{KEY};\n"
    answer = connected.at.client.post(
        "/api/v1/imports?server=LNS",
        content=(head + rows).encode(),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == 200, answer.text
    found = {eui: one.get("nwk_key") for eui, one in connected.registry.devices.items()}
    assert found == {EUI: SECOND, OTHER: None}


@pytest.mark.parametrize("kind", [lns.chirpstack, lns.things_stack])
def test_a_server_with_a_certificate_authority_of_its_own(kind: Any, tmp_path: Path) -> None:
    make_certificate(tmp_path)
    form = "chirpstack-v4" if kind is lns.chirpstack else "tts-v3"
    one = Wanted(device_id=1, dev_eui=EUI, name="Sonde", keys=Keys(KEY, JOIN))
    with kind(tmp_path) as registry:
        server = Server(
            source_id=1,
            tenant_id=1,
            name="LNS",
            format=form,
            address=registry.address,
            token=lns.TOKEN,
            application_id=lns.APPLICATION if form == "chirpstack-v4" else lns.TTS_APPLICATION,
            device_profile_id=lns.DEVICE_PROFILE,
        )
        with pytest.raises(ServerError) as refused:
            APIS[form](server, one)
        assert refused.value.code == "untrusted"
        APIS[form](replace(server, ca=(tmp_path / "server.crt").read_text()), one)
        assert registry.devices[EUI]["key"] == KEY
        elsewhere = registry.address.replace("localhost", "127.0.0.1")
        with pytest.raises(ServerError) as refused:
            APIS[form](
                replace(server, address=elsewhere, ca=(tmp_path / "server.crt").read_text()), one
            )
        assert refused.value.code == "untrusted"


def test_an_authority_is_one(connected: Connected) -> None:
    secure = connected.registry.address.replace("http:", "https:")
    for address, ca, why in (
        (secure, "-----BEGIN CERTIFICATE-----\nx", "no certificate as PEM"),
        (secure, "no PEM", "no certificate as PEM"),
        (connected.registry.address, "x", "address with https"),
    ):
        with pytest.raises(InputError, match=why):
            connected.set(address=address, ca=ca)


def test_a_server_that_is_not_there_costs_no_device(connected: Connected) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    connected.set(address=f"http://127.0.0.1:{port}")
    form = {"dev_eui": EUI, "profile_id": "dragino/lse01", "netzserver": "LNS", "app_key": KEY}
    page = connected.at.client.post("/anlegen/geraet", data=form)
    assert "noch nicht angelegt" in text(page)
    assert "nicht erreichbar" in text(page)
    assert "nicht erreichbar" in text(connected.at.client.get("/anlegen"))
    assert connected.at.count("device") == 1

    connected.set()
    address = f"{page.url.path}/netzserver"
    assert "bekommt es diese Schlüssel" in text(connected.at.client.get(address))
    again = connected.at.client.post(address, data={"netzserver": "LNS", "app_key": KEY})
    assert "Im Netzserver „LNS“ angelegt." in text(again)
    assert connected.registry.devices[EUI]["key"] == KEY
    assert "Noch nicht im Netzserver" not in text(connected.at.client.get("/anlegen"))


def test_what_a_server_refuses_says_what_to_do(connected: Connected) -> None:
    one = device(connected.at)
    connected.registry.devices[EUI] = {"application": "another"}
    assert connected.problem(one) == "taken"
    connected.registry.devices.clear()
    connected.registry.down = True
    assert connected.problem(one) == "busy"
    connected.registry.down = False
    connected.set(token="another")
    assert connected.problem(one) == "wrong_token"
    chirp = connected.format == "chirpstack-v4"
    connected.set(application_id=lns.DEVICE_PROFILE if chirp else "another")
    assert connected.problem(one) == "unknown_target"
    connected.at.portal.hub.app.state.reach = Reach(SECRETS)
    before = list(connected.registry.calls)
    answer = connected.put(one).json()
    assert answer["problem"] == "not_allowed"
    assert NETWORKS in answer["problem_de"]
    assert connected.registry.calls == before


def test_keys_and_tokens_are_nowhere(
    connected: Connected, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    one = device(connected.at)
    answers = [connected.put(one), connected.put(one, app_key=KEY + "g")]
    assert [answer.status_code for answer in answers] == [200, 422]
    said = "".join(answer.text for answer in answers) + caplog.text + "".join(capfd.readouterr())
    select = connected.at.portal.world.select
    tables = select("select schemaname || '.' || tablename as name from pg_tables "
                    "where schemaname in ('core', 'auth')")  # fmt: skip
    for table in tables:
        said += str(select(f"select t::text from {table['name']} t limit 2000"))
    assert EUI in said
    for secret in (KEY, KEY.upper(), lns.TOKEN):
        assert secret not in said


def test_a_file_registers_its_devices(connected: Connected) -> None:
    head = "DevEUI;Modell;Standort;Art;AppKey;JoinEUI\n"
    rows = f"{EUI};LSE01;Linde;Baum;{KEY};{JOIN}\n{OTHER};LSE01;Eiche;Baum;{KEY[::-1]};\n"
    bad = f"a84041fff8000003;LSE01;Ulme;Baum;{KEY[:-2]};\n"
    preview = connected.at.upload(head + rows + bad, netzserver="LNS")
    assert re.search(r"4 AppKey: muss 32 Stellen", text(preview))
    connected.at.confirm(preview)
    found = {eui: (one["key"], one["join_eui"]) for eui, one in connected.registry.devices.items()}
    assert found == {EUI: (KEY, JOIN), OTHER: (KEY[::-1], "0" * 16)}


def test_without_a_choice_keys_are_not_read(connected: Connected) -> None:
    content = f"DevEUI;Modell;Standort;Art;AppKey\n{EUI};LSE01;Linde;Baum;{KEY}\n"
    preview = connected.at.upload(content)
    assert "Nie gelesen, weil es Schlüssel sind: AppKey" in text(preview)
    connected.at.confirm(preview)
    assert connected.registry.calls == []
    api = connected.at.client.post(
        "/api/v1/imports?kind=tree", content=content.replace(EUI, OTHER).replace("Linde", "Eiche")
    ).json()
    assert api["written"] is True
    assert api["rows"][0]["registered_at_server"] is None


def test_the_api_registers_the_devices_of_a_file(connected: Connected) -> None:
    content = f"DevEUI;Modell;Standort;Art;AppKey\n{EUI};LSE01;Linde;Baum;{KEY}\n"
    answer = connected.at.client.post("/api/v1/imports?server=LNS", content=content).json()
    assert answer["rows"][0]["registered_at_server"] is True
    assert answer["secret_columns"] == []
    assert connected.at.client.post("/api/v1/imports?server=x", content=content).status_code == 404


def test_every_problem_is_a_sentence_in_both_languages() -> None:
    for problem in PROBLEMS.values():
        assert "{address}" in problem.de
        assert problem.de.endswith(".")
        assert problem.en.endswith(".")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"\0\0\0\4\0\0\0\0\0" + b"\0\0\5\1\4\0\0\0\1\x88\x88\x88\x88\x88" + b"\0" * 70_000,
    ],
)
def test_what_speaks_another_language_is_no_network_server(form: str, said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with listening.accept()[0] as peer:
                peer.recv(65_536)
                peer.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        server = Server(
            source_id=1,
            tenant_id=1,
            name="LNS",
            format=form,
            address=f"http://127.0.0.1:{listening.getsockname()[1]}",
            token=lns.TOKEN,
            application_id="x",
            device_profile_id=None,
        )
        wanted = Wanted(device_id=1, dev_eui=EUI, name="x", keys=Keys(KEY))
        with pytest.raises(ServerError) as error:
            APIS[form](server, wanted)
        thread.join()
    assert error.value.code in ("unreachable", "unreadable")
    assert {chirpstack.create, things_stack.create} == set(APIS.values())


def test_the_command_line_sets_a_server_and_registers_there(
    connected: Connected, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slug = connected.at.town.slug
    monkeypatch.setenv("REGIONHUB_DATABASE_URL", connected.at.portal.hub.owner_url)
    monkeypatch.setenv("REGIONHUB_KEY_FILE", str(KEY_FILE))
    monkeypatch.setenv(NETWORKS, "127.0.0.0/8")

    def run(*arguments: str, status: int = 0, typed: str = "") -> str:
        result = CliRunner().invoke(APP, arguments, input=typed, env={"COLUMNS": "200"})
        assert result.exit_code == status, (result.output, result.exception)
        return f"{result.output}{getattr(result.exception, 'detail', '')}"

    chirp = connected.format == "chirpstack-v4"
    where = ["--application", lns.APPLICATION if chirp else lns.TTS_APPLICATION]
    where += ["--device-profile", lns.DEVICE_PROFILE] if chirp else []
    of = ("source", "registration", slug, "LNS")
    assert "no address" in run(*of, "--address", "x", *where, typed="a-token", status=1)
    api = (*of, "--address", connected.registry.address, *where)
    assert "is on" in run(*api, "--token-file", "-", typed="a-wrong-token\n")

    file = tmp_path / "geraete.csv"
    file.write_text(f"DevEUI;Modell;Standort;Art;AppKey\n{EUI};LSE01;Linde;Baum;{KEY}\n")
    said = run("device", "import", slug, str(file), "--server", "LNS")
    assert "at LNS: 0 of 1 devices" in said
    assert "API key is wrong" in said
    assert "registered: 1 devices" in said
    assert "is on" in run(*api, "--token-file", "-", typed=lns.TOKEN)
    assert "1 of 1 devices" in run("device", "register", slug, "LNS", str(file))
    assert connected.registry.devices[EUI]["key"] == KEY

    run(*of, "--off")
    assert "registered at no source" in run("device", "register", slug, "LNS", str(file), status=1)
    run(*of, "--on")
    file.write_text(f"DevEUI;AppKey\n{EUI};\n")
    assert "row 2: AppKey must have 32 digits" in run(
        "device", "register", slug, "LNS", str(file), status=1
    )
