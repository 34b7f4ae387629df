"""Dead letters in the portal: one click, and the worker does the rest."""

from __future__ import annotations

import re
import threading
from base64 import b64decode
from typing import Any

from tests.pages import Portal, text
from tests.portal.seed_inbox import UNKNOWN

from regionhub.archive import runs
from regionhub.cli.work import process_requests
from regionhub.settings import Settings
from regionhub.store.database import Database


def forms(page: str) -> list[dict[str, str]]:
    """The buttons on the page, as what they send."""
    return [
        dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        for form in re.findall(
            r'<form method="post" action="/eingang/nachholen">(.*?)</form>', page, re.DOTALL
        )
    ]


def test_one_click_processes_what_waited(own_portal: Portal) -> None:
    body = (
        b'{"deduplicationId":"3ac7e3c4-4401-4b8d-9386-a5c902f9202d","time":"2026-11-01T08:00:00Z",'
        b'"deviceInfo":{"devEui":"24e124136b502217"},"devAddr":"01a4c3f2","fCnt":7,"fPort":85,"data":"A2cQAQRoZA=="}'
    )
    own_portal.owner.execute(
        "update core.dead_letter set body = %s, body_bytes = %s where dev_eui = %s",
        [body, len(body), UNKNOWN],
    )
    with own_portal.client("town") as client:
        page = client.get("/eingang").text
        assert UNKNOWN not in {form.get("deveui") for form in forms(page)}
        assert f"/anlegen/geraet?deveui={UNKNOWN}" in page
        arnsberg = own_portal.world.town_of("arnsberg")
        arnsberg.device(name="Neuer Fühler", dev_eui=UNKNOWN, profile_id="milesight/em300-th")
        (button,) = [
            form for form in forms(client.get("/eingang").text) if form.get("deveui") == UNKNOWN
        ]
        assert button["grund"] == "unknown_device"

        answer = client.post("/eingang/nachholen", data=button)

        assert (answer.status_code, answer.headers["location"]) == (303, "/eingang#laeufe")
        page = client.get("/eingang").text
        assert "wird nachgeholt" in page
        assert 'hx-get="/eingang/laeufe"' in page

        with Database(own_portal.hub.owner_url, size=2, role="ingest") as database:
            process_requests(Settings(), database, threading.Event())

        plain = text(client.get("/eingang/laeufe"))
        assert "fertig Nicht verarbeitete Nachrichten Unbekanntes Gerät" in plain
        assert "1 gespeichert" in plain
        assert "im Portal angefordert crew@arnsberg.example" in plain
        done = client.get("/eingang")
        assert 'hx-get="/eingang/laeufe"' not in done.text
        assert "Nachgeholte Nachrichten" in text(done)
    stored: Any = own_portal.owner.execute(
        "select count(*) as n from core.uplink where payload = %s", [b64decode("A2cQAQRoZA==")]
    ).fetchone()
    assert stored["n"] == 1


def test_a_device_that_a_mapping_had_to_name_has_a_button(own_portal: Portal) -> None:
    own_portal.owner.execute(
        "update core.dead_letter set dev_eui = null where dev_eui = %s", [UNKNOWN]
    )
    with own_portal.client("town") as client:
        buttons = forms(client.get("/eingang").text)
    assert any(form["grund"] == "unknown_device" and "deveui" not in form for form in buttons)


def test_who_may_not_change_anything_has_no_button(own_portal: Portal) -> None:
    with own_portal.client("region") as client:
        page = client.get("/eingang")
        assert "Unbekanntes Gerät" in text(page)
        assert forms(page.text) == []
        assert (
            client.post("/eingang/nachholen", data={"grund": "unknown_device"}).status_code == 403
        )
    row: Any = own_portal.owner.execute(
        "select count(*) as n from core.replay where kind = 'dead_letters'"
    ).fetchone()
    assert row["n"] == 0


def test_only_words_that_can_be(own_portal: Portal) -> None:
    with own_portal.client("town") as client:
        for wrong in (
            {"deveui": "x"},
            {"deveui": "JOEkE20MBBc="},
            {"quelle": "0"},
            {"grund": "x" * 81},
        ):
            assert client.post("/eingang/nachholen", data=wrong).status_code == 422
        assert (
            client.post("/eingang/nachholen", headers={"sec-fetch-site": "cross-site"}).status_code
            == 403
        )


def test_where_nobody_said_why_the_page_says_it_in_german(own_portal: Portal) -> None:
    town = own_portal.world.town_of("arnsberg")
    for why in (runs.BY_API, runs.BY_COMMAND, "Sonde getauscht"):
        same = {"tenant_id": town.tenant_id, "kind": "dead_letters", "requested_by": "anna"}
        own_portal.world.add("core.replay", **same, why=why, state="done")
    with own_portal.client("town") as client:
        page = text(client.get("/eingang/laeufe"))
    assert "über die Schnittstelle (API) angefordert" in page
    assert "an der Befehlszeile angefordert" in page
    assert "Sonde getauscht" in page
    assert "asked for" not in page


def test_what_only_a_form_sends_is_no_missing_page(own_portal: Portal) -> None:
    with own_portal.client("town") as client:
        answer = client.get("/eingang/nachholen")
    assert answer.status_code == 405
    assert "So nicht möglich" in answer.text
    assert "Nicht gefunden" not in answer.text
