"""The pages in a real Chromium: accessible, usable by keyboard, silent on the console, live."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.chromium import find_chromium, modules
from tests.operators import operated
from tests.pages import Portal, Seeded, serve
from tests.portal.seed import LOGINS
from tests.portal.test_portal_addresses import ROUTES, address
from tests.requirement import not_here

pytestmark = pytest.mark.browser

UNTRIED = "the portal was not tried in a browser"
LONG = "Hochwasserrückhaltebeckendammüberwachungseinrichtung"
PAGES = [
    "/",
    "/bewaesserung",
    "/bewaesserung/grenzen",
    "/bewaesserung/gruppen",
    "/giessen",
    "/wald",
    "/strasse",
    "/pegel",
    "/geraete",
    "/vollstaendigkeit",
    "/vollstaendigkeit/1",
    "/eingang",
    "/abrufe",
    "/profile",
]
OPERATED = ["/betreiber", "/betreiber/arnsberg"]


@pytest.fixture(scope="module")
def portal(seeded: Seeded, clone: Callable[[str], str]) -> Iterator[Portal]:
    """With a broker whose own words are quoted, and names of one long word."""
    with serve(clone(seeded.url), seeded.sites) as served:
        served.owner.execute(
            "update core.source_state set problem = 'broker_unreachable', "
            "problem_detail = 'connection refused' where problem = 'wrong_password'"
        )
        for table in ("site", "device"):
            served.owner.execute(
                f"update core.{table} set name = %s || name where name in "
                "('Walpke Durchlass', 'Esche Wasserweg', 'Ruhrbrücke Jägerstraße', 'Radar 3')",
                [LONG],
            )
        region = served.world.town_of("suedwestfalen").tenant_id
        hub = served.hub
        with operated(hub.app, hub.owner, hub.owner_url, tenant_id=region, login=LOGINS["region"]):
            yield served


def _desks(portal: Portal) -> list[str]:
    """Every page that an admin of the town is shown and the walk of its crew leaves out."""
    admin, pages = portal.client("admin"), []
    for route in ROUTES:
        path = address(route, portal)
        if path in PAGES or route.path.startswith("/static"):
            continue
        answer = admin.get(path)
        if answer.status_code == 200 and "<main" in answer.text:
            pages.append(path)
    return pages


@pytest.fixture(scope="module")
def report(portal: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the walk through all pages found; without Chromium only where CI is not true."""
    chromium = find_chromium()
    if chromium is None:
        not_here(f"{UNTRIED}: chromium not found")
    sites = portal.sites
    paths = [
        f"/standorte/{sites[name]}"
        for name in ("Linde Alter Markt 3", "Ruhr Oberstadt", "Mühlbach Furt", "Walpke Durchlass")
    ]
    sheet = f"/pegel/{sites['Ruhr Oberstadt']}/blatt"
    task = {
        "url": portal.url,
        "modules": str(modules(without=UNTRIED)),
        "chromium": chromium,
        "login": "crew@arnsberg.example",
        "password": "correct horse battery",
        "pages": [*PAGES, *paths, f"{paths[0]}?zeitraum=60t", sheet],
        "region": "hub@region.example",
        "admin": LOGINS["admin"],
        "desks": {LOGINS["admin"]: _desks(portal), LOGINS["region"]: OPERATED},
        "regionPages": ["/", "/?art=tree", "/bewaesserung", "/pegel", "/vollstaendigkeit"],
        "chartPage": paths[0],
        "printed": ["/", "/bewaesserung", "/pegel", "/geraete", "/eingang", paths[0], sheet],
        "folder": str(tmp_path_factory.mktemp("prints")),
        "livePage": f"/standorte/{sites['Röhr Mündung']}",
        "screenshots": os.environ.get("REGIONHUB_TEST_SCREENSHOTS"),
    }
    script = Path(__file__).parent / "browser.mjs"
    with subprocess.Popen(
        ["node", str(script), json.dumps(task)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.strip() == "LIVE":
                _rise(portal, sites["Röhr Mündung"])
            else:
                print(line, end="")
        output, _ = process.communicate(timeout=300)
    found: dict[str, Any] = json.loads(output)
    return found


def _rise(portal: Any, site: int) -> None:
    """A new reading as ingest commits it, 20 cm more water, and what is decided from it."""
    row = portal.owner.execute(
        "select d.device_id, d.datastream_id, d.tenant_id, l.value - 200 as value "
        "from core.datastream d "
        "join core.installation i using (device_id) join core.latest l using (datastream_id) "
        "where i.site_id = %s and d.quantity = 'distance'",
        [site],
    ).fetchone()
    portal.owner.execute(
        "insert into core.reading (datastream_id, tenant_id, time, value, quality) "
        "values (%(datastream_id)s, %(tenant_id)s, now(), %(value)s, 1)",
        row,
    )
    portal.owner.execute(
        "update core.latest set time = now(), value = %(value)s, received_at = now() "
        "where datastream_id = %(datastream_id)s",
        row,
    )
    portal.world.add("core.touched", device_ids=[row["device_id"]], times=["now"])
    for payload in (str(row["datastream_id"]), f"s{site}"):
        portal.owner.execute("select pg_notify(notice_channel, %s) from core.deployment", [payload])
        portal.world.decide()


def test_no_barrier_on_any_page_in_any_width_and_theme(report: dict[str, Any]) -> None:
    assert report["violations"] == []


def test_every_page_was_walked_through(report: dict[str, Any]) -> None:
    heads = {name: head for name, head in report["checks"].items() if name.startswith("desk ")}
    assert len(heads) > 25
    assert not {name for name, head in heads.items() if head in {"", "Anmelden"}}
    assert heads["desk /betreiber/arnsberg"] == "Arnsberg einrichten"


def test_nothing_is_wider_than_the_screen(report: dict[str, Any]) -> None:
    assert report["overflow"] == []


def test_people_are_added_by_keyboard_and_set_their_password(report: dict[str, Any]) -> None:
    for view in ("1280 light", "360 dark"):
        assert report["checks"][f"people {view}"] == "Dieser Link gilt nicht mehr"


def test_console_stays_silent(report: dict[str, Any]) -> None:
    assert report["console"] == []


def test_nothing_is_asked_of_other_hosts(report: dict[str, Any]) -> None:
    assert report["foreign"] == []


def test_keyboard(report: dict[str, Any]) -> None:
    assert report["checks"]["skipLink"] == "skip"
    assert report["checks"]["skipTarget"] == "inhalt"
    assert report["checks"]["chartDrawn"] >= 2


def test_charts_can_be_asked(report: dict[str, Any]) -> None:
    checks = report["checks"]
    assert checks["curve"][0] > 500
    assert checks["leftOut"][0] == 0
    assert "60 cm tief: " in checks["tip"]
    assert "30 cm tief: " not in checks["tip"], "that curve was left out"
    assert (checks["tableBefore"], checks["tableRows"]) == (0, 300)


def test_charts_are_printed_as_by_day(report: dict[str, Any]) -> None:
    assert report["checks"]["night"][0] == 0
    ink, width = report["checks"]["paper"]
    assert ink > 500
    assert width >= 1300, "sharp on paper"


def test_map_and_table_find_each_other(report: dict[str, Any]) -> None:
    assert report["checks"]["popup"].startswith("/standorte/")
    assert report["checks"]["rowMarked"] == 1
    assert "art=gauge" in report["checks"]["filterAddress"]


def test_every_sign_on_the_map_stands_out_from_its_shape(report: dict[str, Any]) -> None:
    assert report["checks"]["invisibleSigns"] == []


def test_a_popup_stays_and_says_what_the_table_says(report: dict[str, Any]) -> None:
    checks = report["checks"]
    assert checks["zoom"] == ["Vergrößern", "Verkleinern"]
    assert checks["close"] == "Schließen"
    assert re.search(r"Ruhr Oberstadt\s+Stufe 2\s+28\d cm, vor \d+ Minuten", checks["popupText"])
    # the minute may have ended between the two
    before, after = (
        re.sub(r"vor \d+ Min", "vor n Min", checks[name])
        for name in ("popupText", "popupAfterRefresh")
    )
    assert after == before
    assert checks["focusAfterRefresh"]


def test_a_refresh_takes_nothing_away(report: dict[str, Any]) -> None:
    assert report["checks"]["detailsAfterRefresh"] == 1
    assert report["checks"]["kept"]
    assert report["checks"]["offline"]
    assert report["checks"]["online"]


def test_after_a_session_ended_the_page_comes_back(report: dict[str, Any]) -> None:
    assert re.fullmatch(r"/standorte/\d+\?zeitraum=7t", report["checks"]["backAgain"])


def test_everything_fits_on_paper(report: dict[str, Any]) -> None:
    cut = {name: size for name, size in report["checks"].items() if name.startswith("cut ")}
    assert len(cut) == 16
    assert {name: size for name, size in cut.items() if size > 1} == {}
    inks = {ink for name, ink in report["checks"].items() if name.startswith("ink ")}
    assert inks == {"rgb(0, 0, 0)"}, "paper is bright, whatever the screen is"


def test_every_sheet_says_town_address_and_time(report: dict[str, Any], portal: Any) -> None:
    if shutil.which("pdftotext") is None:
        not_here("no print was read: pdftotext (poppler-utils) not found")
    for file in report["prints"]:
        read = subprocess.run(
            ["pdftotext", "-layout", file, "-"], check=True, capture_output=True, text=True
        )
        sheets = read.stdout.removesuffix("\f").split("\f")
        for sheet in sheets:
            assert re.search(
                rf"Smart Region Hub · Arnsberg\s+{re.escape(portal.url)}/\S*\s+gedruckt\s+"
                r"\d\d\.\d\d\.\d{4}, \d\d:\d\d Uhr",
                sheet,
            ), file
        if re.search(r"-blatt\d+-hoch", file):
            assert len(sheets) == 1, "what is taken along is one sheet"
    [gauges] = [file for file in report["prints"] if file.endswith("-pegel1280-hoch.pdf")]
    read = subprocess.run(["pdftotext", gauges, "-"], check=True, capture_output=True, text=True)
    for sheet in read.stdout.split("\f"):
        # a card stands on one sheet: from its name to the age of its value
        for name in ("Ruhr Oberstadt", "Mühlbach Furt", "Röhr Mündung"):
            assert sheet.count(name) <= 1
        assert sheet.count("vor 24 h") == sheet.count("jetzt")


def test_new_reading_appears_by_itself(report: dict[str, Any]) -> None:
    assert report["checks"]["live"] == "90 cm"
    assert report["checks"]["askedAgain"], "after the stream was cut"


def test_a_wall_keeps_nothing_and_notices_a_lost_server(report: dict[str, Any]) -> None:
    """Two hours with ten updates a second may grow by 20 MB; these are 2,000 of 72,000."""
    wall = report["checks"]["wall"]
    assert wall["bytes"] < 20e6 * 2000 / 72_000 + 2e6, "2 MB: what differs between collections"
    assert re.fullmatch(r"\d+", wall["level"])
    assert report["checks"]["wallQuiet"]
    assert report["checks"]["wallLost"], "within 30 seconds of the last answer"


def test_pages_work_without_javascript(report: dict[str, Any]) -> None:
    plain = [length for name, length in report["checks"].items() if name.startswith("plain ")]
    assert len(plain) == 20
    assert min(plain) > 150, "also where nothing is entered yet"
