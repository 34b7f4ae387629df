"""The page of feeds: what comes, what does not, adding one; warnings on every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from tests.feeds import feed, station, warning
from tests.pages import text
from tests.rows import connect
from tests.served import Served, served
from tests.town import Town
from tests.world import World

HTML = {"accept": "text/html", "accept-language": "de"}


@pytest.fixture(scope="module")
def hub(new_database: Callable[[], str]) -> Iterator[Served]:
    """Of this module."""
    url = new_database()
    with connect(url, autocommit=True) as owner, served(url, World(owner)) as made:
        yield made


@pytest.fixture(scope="module")
def region(hub: Served) -> Town:
    """Fetches for all."""
    made = hub.world.town("suedwestfalen", kind="region")
    made.account("admin")
    return made


@pytest.fixture(scope="module")
def olpe(hub: Served, region: Town) -> Town:
    """A town that is warned of a storm."""
    made = hub.world.town("olpe", ags="05966024", latitude=51.03, longitude=7.85)
    made.account("viewer")
    source = feed(
        region, "wetter", "dwd-warnings", fetched_at=hub.world.now, newest_at=hub.world.now
    )
    warning(region, source, "Amtliche WARNUNG vor STURM", "805966024")
    return made


def browser(hub: Served, town: Town, role: str) -> httpx.Client:
    """Somebody of a town."""
    return hub.signed_in(f"{role}@{town.slug}.example", **HTML)


def test_a_town_is_warned_on_every_page(hub: Served, olpe: Town) -> None:
    viewer = browser(hub, olpe, "viewer")
    assert "Amtliche WARNUNG vor STURM bis " in text(viewer.get("/"))
    page = text(viewer.get("/abrufe"))
    assert "Amtliche Warnungen" in page
    assert "Unwetter" in page
    assert "Etwas abrufen" not in page


def test_an_admin_adds_one_and_lets_it_be_fetched(hub: Served, olpe: Town, region: Town) -> None:
    admin = browser(hub, region, "admin")
    refused = admin.post("/abrufe", data={"art": "dwd-forecast"})
    assert refused.status_code == 400
    assert "Nennen Sie die Nummern der Stationen" in refused.text
    made = {"art": "dwd-forecast", "stationen": "10418, K386"}
    assert admin.post("/abrufe", data=made).status_code == 303
    assert admin.post("/abrufe", data=made).status_code == 400
    [row] = hub.world.select(
        "select f.source_id, f.stations, s.kind "
        "from core.feed f join core.source s using (source_id) where s.format = 'dwd-forecast'"
    )
    assert (row["stations"], row["kind"]) == (["10418", "K386"], "reference")
    page = text(admin.get("/abrufe"))
    assert "noch nicht abgerufen" in page
    assert "CC BY 4.0" in page
    for what, enabled in (("aus", False), ("ein", True), ("jetzt", True)):
        assert admin.post(f"/abrufe/{row['source_id']}/{what}").status_code == 303
        [now] = hub.world.select(
            "select enabled from core.source where source_id = %s", row["source_id"]
        )
        assert now["enabled"] is enabled
    assert browser(hub, olpe, "viewer").post("/abrufe", data=made).status_code == 403


def test_one_that_stopped_is_named(hub: Served, olpe: Town) -> None:
    olpe.account("admin")
    long_ago = hub.world.ago(hours=5)
    source = feed(olpe, "x", "dwd-radar", fetched_at=hub.world.now, newest_at=long_ago)
    admin = browser(hub, olpe, "admin")
    assert "x dwd-radar: keine neuen Daten seit" in text(admin.get("/"))
    assert "es kommen keine neuen Daten" in text(admin.get("/abrufe"))
    hub.owner.execute("delete from core.source where source_id = %s", [source])


def test_a_site_says_whose_its_data_are(hub: Served, olpe: Town) -> None:
    site = olpe.gauge("Altena")
    device = olpe.device(site)
    source = feed(olpe, "LANUK", "nrw-gauges", newest_at=hub.world.now)
    station(olpe, source, "LANUK", device_id=device.device_id, site_id=site)
    page = text(browser(hub, olpe, "viewer").get(f"/standorte/{site}"))
    assert "Daten von LANUK" in page
