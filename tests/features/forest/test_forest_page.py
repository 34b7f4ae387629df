"""Forest stands on their page, on the page of one and in the API."""

from __future__ import annotations

from datetime import timedelta

from tests.features.forest.test_fire_weather import DRY, PLACE, measure, newest
from tests.features.forest.test_fire_weather import station as weather_station
from tests.feeds import feed, station
from tests.hub import Hub
from tests.pages import Portal, row, text
from tests.portal.conftest import Village


def test_the_page_says_the_index_and_the_official_one(own_portal: Portal) -> None:
    village = Village(own_portal)
    town, world = village.town, village.world
    assert "Noch keine Waldstandorte" in village.client.get("/wald").text
    world.owner.execute(
        "update core.tenant set latitude = 51.03, longitude = 7.85 where tenant_id = %s",
        [town.tenant_id],
    )
    site = town.site("forest", "Rothaarkamm", **PLACE)
    town.site("forest", "ohne Ort")
    last = newest(world)
    device = weather_station(town, site)
    for back in (2, 1, 0):
        measure(device, last - timedelta(days=back), DRY)
    world.decide()

    page = village.client.get("/wald").text
    assert "FWI" in row(page, "Rothaarkamm")
    assert "24,0 °C · 30 % · 18 km/h · 0,0 mm" in text(village.client.get("/wald"))
    assert "kein Wetter in der Nähe bekannt" in row(page, "ohne Ort")
    assert "Der amtliche WBI ist hier nicht bekannt" in page
    official = {"tenant_id": town.tenant_id, "issued_at": world.ago(hours=3), "wbi": 4}
    source = feed(town, "Deutscher Wetterdienst", "dwd-fire-danger")
    ids = {"feed_station_id": station(town, source, "Lüdenscheid")}
    today = world.select("select (now() at time zone 'Europe/Berlin')::date::text as day")[0]
    world.add("core.fire_danger_index", **official, **ids, **today)
    page = village.client.get("/wald").text
    assert "Station Lüdenscheid" in page
    assert "Deutscher Wetterdienst" in page
    assert "Waldbrandgefahrenstufe" not in page
    panel = text(village.client.get(f"/standorte/{site}"))
    assert "FFMC" in panel
    assert "WBI heute, amtlich" in panel


def test_forest_in_the_api(hub: Hub) -> None:
    town, world = hub.a.town, hub.world
    site, last = town.site("forest", "Kamm", **PLACE), newest(hub.world)
    measure(weather_station(town, site), last, DRY)
    world.decide()
    client = hub.client(key=hub.a.key)
    [found] = [
        row for row in client.get("/api/v1/forest").json()["items"] if row["site_id"] == site
    ]
    assert found["day"] == last.isoformat()
    days = client.get(f"/api/v1/forest/{site}/fire-weather").json()["items"]
    assert [day["fwi"] for day in days] == [found["fwi"]]
    assert client.get(f"/api/v1/forest/{hub.a.tree}/fire-weather").status_code == 404


def test_smoke_stands_at_the_top_and_drought_by_depth(own_portal: Portal) -> None:
    village = Village(own_portal)
    town, world = village.town, village.world
    burning = town.site("forest", "Kahler Kopf", soil_texture="Ls3", **PLACE)
    town.site("forest", "Astenhang", **PLACE)
    town.sensor(burning, "smoke_alarm", (world.ago(minutes=3), 1)).readings(
        "smoke_concentration", [(world.ago(minutes=3), 23)]
    )
    for depth, vwc in ((10, 17.0), (60, 21.5)):
        town.sensor(burning, "soil_moisture_vwc", (world.ago(minutes=5), vwc), depth_cm=depth)
    sizes = [(world.ago(hours=hours), 4960.0 if hours < 100 else 5000.0) for hours in range(200)]
    town.sensor(burning, "dendrometer_position", *sizes, interval_seconds=3600)
    world.decide()

    page = text(village.client.get("/wald"))
    assert page.index("Rauch gemeldet") < page.index("Waldstandorte")
    assert "Rauchkonzentration 23 %" in page
    listed = page[page.index("Waldstandorte nach Dringlichkeit") :]
    shown, other = listed[: listed.index("Astenhang")], listed[listed.index("Astenhang") :]
    assert "starke Trockenheit" in shown
    for words in ("10 cm 10 %", "60 cm 38 %", "40 µm", "seit 4 Tagen nicht aufgefüllt"):
        assert words in shown.replace("\xa0", " ")
    assert "kein Sensor" in other
    points = village.client.get("/karte?art=forest").json()
    assert points["states"][points["state"][points["name"].index("Kahler Kopf")]]["text"] == "Rauch"
    why = text(village.client.get(f"/standorte/{burning}"))
    assert "Mittel aller Tiefen: 24 % nFK" in why
    assert "war zuletzt vor 4,2 Tagen aufgefüllt" in why
    assert village.client.get("/").text.count("Rauch im Wald") == 1
