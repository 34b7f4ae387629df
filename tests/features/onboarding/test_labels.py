"""Codes on labels, as makers print them, and the labels of the hub."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.onboarding.technician import Technician, technician
from tests.pages import text

from regionhub.errors import InputError
from regionhub.features.onboarding.labels import code, read_label

__all__ = ["technician"]

EUI = "a84041fff7000001"
JOIN = "1122334455667788"
TR005 = f"LW:D0:{JOIN}:{EUI.upper()}"
KEY = "00112233445566778899AABBCCDDEEFF"


@pytest.mark.parametrize(
    ("written", "serial"),
    [
        (f"{TR005}:AABB1122:OAABBCCDDEEFF:S4711-B:PFOO:CAF2C", "4711-B"),
        (f"{TR005}:AABB1122", None),
        (f"lw:d0::{EUI}:", None),
        (f"URN:LW:DP:{JOIN}:{EUI.upper()}:AABB1122:%VF1FB552B%S201907160010", "201907160010"),
        (f"URN:LW:DP:{JOIN}:{EUI.upper()}:AABB1122:%V0102", None),
        (f"URN:DEV:LW:{JOIN}_{EUI.upper()}_AABB1122_V0102_S4711", "4711"),
        (f"urn:dev:lw:{JOIN}_{EUI}_aabb1122", None),
        (f"DevEUI:{EUI.upper()};AppEUI:1122334455667788;AppKey:{KEY};SN:4711-B", "4711-B"),
        (f'{{"dev_eui": "{EUI}", "join_eui": "1122334455667788", "app_key": "{KEY}"}}', None),
        (f"Dev EUI A8 40 41 FF F7 00 00 01\nApp EUI 11 22 33 44 55 66 77 88\nApp Key {KEY}", None),
        (f"https://hub.example/g/{EUI}", None),
        ("A8:40:41:FF:F7:00:00:01", None),
        (f" {EUI.upper()} \n", None),
    ],
)  # fmt: skip
def test_labels(written: str, serial: str | None) -> None:
    found = read_label(written)
    assert (found.dev_eui, found.serial) == (EUI, serial)
    standard = written.upper().startswith((TR005, "URN:"))
    assert found.join_eui == (JOIN if standard else None)


@pytest.mark.parametrize(
    "written",
    ["", "4711", KEY, f"{EUI} 1122334455667788", "LW:D0:1122334455667788:0000000000000000:1",
     "https://maker.example/p?sn=6136A1234567", f"LW:D1:1:{EUI}:2:1122334455667788",
     f"LW:D0:{EUI}:no-device:1", f"URN:LW:DP:{EUI}", f"URN:DEV:LW:{EUI}_x_1"],
)  # fmt: skip
def test_what_has_no_certain_dev_eui_is_refused(written: str) -> None:
    with pytest.raises(InputError) as refused:
        read_label(written)
    assert refused.value.de


@given(written=st.text(max_size=200), more=st.sampled_from(["", EUI, "LW:D0:", "DevEUI="]))
def test_no_code_breaks_the_reader(written: str, more: str) -> None:
    for one in (written, more + written, written + more):
        try:
            assert re.fullmatch(r"[0-9a-f]{16}", read_label(one).dev_eui)
        except InputError as refused:
            assert refused.de  # noqa: PT017 - either is right


def test_a_label_fills_the_form(technician: Technician) -> None:
    written = f"LW:D0:1122334455667788:{EUI}:AABB1122:S4711"
    answer = technician.client.post("/anlegen/geraet/etikett", data={"etikett": written})
    assert f'value="{EUI}"' in answer.text
    assert 'value="4711"' in answer.text
    assert "camera=(self)" in answer.headers["permissions-policy"]
    wrong = technician.client.post("/anlegen/geraet/etikett", data={"etikett": "?"})
    assert (wrong.status_code, "tippen Sie die 16 Stellen" in wrong.text) == (422, True)


def test_labels_of_the_hub_lead_to_the_device(technician: Technician) -> None:
    town = technician.town
    device = town.device(town.tree("Linde"), "Sonde", dev_eui=EUI, serial="4711")
    page = technician.client.get("/etiketten")
    assert re.search(r"Sonde Linde a84041fff7000001 Seriennummer 4711", text(page))
    assert page.text.count('class="qr"') == 1
    opened = technician.client.get(f"/g/{EUI.upper()}")
    assert str(opened.url).endswith(f"/geraete/{device.device_id}")
    assert technician.client.get("/g/a84041fff7999999").status_code == 404


def test_a_fleet_has_more_than_one_sheet(technician: Technician) -> None:
    town = technician.portal.world.town()
    town.devices([f"a84041fff6{number:06x}" for number in range(101)], "acme/soil")
    browser = technician.portal.browser(town.account("viewer"))
    counts = [
        browser.get(f"/etiketten?seite={number}").text.count('class="qr"') for number in (1, 2)
    ]
    browser.close()
    assert counts == [100, 1]


def test_a_code_is_a_drawing() -> None:
    assert code("https://hub.example/g/x").startswith("<svg")
