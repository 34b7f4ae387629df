"""Pages for a reader of several towns, and lists that are longer than a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import httpx
import pytest
from tests.pages import Portal, Seeded, row, serve, text
from tests.rows import connect
from tests.world import World

#: Sites that are added to a town of the seed, with a device each.
MANY = 250


@pytest.fixture(scope="module")
def wide(seeded: Seeded, clone: Callable[[str], str]) -> Iterator[Portal]:
    """The region, with many more sites in Olpe."""
    url = clone(seeded.url)
    with connect(url) as owner:
        town = World(owner).town_of("olpe")
        for number in range(MANY):
            where: dict[str, Any] = {"latitude": 51.03 + number * 0.0001, "longitude": 7.85}
            name = f"Obstwiese {number:03}"
            gauge = number % 5 == 0
            site = town.gauge(name, **where) if gauge else town.tree(name, **where)
            town.device(site, f"Fühler {name}")
    with serve(url, seeded.sites) as portal:
        yield portal


@pytest.fixture(scope="module")
def olpe(wide: Portal) -> int:
    """The id of that town."""
    [row] = wide.owner.execute("select tenant_id from core.tenant where slug = 'olpe'").fetchall()
    return int(row["tenant_id"])


@pytest.fixture(scope="module")
def region(wide: Portal) -> httpx.Client:
    return wide.client("region")


def pages(client: httpx.Client, address: str) -> Iterator[str]:
    """The pages of a list, as somebody leafs through them."""
    following: str | None = address
    while following is not None:
        page = client.get(following)
        assert page.status_code == 200
        yield page.text
        found = re.search(r'rel="next" href="([^"]+)"', page.text)
        following = unescape(found[1]) if found else None


def test_the_region_sees_towns_first(region: httpx.Client, olpe: int) -> None:
    page = region.get("/").text
    assert "Obstwiese" not in page
    assert "Ruhr Oberstadt" not in page
    assert f'href="/?ort={olpe}"' in page
    assert re.match(r".*Olpe +252 +1 +1 +250 ", row(page, "Olpe"))
    assert re.match(r".*Arnsberg +18 ", row(page, "Arnsberg"))
    assert page.index(">Arnsberg</a>") < page.index(">Olpe</a>"), "more there needs somebody"
    assert "252 Standorte" in text(region.get(f"/?ort={olpe}"))
    assert "Alle Städte" in text(region.get(f"/?ort={olpe}"))


def test_a_town_sees_its_sites_at_once(portal: Portal) -> None:
    with portal.client("town") as client:
        page = client.get("/").text
    assert "Ruhr Oberstadt" in page
    assert "Alle Städte" not in page


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/?ort={olpe}&art=tree", r">(Obstwiese \d+|Linde Biggeufer)</a>"),
        ("/?art=gauge&suche=wiese", r">(Obstwiese \d+)</a>"),
        ("/bewaesserung?ort={olpe}", r">(Obstwiese \d+|Linde Biggeufer)</a>"),
        ("/geraete?suche=F%C3%BChler", r">(Fühler Obstwiese \d+)</a>"),
        ("/geraete?ort={olpe}&zustand=never", r">(Fühler Obstwiese \d+)</a>"),
        ("/pegel?ort={olpe}", r">(Obstwiese \d+|Bigge Brücke)</a>"),
    ],
)
def test_a_long_list_is_shown_a_page_at_a_time(
    region: httpx.Client, olpe: int, address: str, name: str
) -> None:
    leaves = list(pages(region, address.format(olpe=olpe)))
    seen = [found for page in leaves for found in re.findall(name, page)]
    expected = {"gauge": 50, "tree": 201, "bewaesserung": 201, "pegel": 51}
    count = next((n for word, n in expected.items() if word in address), 250)
    assert len(seen) == len(set(seen)) == count
    most = 50 if "pegel" in address else 100  # each with a curve
    assert len(leaves) == -(-count // most)
    assert all(len(page) < 300_000 for page in leaves)
    if len(leaves) > 1:
        assert f"1 bis {most} von {count}" in unescape(leaves[0])
        assert 'rel="prev"' not in leaves[0]
        assert 'rel="prev"' in leaves[1]


def test_another_choice_begins_on_its_first_page(region: httpx.Client, olpe: int) -> None:
    page = region.get(f"/geraete?ort={olpe}&seite=2").text
    tabs = [unescape(found) for found in re.findall(r'href="(/geraete\?[^"]*zustand=[^"]*)"', page)]
    assert tabs
    assert not any("seite" in address for address in tabs)
    assert all(f"ort={olpe}" in address for address in tabs)


def test_a_page_behind_the_end_is_the_first_one(region: httpx.Client, olpe: int) -> None:
    for address in (f"/?ort={olpe}", f"/geraete?ort={olpe}", f"/bewaesserung?ort={olpe}"):
        assert "1 bis 100 von" in text(region.get(f"{address}&seite=77"))
    assert region.get("/geraete?seite=0").status_code == 422


def test_a_whole_list_is_printed(region: httpx.Client, olpe: int) -> None:
    page = region.get(f"/bewaesserung?ort={olpe}").text
    [address] = set(re.findall(r'href="(/bewaesserung\?[^"]*alle=1[^"]*)"', page))
    whole = region.get(unescape(address)).text
    assert len(set(re.findall(r">(Obstwiese \d+)</a>", whole))) == 200
    assert "data-print" in whole
    assert "nächste Seite" not in whole


def test_irrigation_of_the_region_is_chosen_by_town(region: httpx.Client, olpe: int) -> None:
    page = region.get("/bewaesserung?stufe=now").text
    assert "Linde Biggeufer" not in page
    assert row(page, "Arnsberg")
    address = re.search(rf'href="(/bewaesserung\?[^"]*ort={olpe}[^"]*)"', page)
    assert address is not None
    assert "stufe=now" in address[1]
    assert "Linde Biggeufer" in text(region.get(unescape(address[1])))


def test_the_map_is_loaded_after_the_page(region: httpx.Client, wide: Portal, olpe: int) -> None:
    page = region.get(f"/?ort={olpe}&art=tree").text
    [address] = re.findall(r'data-points="([^"]+)"', page)
    assert len(page) < 120_000
    found = region.get(unescape(address)).json()
    columns = [found[name] for name in ("id", "name", "lat", "lon", "kind", "state")]
    assert {len(column) for column in columns} == {201}
    assert found["kinds"] == ["tree"]
    at = found["name"].index("Linde Biggeufer")
    assert found["id"][at] == wide.sites["Linde Biggeufer"]
    assert (found["lat"][at], found["lon"][at]) == (51.031, 7.848)
    assert found["states"][found["state"][at]] == {
        "sign": "!", "tone": "alarm", "text": "jetzt gießen",
    }  # fmt: skip
    assert found["state"][at] == max(found["state"]), "the most urgent is drawn above"
    assert {town["name"] for town in found["towns"]} >= {"Olpe", "Arnsberg"}
    assert len(region.get("/karte").json()["id"]) == 20 + MANY


def test_a_popup_says_what_the_table_says(portal: Portal) -> None:
    with portal.client("town") as client:
        said = client.get(f"/karte/{portal.sites['Ruhr Oberstadt']}").json()
        assert (said["name"], said["text"]) == ("Ruhr Oberstadt", "Stufe 2")
        assert re.fullmatch(r"28\d cm, vor \d+ Minuten", said["value"])
        said = client.get(f"/karte/{portal.sites['Esche Wasserweg']}").json()
        assert "Bodenart fehlt" in said["reason"]
        assert client.get(f"/karte/{portal.sites['Bigge Brücke']}").status_code == 404
    with portal.client(None) as stranger:
        for path in ("/karte", "/karte/1"):
            answer = stranger.get(path, headers={"accept": "application/json"})
            assert answer.status_code == 401


def test_the_ledger_of_the_region_is_chosen_by_town(region: httpx.Client, olpe: int) -> None:
    assert "Wählen Sie eine Stadt" in text(region.get("/vollstaendigkeit"))
    assert "Fühler Obstwiese" in text(region.get(f"/vollstaendigkeit?ort={olpe}"))
