"""What the pages of completeness say."""

from __future__ import annotations

import re
from typing import Any

import httpx
from tests.pages import text


def test_completeness_says_what_is_missing_and_when(crew: httpx.Client) -> None:
    plain = text(crew.get("/vollstaendigkeit"))
    assert "gesendeten Nachrichten" in plain
    assert "In diesem Zeitraum kam nichts an." in plain
    assert "regionhub source backfill" in plain
    page = crew.get("/vollstaendigkeit?zeitraum=24h").text
    rows = [part for part in page.split("<tr>") if "Lücken</span>" in part]
    assert rows, "the seed loses every ninth message"
    found = re.search(r'href="(/vollstaendigkeit/\d+\?zeitraum=24h)"', rows[0])
    assert found is not None
    device = text(crew.get(found[1]))
    assert "Nachricht davor" in device
    assert "Sitzungen" in device
    assert "100,0 %" not in device


def test_completeness_of_another_town_is_not_found(portal: Any, crew: httpx.Client) -> None:
    row = portal.owner.execute(
        "select device_id from core.device join core.tenant using (tenant_id) "
        "where slug <> 'arnsberg' limit 1"
    ).fetchone()
    assert crew.get(f"/vollstaendigkeit/{row['device_id']}").status_code == 404
    assert crew.get("/geraete").text.count('href="/vollstaendigkeit') > 1
