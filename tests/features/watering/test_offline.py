"""A day without a network, on two phones, in a real Chromium: every entry arrives, once."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.chromium import find_chromium, modules
from tests.features.watering.garden import crew
from tests.pages import Portal
from tests.requirement import not_here
from tests.town import PASSWORD, Town

from regionhub.features.watering.rounds import today

pytestmark = pytest.mark.browser

UNTRIED = "the round without a network was not tried in a browser"
STOPS = 40


def furnish(portal: Portal) -> Town:
    """A town with a round of forty trees today."""
    town = portal.world.town(latitude=51.4, longitude=8.06)
    crew(town, tank=5000)
    [truck] = portal.world.select(
        "select crew_id from core.watering_crew where tenant_id = %s", town.tenant_id
    )
    of = {"tenant_id": town.tenant_id}
    head = portal.world.add(
        "core.watering_round", **of, **truck, day=today(datetime.now(UTC)).isoformat(),
        metres=9000, planned_by="x",
    )  # fmt: skip
    for number in range(STOPS):
        site = town.site("tree", f"Baum {number}", latitude=51.4, longitude=8.06,
                         address=f"Ringstraße {number}")  # fmt: skip
        stop = {"place": number + 1, "trip": 1, "site_id": site, "litres": 100.0}
        portal.world.add("core.watering_stop", **of, round_id=head["round_id"], **stop)
    return town


@pytest.fixture
def town(own_portal: Portal) -> Town:
    return furnish(own_portal)


@pytest.fixture
def report(own_portal: Portal, town: Town, tmp_path: Path) -> dict[str, Any]:
    """What the two phones saw."""
    chromium = find_chromium()
    if chromium is None:
        not_here(f"{UNTRIED}: chromium not found")
    names = {"anna": "Anna Weber", "bernd": "Bernd Klein", "carla": "Carla Groß"}
    logins = [
        town.account("editor", f"{login}@{town.slug}.example", display_name=name)
        for login, name in names.items()
    ]
    task = {
        "server": int(own_portal.url.rsplit(":", 1)[1]),
        "modules": str(modules(without=UNTRIED)),
        "chromium": chromium,
        "logins": logins,
        "password": PASSWORD,
        "folder": str(tmp_path),
        "screenshots": os.environ.get("REGIONHUB_TEST_SCREENSHOTS"),
    }
    done = subprocess.run(
        ["node", str(Path(__file__).parent / "offline.mjs"), json.dumps(task)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_eight_hours_without_a_network(town: Town, report: dict[str, Any]) -> None:
    assert report["stops"] == STOPS
    assert report["afterReload"] == "12 Einträge warten auf Netz"
    assert report["afterKill"] == "20 Einträge warten auf Netz"
    assert report["offline"] == report["offlineOther"] == "30 Einträge warten auf Netz"
    # a list that is not of today says so
    assert report["today"]
    assert report["nextDay"].startswith("Das ist die Liste von ")
    assert report["signedOut"] == [
        "Bitte melden Sie sich an. Einträge, die warten: 30. Es geht keiner verloren.",
        0,
    ]
    rows = town.world.select(
        "select w.*, s.name from core.watering w join core.site s using (site_id) "
        "where w.tenant_id = %s order by w.time", town.tenant_id,
    )  # fmt: skip
    # sixty of the day, and the one that Bernd entered later
    assert len(rows) == 61
    by = {who: [row for row in rows if row["who"] == who] for who in ("Anna Weber", "Bernd Klein")}
    assert len({row["site_id"] for row in by["Anna Weber"]}) == len(by["Anna Weber"]) == 30
    assert len({row["site_id"] for row in by["Bernd Klein"]}) == len(by["Bernd Klein"]) == 31
    span = rows[-1]["time"] - rows[0]["time"]
    assert span.total_seconds() > 7.5 * 3600
    assert sorted(row["litres"] for row in rows)[-2:] == [100, 125]
    assert [row["name"] for row in rows if row["undone_at"]] == [by["Anna Weber"][0]["name"]]
    assert len(report["conflicts"]) == 20
    assert report["conflicts"][0].startswith("Anna Weber hat um ")
    assert report["conflicts"][0].endswith(" schon 100 l gegeben.")
    gone, much = report["refused"]
    assert gone.startswith("Baum fort, 100 l, ")
    assert "gibt es nicht mehr" in gone
    assert "Literzahl ist unmöglich" in much
    assert report["refusedWide"] == 0
    # whose phone it is
    assert report["other"].startswith("Auf diesem Telefon warten 1 Einträge von jemand anderem")
    assert report["otherSees"] == 0
    assert report["leaving"] == "Noch nicht abgemeldet: 1 Einträge sind noch nicht gesendet."
    assert report["left"] == {"rows": [0, 0], "cached": False}
    # what a hand in a glove needs
    assert report["onScreen"] >= 5
    assert report["small"] == []
    assert report["wide"] == report["wideDone"] == 0
    assert report["geo"].startswith("geo:51.4,8.06")
    assert report["violations"] == []
    assert report["console"] == []
