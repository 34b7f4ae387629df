"""What the page of devices says."""

from __future__ import annotations

import re

import httpx
from tests.pages import text


def test_devices(crew: httpx.Client) -> None:
    plain = text(crew.get("/geraete"))
    assert "noch nie gemeldet" in plain
    assert "nicht eingebaut" in plain
    assert "Batterie schwach" in plain
    assert "voraussichtlich leer" in plain or "lässt sich noch nicht sagen" in plain
    silent = text(crew.get("/geraete?zustand=silent"))
    assert "Radar 4" in silent
    assert "Radar 1 " not in silent
    assert "Klima Forst" in text(crew.get("/geraete?suche=rumbecker"))


def test_a_device_is_found_by_a_pasted_dev_eui(crew: httpx.Client) -> None:
    everything = re.findall(r"70b3d57ed0[0-9a-f]{6}", crew.get("/geraete").text)
    pasted = f"DevEUI: {bytes.fromhex(everything[0]).hex('-').upper()}"
    found = crew.get("/geraete", params={"suche": pasted}).text
    assert set(re.findall(r"70b3d57ed0[0-9a-f]{6}", found)) == {everything[0]}


def test_each_device_leads_to_its_page(crew: httpx.Client) -> None:
    page = crew.get("/geraete").text
    [path] = set(re.findall(r'<a href="(/geraete/\d+)">Radar 4</a>', page))
    assert "Was angekommen ist" in text(crew.get(path))


def test_the_list_is_ordered_by_what_the_reader_chooses(crew: httpx.Client) -> None:
    def charges(order: str) -> list[int]:
        page = crew.get("/geraete", params={"ordnung": order}).text
        return [int(number) for number in re.findall(r'data-label="Batterie">(\d+) %', page)]

    known = charges("battery")
    assert len(known) > 3
    assert known == sorted(known)
    assert charges("name") != known
    assert crew.get("/geraete?ordnung=farbe").status_code == 422
