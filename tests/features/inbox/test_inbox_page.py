"""What the inbox says of sources and of messages that could not be processed."""

from __future__ import annotations

import re
from typing import Any

import httpx
from tests.pages import text


def test_inbox(crew: httpx.Client) -> None:
    plain = text(crew.get("/eingang"))
    assert "gestört Altes Netz" in plain
    assert "weist den Benutzer hub ab: Benutzername oder Passwort stimmt nicht" in plain
    assert "verzögert" in plain
    assert "3 Minuten Rückstand" in plain
    assert "2 von 2 Verbindungen stehen" in plain
    assert "zuletzt von der Annahme gehört: vor 4 Stunden" in plain
    assert "Not authorized" not in plain, "the broker's own words say nothing to people"
    assert re.search(r"Geräteprofile mit Fehlern .* acme/\w+ [01] / [01] / [01] 1 ", plain)
    assert "Unbekanntes Gerät 41 Nachrichten" in plain
    assert "Melden Sie das Gerät mit seiner DevEUI an" in plain
    assert "ff 00 1b" in plain


def test_the_network_s_own_words_stand_apart(portal: Any, crew: httpx.Client) -> None:
    broken = "update core.source_state set problem = 'broker_unreachable', problem_detail = %s"
    before = portal.owner.execute("select * from core.source_state").fetchall()
    portal.owner.execute(broken, ["connection refused"])
    try:
        page = crew.get("/eingang").text
        english = crew.get("/eingang", headers={"accept-language": "en"}).text
    finally:
        for row in before:
            portal.owner.execute(
                "update core.source_state set problem = %(problem)s, "
                "problem_detail = %(problem_detail)s "
                "where source_id = %(source_id)s and session = %(session)s",
                row,
            )
    assert "(connection refused)" not in page
    assert '<span lang="en">connection refused</span>' in page
    assert "(connection refused)" in english
