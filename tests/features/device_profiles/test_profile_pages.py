"""Profiles of one's own in the portal: written, copied, taken over, mapped, and tried."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from html import unescape

import httpx
import pytest
from tests.devices import Frame
from tests.features.onboarding.technician import Technician, technician
from tests.pages import Portal, text

from regionhub.profiles.skeleton import skeleton

__all__ = ["technician"]

EUI = "a84041fff6000001"
CODEC = """function decodeUplink(input) {
  if (input.bytes.length < 2) return {errors: ["too short"]};
  return {data: {battery: input.bytes[0], temperature: input.bytes[1] / 10}};
}"""
EXAMPLES = """
uplinkDecoder:
  examples:
    - description: mild
      input: {fPort: 1, bytes: [100, 215]}
      output: {data: {battery: 100, temperature: 21.5}}
"""


def area(page: str, name: str) -> str:
    found = re.search(rf'<textarea name="{name}"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return unescape(found[1])


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 422
    return unescape(answer.text)


def write(technician: Technician, model: str = "Boden 1", **changes: str) -> str:
    """Take over a codec and save the proposal; returns the path of the profile."""
    order = {"modell": model, "codec": CODEC, "beispiele": EXAMPLES}
    page = technician.client.post("/profile/neu/fremd", data=order)
    assert page.status_code == 200
    form = {
        "modell": model,
        "text": area(page.text, "text"),
        "codec": area(page.text, "codec"),
    }
    saved = technician.client.post("/profile/neu", data=form | changes)
    assert saved.status_code == 200, text(saved)
    return saved.url.path


def test_a_viewer_has_no_bench(portal: Portal) -> None:
    client = portal.browser(portal.world.town().account("viewer"))
    assert 'href="/profile"' not in client.get("/").text
    assert client.get("/profile").status_code == 403


def test_the_list_says_whose_they_are(technician: Technician) -> None:
    path = write(technician)
    page = text(technician.client.get("/profile"))
    assert "mitgeliefert" in page
    assert re.search(r"Boden 1 \S+/boden-1 Ihre Stadt", page)
    assert path == f"/profile/{technician.town.slug}/boden-1"
    assert (
        path
        not in technician.portal.browser(technician.portal.world.town().account("editor"))
        .get("/profile")
        .text
    )


def test_a_payload_is_read(technician: Technician) -> None:
    path = write(technician)
    for payload in ("64 D7", "0x64,0xd7", b64encode(bytes([100, 215])).decode()):
        tried = {"nutzdaten": payload, "port": "1"}
        page = text(technician.client.post(path + "/probe", data=tried))
        assert "Lufttemperatur 21,5 °C" in page
        assert "Batteriestand 100 %" in page
    page = text(technician.client.post(path + "/probe", data={"nutzdaten": "64"}))
    assert "too short" in page
    for wrong in ({"nutzdaten": "xyz!"}, {"nutzdaten": "64", "port": "0"}, {"deveui": "12"}):
        assert technician.client.post(path + "/probe", data=wrong).status_code == 422
    assert "1 Beispiel stimmt, 0 nicht." in text(technician.client.post(path + "/beispiele"))


def test_the_last_messages_of_a_device_are_read(technician: Technician) -> None:
    path = write(technician)
    site = technician.town.site("tree")
    device = technician.town.device(site, profile_id=path.removeprefix("/profile/"))
    device.uplinks([Frame(technician.town.world.now, 1)], payload=bytes([90, 50]), f_port=1)
    page = text(technician.client.post(path + "/probe", data={"deveui": device.dev_eui}))
    assert "Lufttemperatur 5 °C" in page
    page = refused(technician.client.post(path + "/probe", data={"deveui": EUI}))
    assert "Von diesem Gerät ist keine Nachricht da." in page
    assert "Geräte haben dieses Profil" in refused(technician.client.post(path + "/loeschen"))


def test_a_change_is_a_version_and_an_old_one_can_be_used_again(technician: Technician) -> None:
    path = write(technician)
    page = technician.client.get(path + "/aendern").text
    form = {"text": area(page, "text"), "codec": area(page, "codec")}
    wrong = technician.client.post(
        path + "/aendern", data=form | {"codec": CODEC.replace("/ 10", "/ 100")}
    )
    assert "Ein Beispiel stimmt nicht: mild" in refused(wrong)
    for broken in ("function (", "var a = 1"):
        answer = technician.client.post(path + "/aendern", data=form | {"codec": broken})
        assert answer.status_code == 422
    answer = technician.client.post(path + "/aendern", data=form | {"text": "name: ["})
    assert "So ist das Profil nicht verwendbar" in refused(answer)
    technician.client.post(path + "/aendern", data=form | {"codec": CODEC + "\n// neu\n"})
    page = technician.client.get(path).text
    former = re.search(r'action="([^"]*/version/\w+)"', page)
    assert former is not None
    assert "// neu" in area(technician.client.get(path + "/aendern").text, "codec")
    technician.client.post(former[1])
    assert "// neu" not in area(technician.client.get(path + "/aendern").text, "codec")
    assert "/loeschen" in page
    technician.client.post(path + "/loeschen")
    assert technician.client.get(path).status_code == 404


def test_a_new_one_begins_with_a_skeleton_or_a_copy(technician: Technician) -> None:
    page = technician.client.get("/profile/neu").text
    model = skeleton(f"{technician.town.slug}/sensor")
    assert (area(page, "text").strip(), area(page, "codec").strip()) == (
        model[0].strip(),
        model[1].strip(),
    )
    page = technician.client.get("/profile/neu?von=dragino/lse01").text
    form = {"modell": "lse01-neu", "text": area(page, "text"), "codec": area(page, "codec")}
    saved = technician.client.post("/profile/neu", data=form)
    assert saved.url.path.endswith("/lse01-neu")
    twice = technician.client.post("/profile/neu", data=form)
    assert "gibt es schon" in refused(twice)
    assert technician.client.get("/profile/neu?von=acme/nothing").status_code == 404


def test_profiles_of_others_are_not_changed(technician: Technician) -> None:
    for path in ("/profile/dragino/lse01", "/profile/olpe/x"):
        assert technician.client.get(path + "/aendern").status_code == 404
        assert technician.client.post(path + "/aendern", data={"text": "x"}).status_code == 404
        assert technician.client.post(path + "/loeschen").status_code == 404


@pytest.fixture
def sends(technician: Technician) -> Technician:
    """A device that sends and whose network server decodes."""
    for f_cnt, moisture in enumerate((20.0, 21.5)):
        body = {
            "deduplicationId": f"3ac7e3c4-4401-4b8d-9386-a5c902f9200{f_cnt}",
            "deviceInfo": {"devEui": EUI},
            "fCnt": f_cnt,
            "fPort": 2,
            "data": "AQ==",
            "object": {"soilMoisture": moisture, "batV": 3.2, "kein_name": 7},
            "rxInfo": [{"gatewayId": "0016c001f1500001", "rssi": -97, "snr": 7.5}],
        }
        technician.town.dead_letter(
            "unknown_device",
            dev_eui=EUI,
            topic=f"application/1/device/{EUI}/event/up",
            body=json.dumps(body).encode(),
        )
    return technician


def test_fields_are_confirmed_one_by_one(sends: Technician) -> None:
    page = sends.client.get(f"/profile/zuordnen?deveui={EUI}").text
    names = re.findall(r'name="f(\d+)" value="([^"]*)"', page)
    assert {name for _, name in names} == {"soilMoisture", "batV", "kein_name"}
    assert "21,5" in page
    chosen = re.findall(r'<select name="q(\d+)".*?</select>', page, re.DOTALL)
    assert len(chosen) == 3
    number = {name: n for n, name in names}
    form = {"deveui": EUI, "modell": "Boden Server"} | {f"f{n}": name for n, name in names}
    assert sends.client.post("/profile/zuordnen", data=form).status_code == 422
    moisture = number["soilMoisture"]
    form |= {f"q{moisture}": "soil_moisture_vwc", f"u{moisture}": "degC"}
    assert "keine Einheit" in refused(sends.client.post("/profile/zuordnen", data=form))
    form |= {f"u{moisture}": "%", f"p{moisture}": "30cm"}
    saved = sends.client.post("/profile/zuordnen", data=form)
    shown = text(saved)
    assert saved.url.path == f"/profile/{sends.town.slug}/boden-server"
    assert "Decoder des Netzwerkservers" in shown
    assert "soilMoisture" in shown
    assert "kein_name" not in shown
    page = text(sends.client.post(saved.url.path + "/probe", data={"deveui": EUI}))
    assert "21,5 %" in page
    nothing = sends.client.get("/profile/zuordnen?deveui=a84041fff6000009")
    assert "Es wartet keine Nachricht dieses Geräts" in refused(nothing)


def test_the_same_by_the_api(sends: Technician) -> None:
    client = sends.portal.hub.client(key=sends.town.key())
    found = client.post("/api/v1/device-profiles/proposal", json={"dev_eui": EUI}).json()["items"]
    assert [(one["field"], one["quantity"], one["last"]) for one in found] == [
        ("soilMoisture", "soil_moisture_vwc", 21.5),
        ("batV", "battery_voltage", 3.2),
        ("kein_name", "", 7.0),
    ]
    text_, codec = skeleton(f"{sends.town.slug}/sensor")
    order = {"profile": text_, "codec": codec}
    tried = client.post("/api/v1/device-profiles/trial", json=order | {"dev_eui": EUI}).json()
    assert all(one["passed"] for one in tried["examples"])
    assert len(tried["frames"]) == 2
    path = f"/api/v1/device-profiles/{sends.town.slug}/sensor"
    assert client.put(path, json=order).json()["profile_id"] == f"{sends.town.slug}/sensor"
    ids = [row["profile_id"] for row in client.get("/api/v1/device-profiles").json()["items"]]
    assert f"{sends.town.slug}/sensor" in ids
    named = {"profile_id": f"{sends.town.slug}/sensor", "payload": "zz"}
    assert client.post("/api/v1/device-profiles/trial", json=named).status_code == 422
    assert client.post("/api/v1/device-profiles/trial", json={}).status_code == 422
    assert client.put(path, json={"profile": "name: ["}).status_code == 422
    assert client.put("/api/v1/device-profiles/dragino/x", json=order).status_code == 404
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404
