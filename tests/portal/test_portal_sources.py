"""What pages say of messages and their sources."""

from __future__ import annotations

import re

import pytest
from tests.devices import Frame
from tests.pages import Portal, text
from tests.portal.conftest import PAGES, Village


def letters(village: Village) -> str:
    plain = village.read("/eingang")
    return plain[plain.index("Nicht verarbeitete Nachrichten") :]


def test_no_message_is_not_called_understood(village: Village) -> None:
    village.state(village.town.source("LNS"), "wrong_password", None)
    assert "Noch keine Nachricht angekommen." in letters(village)
    assert "Alle Nachrichten wurden verstanden" not in letters(village)
    village.town.fates([(village.world.ago(days=20), "stored", "", 4)])
    assert "Keine. Alle Nachrichten wurden verstanden." in letters(village)


def test_what_was_processed_later_was_not_understood(village: Village) -> None:
    source = village.town.source("LNS")
    village.state(source, None, 0.1)
    village.town.fates([(village.now, "dead_letter", "unknown_device", 5)])
    for _ in range(5):
        village.town.dead_letter(
            "unknown_device", outcome="stored", resolved_by="crew", resolved_at=village.now
        )
    found = letters(village)
    assert "Alle Nachrichten wurden verstanden" not in found
    assert "Keine wartet mehr. Nachgeholt wurden bisher 5." in found


def notice(page: str) -> str:
    found = re.search(r'<p class="notice everywhere [^>]*>(.*?)</p>', page, re.DOTALL)
    return "" if found is None else re.sub(r"<.*?>", " ", found[1])


def test_a_broken_source_shows_on_every_page(village: Village) -> None:
    tree = village.tree("Linde")
    device = village.sensor(tree, "soil_moisture_vwc", 28.0)
    source = village.town.source("Stadtwerke")
    village.state(source, "wrong_password", 5)
    for path in [*PAGES, f"/standorte/{tree}", f"/vollstaendigkeit/{device.device_id}"]:
        page = village.page(path).text
        assert "Quelle „Stadtwerke“ gestört: Der Broker" in notice(page), path
        assert "Benutzername oder Passwort stimmt nicht" in notice(page)
        assert '<a href="/eingang">Zum Eingang</a>' in page
        assert re.search(r"<span>Eingang</span><b class=\"mark\"[^>]*>!</b></a>", page)
    english = village.page("/pegel", "en").text
    assert "Source “Stadtwerke” faulty: The broker" in notice(english)
    village.world.owner.execute(
        "update core.source_state set problem = null, connected_since = now() - interval '1 day', "
        "last_message_at = now() where source_id = %s",
        [source],
    )
    page = village.page("/pegel").text
    assert notice(page) == ""
    assert not re.search(r"<span>[^<]+</span><b class=\"mark\"[^>]*>!</b></a>", page)


def test_several_broken_sources_are_one_notice(village: Village) -> None:
    for name in ("LNS Nord", "LNS Süd", "LNS West", "LNS Ost"):
        village.state(village.town.source(name), "broker_unreachable", 5)
    village.state(village.town.source("LNS Mitte"), None, 0.1)
    found = notice(village.page("/").text)
    assert "4 Quellen sind gestört oder stumm: LNS Nord, LNS Ost, LNS Süd …." in found
    village.world.owner.execute(
        "update core.source set enabled = false where tenant_id = %s and name <> 'LNS Mitte'",
        [village.town.tenant_id],
    )
    assert notice(village.page("/").text) == "", "what was switched off is not broken"


def test_the_region_reads_whose_sources_are_broken(portal: Portal, village: Village) -> None:
    village.town = village.world.town("eslohe", shares_with_region=True)
    source = village.town.source("LNS")
    village.state(source, "wrong_password", 5)
    with portal.client("region") as client:
        found = notice(client.get("/pegel").text)
    assert (
        "3 Quellen sind gestört oder stumm: "
        "Altes Netz (Arnsberg), LNS (Eslohe), Waldnetz (Arnsberg)." in found
    )
    village.world.owner.execute("delete from core.source where source_id = %s", [source])


@pytest.mark.parametrize(
    ("pauses", "quiet", "silent"),
    [
        ([1] * 40, 1.5, False),
        ([1] * 40, 3, True),
        ([12] * 8, 20, False),
        ([12] * 8, 26, True),
        ([], 1.5, False),
        ([], 3, True),
    ],
)
def test_a_source_that_is_silent_for_longer_than_usual(
    village: Village, pauses: list[int], quiet: float, silent: bool
) -> None:
    source = village.town.source("Pegelnetz")
    village.state(source, None, quiet if pauses else None)
    if not pauses:
        village.world.owner.execute(
            "update core.source_state set connected_since = now() - make_interval(mins => %s) "
            "where source_id = %s",
            [int(quiet * 60), source],
        )
    hours = quiet
    for pause in pauses:
        village.town.fates([(village.world.ago(hours=hours), "stored", "", 3)])
        hours += pause
    found = notice(village.page("/").text)
    assert ("Quelle „Pegelnetz“ stumm: keine Nachricht seit" in found) is silent
    table = village.read("/eingang").partition("Was die Spalten bedeuten")[0]
    assert ("stumm verbunden seit" in table) is silent
    assert ("Die Verbindung steht, aber seit" in table) is silent


@pytest.mark.parametrize(
    ("missing", "state"),
    [
        ((), "vollständig"),
        ((17, 90), "fast vollständig"),
        ((40, 41), "fast vollständig"),
        ((40, 41, 42), "Lücken"),
        ((10, 60, 110), "Lücken"),
    ],
)
def test_a_lost_message_is_no_gap(village: Village, missing: tuple[int, ...], state: str) -> None:
    device = village.device(village.town, village.tree("Linde"), "Fühler", 600)
    device.uplinks(
        (
            Frame(village.world.ago(minutes=10 * (211 - number)), number)
            for number in range(1, 211)
            if number not in missing
        ),
        source_id=village.source,
    )
    own = f"/vollstaendigkeit/{device.device_id}?zeitraum=7d"
    for path in ("/vollstaendigkeit?zeitraum=7d", own):
        page = village.page(path).text
        body = page[page.index("<main") : page.index("Wie gezählt wird")]
        found = set(re.findall(r'class="chip tone-\w+"><span[^>]*>.</span>([^<]+)<', body))
        assert found == {state}
        plain = text(village.page(path))
        assert "Mehr als 1 % fehlen, oder länger als 3 Sendeabstände nacheinander." in plain
