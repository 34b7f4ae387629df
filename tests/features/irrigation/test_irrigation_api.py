"""What trees and beds need, as programs read it."""

from __future__ import annotations

from tests.hub import Hub


def test_trees_and_beds(hub: Hub) -> None:
    rows = hub.client(key=hub.a.key).get("/api/v1/irrigation").json()["items"]
    assert hub.a.tree in {row["site_id"] for row in rows}


def test_no_computed_value_has_the_noise_of_floating_point(hub: Hub) -> None:
    town, client = hub.a.town, hub.client(key=hub.a.key)
    tree = town.tree(soil_texture="Ss")
    values = enumerate((8.1, 8.3, 8.3), start=1)
    points = [(hub.world.ago(minutes=minutes), value) for minutes, value in values]
    stream = town.device(tree).readings("soil_moisture_vwc", points)

    readings = f"/api/v1/datastreams/{stream}/readings?resolution=hourly"
    for row in client.get(readings).json()["items"]:
        assert len(repr(row["avg"]).partition(".")[2]) <= 6
    rows = client.get("/api/v1/irrigation").json()["items"]
    [row] = [row for row in rows if row["site_id"] == tree]
    assert (row["vwc_pct"], row["nfk_pct"]) == (8.3, 50.8)
