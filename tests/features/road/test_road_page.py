"""Roads on their page, on the page of one, on the overview and in the API."""

from __future__ import annotations

from tests.hub import Hub
from tests.pages import Portal, row, text
from tests.portal.conftest import Village


def test_the_page_says_why_and_how_old(own_portal: Portal) -> None:
    village = Village(own_portal)
    town, world = village.town, village.world
    assert "Noch keine Straßenstellen" in village.client.get("/strasse").text

    bridge, crest = (town.site("road", name) for name in ("Brücke", "Kuppe"))
    device = town.device(bridge)
    for quantity, value in (("road_surface_temperature", -1.5), ("dew_point", -1.0)):
        device.readings(quantity, [(world.ago(minutes=age), value) for age in (15, 5)])
    town.site("road", "Allee")
    town.sensor(crest, "road_surface_temperature", (world.ago(minutes=5), 8.0))
    world.decide()

    answer = village.client.get("/strasse")
    page, said = answer.text, text(answer)
    assert said.index("Brücke") < said.index("Allee") < said.index("Kuppe")
    assert "glatt" in row(page, "Brücke")
    assert "Reif: Fahrbahn unter 0 °C" in row(page, "Brücke")
    assert "-1,5 °C" in row(page, "Brücke").replace("−", "-")
    assert "kein Sensor eingebaut" in row(page, "Allee")
    assert "frei" in row(page, "Kuppe")
    site = text(village.client.get(f"/standorte/{bridge}"))
    assert "Taupunkt" in site
    assert "Straßen glatt oder bald glatt" in text(village.client.get("/"))
    english = village.client.get("/strasse", headers={"accept-language": "en"}).text
    assert "hoar frost" in english


def test_roads_in_the_api(hub: Hub) -> None:
    town, world = hub.a.town, hub.world
    site = town.site("road", "Steige")
    town.sensor(site, "road_surface_temperature", (world.ago(minutes=5), -3.0))
    world.decide()
    rows = hub.client(key=hub.a.key).get("/api/v1/roads").json()["items"]
    [found] = [row for row in rows if row["site_id"] == site]
    assert (found["state"], found["reason"], found["surface_degc"]) == (
        "ice_possible",
        "below_zero",
        -3.0,
    )
    assert found["wet"] is None
    assert "found" not in found
