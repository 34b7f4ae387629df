"""Sites, devices, installations, keys of words."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.hub import Hub

NUMBERS = itertools.count(1)


@pytest.fixture
def client(hub: Hub) -> httpx.Client:
    return hub.client(key=hub.a.key)


def new_site(client: httpx.Client, **values: Any) -> httpx.Response:
    body = {"name": f"Site {next(NUMBERS)}", "kind": "tree"} | values
    return client.post("/api/v1/sites", json=body)


def new_device(client: httpx.Client, **values: Any) -> httpx.Response:
    number = next(NUMBERS)
    body = {"dev_eui": f"{0xA84041 << 40 | number:016x}", "name": "D", "profile_id": "acme/soil"}
    return client.post("/api/v1/devices", json=body | values)


class TestSites:
    def test_make_and_change(self, client: httpx.Client, hub: Hub) -> None:
        made = new_site(client, latitude=51.4, longitude=8.1, soil_texture="Ls3", planted_year=1950)
        assert made.status_code == 201
        site = made.json()
        assert site["tenant_id"] == hub.a.tenant_id
        path = f"/api/v1/sites/{site['site_id']}"
        assert client.get(path).json() == site
        changed = client.patch(path, json={"note": "krank", "soil_texture": None}).json()
        assert changed == site | {"note": "krank", "soil_texture": None}

    @pytest.mark.parametrize(
        ("values", "status"),
        [
            ({"name": ""}, 422),
            ({"name": "a\u0000b"}, 422),
            ({"name": "x" * 121}, 422),
            ({"name": "Linde"}, 409),
            ({"kind": "house"}, 422),
            ({"latitude": 51}, 422),
            ({"latitude": 91, "longitude": 0}, 422),
            ({"latitude": 8.05, "longitude": 51.39}, 422),
            ({"latitude": 0, "longitude": 0}, 422),
            ({"latitude": 51.39, "longitude": -8.05}, 422),
            ({"latitude": 48.14, "longitude": 11.58}, 422),
            ({"latitude": True, "longitude": 8.05}, 422),
            ({"latitude": "51.39", "longitude": 8.05}, 422),
            ({"planted_year": True}, 422),
            ({"planted_year": "1950"}, 422),
            ({"planted_year": 2199}, 422),
            ({"name": "Linde \u202eednil"}, 422),
            ({"name": "Linde\u2028am Markt"}, 422),
            ({"note": "a\u2066b"}, 422),
            ({"kind": "gauge", "gauge_zero_m": 1e300}, 422),
            ({"kind": "gauge", "gauge_zero_m": 18042}, 422),
            ({"kind": "gauge", "stage_1_cm": 1e300}, 422),
            ({"kind": "gauge", "stage_1_cm": 10, "stage_2_cm": 1e5}, 422),
            ({"kind": "gauge", "gauge_zero_m": 180, "gauge_datum": "NAP"}, 422),
            ({"gauge_datum": "NN"}, 422),
            ({"gauge_zero_m": 180}, 422),
            ({"kind": "forest", "water_body": "Ruhr"}, 422),
            ({"kind": "gauge", "planted_year": 1950}, 422),
            ({"kind": "road", "soil_texture": "Ls3"}, 422),
            ({"soil_texture": "moon"}, 422),
            ({"stage_1_cm": 200, "stage_2_cm": 100}, 422),
            ({"gauge_zero_m": "NaN"}, 422),
            ({"site_id": 7}, 422),
            ({"tenant_id": 2}, 422),
        ],
    )
    def test_what_is_refused(
        self, client: httpx.Client, values: dict[str, Any], status: int
    ) -> None:
        answer = new_site(client, **values)
        assert answer.status_code == status
        assert answer.json()["status"] == status
        assert "core." not in answer.text
        assert "constraint" not in answer.text

    def test_a_position_far_from_the_town_is_told(self, client: httpx.Client) -> None:
        swapped = new_site(client, latitude=8.05, longitude=51.39)
        assert "swapped?" in swapped.json()["detail"]
        far = new_site(client, latitude=48.14, longitude=11.58)
        assert re.search(r"lies 4\d\d km from Arnsberg", far.json()["detail"])
        assert new_site(client, latitude=51.0, longitude=8.5).status_code == 201

    def test_a_site_with_sensors_keeps_its_kind(self, client: httpx.Client) -> None:
        path = f"/api/v1/sites/{(site := new_site(client, name='Ufer').json())['site_id']}"
        device = new_device(client).json()
        installation = f"/api/v1/devices/{device['device_id']}/installation"
        client.post(installation, json={"site_id": site["site_id"]})
        refused = client.patch(path, json={"kind": "gauge"})
        assert refused.status_code == 409
        assert "Sensors are installed" in refused.json()["detail"]
        assert client.patch(path, json={"kind": "tree", "note": "x"}).status_code == 200
        client.delete(installation)
        assert client.patch(path, json={"kind": "gauge"}).json()["kind"] == "gauge"
        assert client.patch(path, json={"gauge_zero_m": 190.5}).status_code == 200
        back = client.patch(path, json={"kind": "tree"})
        assert (back.status_code, "gauge_zero_m" in back.json()["detail"]) == (422, True)

    def test_a_name_cannot_be_taken_away(self, client: httpx.Client, hub: Hub) -> None:
        answer = client.patch(f"/api/v1/sites/{hub.a.tree}", json={"name": None})
        assert answer.status_code == 422

    def test_only_one_kind(self, client: httpx.Client) -> None:
        rows = client.get("/api/v1/sites", params={"kind": "gauge"}).json()["items"]
        assert rows
        assert {row["kind"] for row in rows} == {"gauge"}

    def test_pages_hold_every_site_once(self, client: httpx.Client) -> None:
        for _ in range(3):
            new_site(client)
        whole = client.get("/api/v1/sites", params={"limit": 1000}).json()
        assert whole["next"] is None
        seen, path = [], "/api/v1/sites?limit=2"
        while path:
            page = client.get(path).json()
            assert len(page["items"]) <= 2
            seen += page["items"]
            path = page["next"]
        assert seen == whole["items"]


class TestDevices:
    @pytest.mark.parametrize(
        "spelling",
        [
            "A8-40-41-00-00-00-{}",
            "a8:40:41:00:00:00:{}",
            "A840 4100 0000 {}",
            "eui-a84041000000{}",
            "0xA84041000000{}",
            "DevEUI:\xa0a84041000000{}\u200b",
        ],
    )
    def test_a_dev_eui_has_one_spelling(self, client: httpx.Client, spelling: str) -> None:
        number = next(NUMBERS)
        tail = f"{number:04x}"
        if spelling.startswith(("A8-", "a8:")):
            tail = f"{tail[:2]}{spelling[2]}{tail[2:]}"
        made = new_device(client, dev_eui=spelling.format(tail))
        assert made.status_code == 201
        device = made.json()
        assert device["dev_eui"] == f"a84041000000{number:04x}"
        assert device["interval_seconds"] == 600
        assert device["parameters"] == {"depth": 30}
        assert client.get(f"/api/v1/devices/{device['device_id']}").json() == device

    def test_a_dev_eui_is_registered_once_in_a_town(self, client: httpx.Client, hub: Hub) -> None:
        made = new_device(client).json()
        assert new_device(client, dev_eui=made["dev_eui"]).status_code == 409
        # nobody takes it away from others, and no answer tells that they have it
        foreign = new_device(hub.client(key=hub.b.key), dev_eui=made["dev_eui"])
        assert foreign.status_code == 201
        assert foreign.json()["device_id"] != made["device_id"]

    @pytest.mark.parametrize(
        "values",
        [
            {"dev_eui": "a84041"},
            {"dev_eui": "g" * 16},
            {"dev_eui": "qEBBAAAAAAE="},
            {"dev_eui": 12},
            {"dev_eui": None},
            {"dev_eui": "0000000000000000"},
            {"dev_eui": "FF-FF-FF-FF-FF-FF-FF-FF"},
            {"name": "D\u202e"},
            {"interval_seconds": "900"},
            {"interval_seconds": True},
            {"name": " "},
            {"profile_id": "acme/none"},
            {"parameters": {"depth": 101}},
            {"parameters": {"depth": "deep"}},
            {"parameters": {"other": 1}},
            {"parameters": {"depth": {"a": 1}}},
            {"interval_seconds": 5},
            {"interval_seconds": 0},
        ],
    )
    def test_what_is_refused(self, client: httpx.Client, values: dict[str, Any]) -> None:
        assert new_device(client, **values).status_code == 422

    def test_change(self, client: httpx.Client) -> None:
        device = new_device(client, parameters={"depth": 50}).json()
        path = f"/api/v1/devices/{device['device_id']}"
        changed = client.patch(path, json={"name": "Neu", "active": False})
        assert changed.json() == device | {"name": "Neu", "active": False}
        changed = client.patch(path, json={"parameters": {"depth": 60}, "interval_seconds": 900})
        assert changed.json()["parameters"] == {"depth": 60}
        assert changed.json()["interval_seconds"] == 900
        for wrong in ({"name": None}, {"parameters": {"depth": -1}}, {"profile_id": "acme/none"}):
            assert client.patch(path, json=wrong).status_code == 422

    def test_moving_ends_the_installation_before(self, client: httpx.Client, hub: Hub) -> None:
        device = new_device(client).json()["device_id"]
        first, second = (new_site(client).json()["site_id"] for _ in "ab")
        path = f"/api/v1/devices/{device}/installation"
        start = datetime.now(UTC) - timedelta(days=10)
        body = {"site_id": first, "from_time": start.isoformat(), "depth_cm": 30}
        installed = client.post(path, json=body)
        assert installed.status_code == 201
        assert installed.json()["site_id"] == first
        assert installed.json()["depth_cm"] == 30
        assert client.post(path, json={"site_id": second}).json()["site_id"] == second
        listed = client.get("/api/v1/devices", params={"site": second}).json()["items"]
        assert [row["device_id"] for row in listed] == [device]
        rows = hub.owner.execute(
            "select site_id, to_time is null as open from core.installation where device_id = %s "
            "order by from_time",
            [device],
        ).fetchall()
        assert [(row["site_id"], row["open"]) for row in rows] == [(first, False), (second, True)]
        before = {"site_id": first, "from_time": (start - timedelta(days=1)).isoformat()}
        assert client.post(path, json=before).status_code == 409
        assert client.request("DELETE", path).json()["site_id"] is None
        assert client.request("DELETE", path).status_code == 404

    def test_installation_refuses(self, client: httpx.Client, hub: Hub) -> None:
        path = f"/api/v1/devices/{new_device(client).json()['device_id']}/installation"
        for wrong in (
            {},
            {"site_id": 0},
            {"site_id": hub.a.tree, "depth_cm": -1},
            {"site_id": hub.a.tree, "depth_cm": 1e9},
            {"site_id": hub.a.tree, "mounting_height_cm": -1e300},
            {"site_id": str(hub.a.tree)},
            {"site_id": hub.a.tree, "from_time": "2199-01-01T00:00:00Z"},
            {"site_id": hub.a.tree, "from_time": "2026-02-30T00:00:00Z"},
            {"site_id": hub.a.tree, "from_time": "2026-01-01T00:00:00"},
            {"site_id": hub.a.tree, "from_time": 1},
        ):
            assert client.post(path, json=wrong).status_code == 422

    def test_an_installation_never_begins_in_the_future(self, client: httpx.Client) -> None:
        device, site = new_device(client).json()["device_id"], new_site(client).json()["site_id"]
        path = f"/api/v1/devices/{device}/installation"
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        refused = client.post(path, json={"site_id": site, "from_time": tomorrow})
        assert refused.status_code == 422
        assert "in the future" in refused.json()["detail"]
        # a clock that goes a little fast
        soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
        for _ in range(2):
            made = client.post(path, json={"site_id": site, "from_time": soon})
            assert (made.status_code, made.json()["site_id"]) == (201, site)
            assert client.request("DELETE", path).status_code == 200

    def test_health(self, client: httpx.Client, hub: Hub) -> None:
        rows = client.get("/api/v1/device-health", params={"site": hub.a.tree}).json()["items"]
        assert [(row["device_id"], row["state"]) for row in rows] == [(hub.a.device, "never")]


def test_vocabulary(client: httpx.Client) -> None:
    quantities = {q["quantity"]: q for q in client.get("/api/v1/quantities").json()["items"]}
    assert quantities["soil_moisture_vwc"]["symbol"] == "%"
    (profile,) = client.get("/api/v1/device-profiles").json()["items"]
    assert profile["profile_id"] == "acme/soil"
    assert profile["interval_seconds"] == 600
    assert (profile["use_de"], profile["datasheet"], profile["decoder"]) == (None, None, "codec")
    assert [p["name"] for p in profile["parameters"]] == ["depth"]


def test_groups_of_trees(hub: Hub) -> None:
    client = hub.signed_in(hub.a.admin)
    made = client.post("/api/v1/site-groups", json={"name": "Platanen", "soil_texture": "Sl3"})
    assert made.status_code == 201
    group = made.json()["site_group_id"]
    path = f"/api/v1/site-groups/{group}"
    assert client.post("/api/v1/site-groups", json={"name": "Platanen"}).status_code == 409
    assert client.patch(path, json={"soil_texture": "Xx"}).status_code == 422
    assert client.patch(path, json={"root_volume_m3": 2}).json()["root_volume_m3"] == 2

    tree = {"name": "Platane 1", "kind": "tree", "site_group_id": group}
    site = client.post("/api/v1/sites", json=tree).json()
    assert site["site_group_id"] == group
    listed = {
        row["name"]: row["sites"] for row in client.get("/api/v1/site-groups").json()["items"]
    }
    assert listed == {"Linden": 0, "Platanen": 1}
    gauge = {"name": "Pegel 9", "kind": "gauge", "site_group_id": group}
    assert client.post("/api/v1/sites", json=gauge).status_code == 422
    other = {"name": "x", "kind": "tree", "site_group_id": hub.b.site_group}
    assert client.post("/api/v1/sites", json=other).status_code == 422

    assert client.delete(path).status_code == 409
    client.patch(f"/api/v1/sites/{site['site_id']}", json={"site_group_id": None})
    assert client.delete(path).status_code == 204
