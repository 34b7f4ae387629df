"""Watering in the portal and the API: who may do it, and what the pages say."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from tests.features.watering.garden import crew, tree
from tests.pages import Portal, text
from tests.rows import connect
from tests.town import Town

from regionhub.features.watering.rounds import plan_day, today
from regionhub.features.watering.season import season
from regionhub.store.roles import acting_as

#: Who waits for this transaction.
_WHO_WAITS = (
    "select pid from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))"
)


@dataclass
class Yard:
    """A town of one test, with a browser of each role."""

    town: Town
    editor: httpx.Client
    viewer: httpx.Client


@pytest.fixture
def yard(portal: Portal) -> Iterator[Yard]:
    town = portal.world.town(latitude=51.4, longitude=8.06)
    browsers = [portal.browser(town.account(role)) for role in ("editor", "viewer")]
    for browser in browsers:
        browser.follow_redirects = True
    yield Yard(town, *browsers)
    for browser in browsers:
        browser.close()


def given(site: int, litres: float = 100, **more: object) -> dict[str, object]:
    time = datetime.now(UTC).isoformat()
    return {"watering_id": str(uuid4()), "site_id": site, "time": time, "litres": litres} | more


def test_a_day_from_the_plan_to_the_log(yard: Yard) -> None:
    first, _ = tree(yard.town, 1), tree(yard.town, 2)
    assert "Es gibt noch keine Kolonne" in yard.editor.post("/giessen/planen").text
    form = {
        "name": "Kolonne Nord",
        "tank": "1000",
        "depot": "Bauhof",
        "breite": "51,4",
        "laenge": "8,06",
    }
    assert "Kolonne Nord" in text(yard.editor.post("/giessen/kolonnen", data=form))
    wrong = yard.editor.post("/giessen/kolonnen", data=form | {"breite": "nord"})
    assert (wrong.status_code, "ist keine Zahl wie 51,3967" in wrong.text) == (422, True)
    page = text(yard.editor.post("/giessen/planen"))
    assert "2 Stopps" in page
    assert "Tank füllen, Bauhof" in page
    phone = yard.editor.get("/giessen/unterwegs/liste").json()
    [round_] = phone["crews"]
    assert {stop["name"] for stop in round_["stops"]} == {"Baum 1", "Baum 2"}
    entries = {"owner": phone["owner"], "entries": [given(first, 75)]}
    for became in ("stored", "known"):
        answer = yard.editor.post("/giessen/unterwegs/eintraege", json=entries).json()
        assert [one["became"] for one in answer["outcomes"]] == [became]
    assert "1 erledigt" in text(yard.editor.get("/giessen"))
    log = text(yard.editor.get("/giessen/protokoll"))
    assert re.search(r"Baum 1 +75 Editor", log)


def test_of_two_who_plan_at_once_the_second_waits_and_both_see_the_plan(
    portal: Portal, yard: Yard
) -> None:
    tree(yard.town, 1)
    crew(yard.town)
    portal.world.decide()
    town, day = yard.town, today(datetime.now(UTC))
    with ThreadPoolExecutor(1) as second, connect(portal.hub.owner_url) as first:
        with acting_as(first, town.slug):
            plan_day(first, town.tenant_id, day, by="Anna Weber")
        pressed = second.submit(yard.editor.post, "/giessen/planen")
        while not pressed.done() and not first.execute(_WHO_WAITS).fetchall():
            pass
        first.commit()
        page = pressed.result()
    assert (page.status_code, "1 Stopp" in text(page)) == (200, True)


def test_a_viewer_sees_the_round_and_enters_nothing(yard: Yard) -> None:
    site = tree(yard.town, 1)
    crew(yard.town)
    yard.editor.post("/giessen/planen")
    phone = yard.viewer.get("/giessen/unterwegs/liste").json()
    assert (phone["may_enter"], len(phone["crews"])) == (False, 1)
    sent = {"owner": phone["owner"], "entries": [given(site)]}
    assert yard.viewer.post("/giessen/unterwegs/eintraege", json=sent).status_code == 403
    assert "Runden neu planen" not in text(yard.viewer.get("/giessen"))


def test_entries_of_somebody_else_are_not_taken(yard: Yard) -> None:
    owner = yard.viewer.get("/giessen/unterwegs/liste").json()["owner"]
    sent = {"owner": owner, "entries": [given(tree(yard.town, 1))]}
    answer = yard.editor.post("/giessen/unterwegs/eintraege", json=sent)
    assert answer.status_code == 409
    assert "Baum 1" not in text(yard.editor.get("/giessen/protokoll"))


def test_an_entry_that_is_unusable_is_refused_with_its_reason_and_the_others_are_taken(
    yard: Yard,
) -> None:
    site = tree(yard.town, 1)
    owner = yard.editor.get("/giessen/unterwegs/liste").json()["owner"]
    entries: list[object] = [
        given(site),
        given(site, 9999),
        given(2**31 - 1),
        given(2**40),
        given(site) | {"time": "2026-02-30T08:00:00Z"},
        given(site) | {"watering_id": "x"},
        {},
        "Baum 1",
        None,
        given(site, 50),
    ]
    answer = yard.editor.post(
        "/giessen/unterwegs/eintraege", json={"owner": owner, "entries": entries}
    )
    assert answer.status_code == 200
    outcomes = answer.json()["outcomes"]
    assert [(one["became"], one["reason"]) for one in (outcomes[0], outcomes[-1])] == [
        ("stored", None)
    ] * 2
    refused = [(one["became"], one["reason"]) for one in outcomes[1:-1]]
    reasons = ("bad_litres", "no_site", "no_site", "bad_time", *["bad_entry"] * 4)
    assert refused == [("refused", reason) for reason in reasons]


def test_the_frame_of_the_phone_and_its_worker_hold_nothing_of_anybody(
    portal: Portal, yard: Yard
) -> None:
    stranger = portal.client(None)
    frame = stranger.get("/giessen/unterwegs")
    assert frame.status_code == 200
    assert frame.text == yard.editor.get("/giessen/unterwegs").text
    worker = stranger.get("/giessen/dienst.js")
    assert worker.headers["service-worker-allowed"] == "/"
    policy = worker.headers["content-security-policy"]
    assert policy == frame.headers["content-security-policy"]
    stranger.close()


def test_at_a_tree_a_watering_is_entered_once_and_taken_back(yard: Yard) -> None:
    site = tree(yard.town, 1)
    page = yard.editor.get(f"/standorte/{site}")
    key = page.text.split('name="eintrag" value="')[1][:36]
    for _ in range(2):
        done = yard.editor.post(f"/standorte/{site}/gegossen", data={"eintrag": key, "liter": "80"})
    assert text(done).count("Rückgängig") == 1
    back = yard.editor.post(f"/giessen/protokoll/{key}/zurueck", data={"ziel": "standort"})
    assert "zurückgenommen: Editor" in text(back)
    assert "Gegossen eintragen" not in text(yard.viewer.get(f"/standorte/{site}"))
    gauge = yard.town.gauge()
    refused = yard.editor.post(f"/standorte/{gauge}/gegossen", data={"eintrag": key, "liter": "8"})
    assert refused.status_code == 404


def test_a_file_of_the_log_says_what_it_did_not_take(yard: Yard) -> None:
    tree(yard.town, 1)
    content = b"Baumnummer;Datum;Liter\nBaum 1;03.07.2026;100\nBaum 8;03.07.2026;100\n"
    page = text(
        yard.editor.post("/giessen/protokoll", files={"datei": ("x.csv", io.BytesIO(content))})
    )
    assert "1 Einträge übernommen, 0 waren schon da" in page
    assert "„Baum 8“ gibt es nicht" in page


def test_the_season_states_its_savings_as_a_range(yard: Yard) -> None:
    site = tree(yard.town, 1, moisture=None)
    days = [datetime(2026, 7, day, 6, tzinfo=UTC) for day in (1, 15, 29)]
    for day in days:
        yard.town.world.add(
            "core.watering", tenant_id=yard.town.tenant_id, site_id=site, time=day, litres=100.0,
            who="=1+1", source="csv", watering_id=str(uuid4()),
        )  # fmt: skip
    page = text(yard.viewer.get("/giessen/saison?jahr=2026"))
    assert "0,3 m³" in page
    assert "75 l je Gang in 16 von 26 Wochen" in page
    with yard.town.acting(decided=False) as connection:
        found = season(connection, yard.town.tenant_id, 2026, datetime(2026, 6, 10, tzinfo=UTC))
    assert round(found.weeks) == 10
    assert (found.fixed.least, found.fixed.most) == pytest.approx((461.5, 1000), rel=0.01)
    assert found.saved.most == pytest.approx(700, rel=0.01)
    file = yard.viewer.get("/giessen/saison.csv?jahr=2026")
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Standort;Baumart;Adresse;Pflanzjahr;Gänge;Liter")
    assert lines[1].startswith("Baum 1;;Ringstraße 1;2024;3;300;29.07.2026;")
    assert "nichts eingetragen" in text(yard.viewer.get("/giessen/saison?jahr=2025"))


def test_the_api_takes_waterings_once_and_takes_them_back(portal: Portal, yard: Yard) -> None:
    client = portal.hub.client(key=yard.town.key())
    site = tree(yard.town, 1)
    entry = given(site)
    for became in ("stored", "known"):
        answer = client.post("/api/v1/waterings", json={"entries": [entry]}).json()
        assert [one["became"] for one in answer["outcomes"]] == [became]
    [listed] = client.get("/api/v1/waterings", params={"site": site}).json()["items"]
    assert (listed["litres"], listed["source"], listed["reaction"]) == (100, "api", None)
    undone = client.delete(f"/api/v1/waterings/{entry['watering_id']}").json()
    assert undone["undone_by"]
    for bad in ({"litres": 0}, {"litres": 1e9}, {"watering_id": "7"}, {"time": "gestern"}):
        wrong = client.post("/api/v1/waterings", json={"entries": [entry | bad]})
        assert wrong.status_code == 422
