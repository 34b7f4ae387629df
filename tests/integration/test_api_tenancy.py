"""Every route as a stranger sees it, and as another town sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import httpx
import pytest
from tests.hub import Furnished, Hub
from tests.routes import ROUTES

from regionhub.errors import InputError
from regionhub.sites import SiteKind

OPEN = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics")}
#: Signing in and out is for strangers.
FOR_STRANGERS = {("POST", "/api/v1/session"), ("DELETE", "/api/v1/session")}
EVERY = sorted((method, route.path) for method, route in ROUTES)
CLOSED = [entry for entry in EVERY if entry not in OPEN | FOR_STRANGERS]
SITE = {"name": "Stolen", "kind": "tree"}
#: A body that is right, for each change.
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/v1/sites"): SITE,
    ("PATCH", "/api/v1/sites/{site_id}"): {"name": "Stolen"},
    ("POST", "/api/v1/site-groups"): {"name": "Stolen"},
    ("POST", "/api/v1/irrigation/limits"): {"why": "tried"},
    ("POST", "/api/v1/irrigation/limits/preview"): {},
    ("PATCH", "/api/v1/site-groups/{site_group_id}"): {"name": "Stolen"},
    ("DELETE", "/api/v1/site-groups/{site_group_id}"): {},
    ("POST", "/api/v1/devices"): {
        "dev_eui": "a84041ffffffffff",
        "name": "x",
        "profile_id": "acme/soil",
    },
    ("PATCH", "/api/v1/devices/{device_id}"): {"name": "Stolen"},
    ("POST", "/api/v1/devices/{device_id}/installation"): {"site_id": 1},
    ("DELETE", "/api/v1/devices/{device_id}/installation"): {},
    ("PATCH", "/api/v1/installations/{installation_id}"): {"why": "x", "depth_cm": 1},
    ("DELETE", "/api/v1/installations/{installation_id}"): {"why": "x"},
    ("POST", "/api/v1/imports"): {},  # a file, which a viewer may not even send
    ("POST", "/api/v1/waterings"): {
        "entries": [
            {
                "watering_id": "6e9d2f57-9f0c-4f0c-a2b7-2f6a3f1c5d11",
                "site_id": 1,
                "time": "2026-07-01T06:00:00Z",
                "litres": 100,
            }
        ]
    },
    ("DELETE", "/api/v1/waterings/{watering_id}"): {},
    ("POST", "/api/v1/tree-register"): {},  # likewise
    ("POST", "/api/v1/api-keys"): {"name": "x"},
    ("POST", "/api/v1/replays"): {"reason": "unknown_device"},
    ("DELETE", "/api/v1/api-keys/{api_key_id}"): {},
    ("POST", "/api/v1/alarms/{alarm_id}/acknowledgement"): {},
    ("POST", "/api/v1/alarm-rules"): {
        "name": "x",
        "kind": "signal",
        "signal": "gauges",
        "chain_id": 1,
        "level": 1,
    },
    ("PATCH", "/api/v1/alarm-rules/{rule_id}"): {"enabled": True},
    ("DELETE", "/api/v1/alarm-rules/{rule_id}"): {},
    ("PUT", "/api/v1/alarm-rules/{rule_id}/limits/{site_id}"): {"limit_value": None},
    ("POST", "/api/v1/alarm-contacts"): {"name": "x", "address": "json://wache.example"},
    ("DELETE", "/api/v1/alarm-contacts/{contact_id}"): {},
    ("PATCH", "/api/v1/sites/{site_id}/references"): {"why": "x", "stage_1_cm": 1},
    ("POST", "/api/v1/gauges/{site_id}/rating-curves"): {"csv": "1;1\n2;2"},
    ("DELETE", "/api/v1/gauges/{site_id}/rating-curves/{curve_id}"): {},
    ("PUT", "/api/v1/gauge-links/{site_id}/{upstream_site_id}"): {"travel_minutes": 1},
    ("DELETE", "/api/v1/gauge-links/{site_id}/{upstream_site_id}"): {},
    ("POST", "/api/v1/alarm-chains"): {"name": "x", "minutes": 5},
    ("DELETE", "/api/v1/alarm-chains/{chain_id}"): {},
    ("POST", "/api/v1/devices/{device_id}/calibrations"): {
        "quantity": "soil_moisture_vwc",
        "valid_from": "2026-01-01T00:00:00Z",
        "why": "x",
    },
    ("DELETE", "/api/v1/devices/{device_id}/calibrations/{calibration_id}"): {},
    ("PUT", "/api/v1/devices/{device_id}/registration"): {"server": "x", "app_key": "ab" * 16},
    ("PUT", "/api/v1/device-profiles/{vendor}/{model}"): {"profile": "x"},
    ("DELETE", "/api/v1/device-profiles/{vendor}/{model}"): {},
    ("POST", "/api/v1/device-profiles/trial"): {"profile_id": "acme/soil"},
    ("POST", "/api/v1/device-profiles/proposal"): {"dev_eui": "a84041fff5000001"},
}
#: What only admins see, and keys are none.
FOR_ADMINS = {"/api/v1/api-keys", "/api/v1/alarm-contacts", "/api/v1/alarm-chains"}
#: Lists of what is everybody's, or of what nothing here has.
OF_NO_TOWN = {
    *("/api/v1/quantities", "/api/v1/device-profiles"),
    "/api/v1/irrigation/stress-days",
    "/api/v1/watering-rounds",
}
IDS = (
    *("site_id", "device_id", "datastream_id", "api_key_id", "replay_id", "site_group_id"),
    *("upstream_site_id", "curve_id"),
    *("alarm_id", "rule_id", "chain_id", "contact_id", "installation_id"),
    "calibration_id",
)


def test_every_change_has_a_body_here() -> None:
    assert {entry for entry in CLOSED if entry[0] != "GET"} == BODIES.keys()


def ask(client: httpx.Client, method: str, path: str, **ids: int) -> httpx.Response:
    usual = dict.fromkeys(IDS, 1)
    key = "6e9d2f57-9f0c-4f0c-a2b7-2f6a3f1c5d11"
    words = {
        "watering_id": key,
        "vendor": "x",
        "model": "y",
        "version": "z",
        "time": "2026-01-01T00:00:00Z",
    }
    url = path.format(**words, **usual | ids)
    body = BODIES.get((method, path)) or None
    if method == "DELETE":
        return client.request(method, url, params=body)
    return client.request(method, url, json=body)


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_stranger_is_refused(hub: Hub, method: str, path: str) -> None:
    with_password = hub.client()
    with_password.headers["Authorization"] = "Basic YTpi"
    for client in (hub.client(), hub.client(key="rhk_wrong"), with_password):
        answer = ask(client, method, path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"


def ids_of(town: Furnished) -> dict[str, int]:
    return {
        "device_id": town.device,
        "datastream_id": town.moisture,
        "api_key_id": town.tenant_id,  # one key was made for each town
        "replay_id": town.replay,
        "site_group_id": town.site_group,
        "site_id": town.gauge,
        "upstream_site_id": town.upper,
        "curve_id": town.curve,
        "installation_id": town.sensor.installation_id,
        **town.alarms,
    }


@pytest.mark.parametrize(("method", "path"), [entry for entry in CLOSED if "{" in entry[1]])
def test_ids_of_another_town_are_like_ids_that_do_not_exist(
    hub: Hub, method: str, path: str
) -> None:
    client = hub.signed_in(hub.a.admin)
    theirs = ask(client, method, path, **ids_of(hub.b))
    nobodys = ask(client, method, path, **dict.fromkeys(IDS, 2**31 - 1))
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json() == nobodys.json()


@pytest.mark.parametrize(
    "path",
    [
        path
        for method, path in CLOSED
        if method == "GET" and "{" not in path and not path.endswith(("/stream", "/export"))
    ],
)
def test_lists_hold_nothing_of_another_town(hub: Hub, path: str) -> None:
    for town in (hub.a, hub.b):
        town.town.dead_letter("not_decodable", dev_eui=town.sensor.dev_eui)
        for kind in get_args(SiteKind):
            town.town.site(kind)
        rows = hub.client(key=town.key).get(path)
        if path in FOR_ADMINS:
            assert rows.status_code == 403
            continue
        assert rows.status_code == 200
        items = rows.json().get("items", [rows.json()])
        owned = [row["tenant_id"] for row in items if "tenant_id" in row]
        assert set(owned) <= {town.tenant_id}
        if path not in OF_NO_TOWN:
            assert owned


@pytest.mark.parametrize(("method", "path"), sorted(BODIES))
def test_a_viewer_changes_nothing(hub: Hub, method: str, path: str) -> None:
    answer = ask(hub.signed_in(hub.a.viewer), method, path, **ids_of(hub.a))
    assert answer.status_code == 403


def test_an_editor_does_not_manage_keys(hub: Hub) -> None:
    client = hub.signed_in(hub.a.editor)
    assert client.get("/api/v1/api-keys").status_code == 403
    assert client.post("/api/v1/api-keys", json={"name": "x"}).status_code == 403


def test_a_device_cannot_be_put_at_a_site_of_another_town(hub: Hub) -> None:
    client = hub.client(key=hub.a.key)
    answer = client.post(
        f"/api/v1/devices/{hub.a.device}/installation", json={"site_id": hub.b.tree}
    )
    assert answer.status_code == 404


class TestRegion:
    def test_sees_towns_that_share(self, hub: Hub) -> None:
        client = hub.client(key=hub.region.key)
        towns = {row["slug"] for row in client.get("/api/v1/towns").json()["items"]}
        assert towns == {hub.region.slug, hub.a.slug}
        assert client.get(f"/api/v1/sites/{hub.a.tree}").status_code == 200
        assert client.get(f"/api/v1/sites/{hub.b.tree}").status_code == 404

    def test_changes_only_its_own(self, hub: Hub) -> None:
        client = hub.client(key=hub.region.key)
        answer = client.patch(f"/api/v1/sites/{hub.a.tree}", json={"name": "Stolen"})
        assert answer.status_code == 403
        answer = client.patch(f"/api/v1/devices/{hub.a.device}", json={"name": "Stolen"})
        assert answer.status_code == 403
        made = client.post("/api/v1/sites", json={"name": "Own", "kind": "forest"})
        assert made.status_code == 201
        assert made.json()["tenant_id"] == hub.region.tenant_id
        changed = client.patch(f"/api/v1/sites/{made.json()['site_id']}", json={"name": "Mine"})
        assert changed.json()["name"] == "Mine"

    def test_a_town_cannot_take_its_name(self, hub: Hub) -> None:
        with pytest.raises(InputError, match="short name"):
            hub.world.town("region")


class TestSharing:
    """A shares its gauge with B."""

    @pytest.fixture(params=["raw", "hourly", "daily"])
    def finest(self, hub: Hub, request: pytest.FixtureRequest) -> Iterator[str]:
        with hub.world.granted(hub.a.distance, hub.b.town, request.param):
            yield request.param

    def test_the_finest_resolution_is_what_was_granted(self, hub: Hub, finest: str) -> None:
        client = hub.client(key=hub.b.key)
        stream = client.get(f"/api/v1/datastreams/{hub.a.distance}").json()
        assert (stream["shared"], stream["finest"]) == (True, finest)
        for path in (f"datastreams/{hub.a.distance}/readings", f"gauges/{hub.a.gauge}/levels"):
            seen = client.get(f"/api/v1/{path}").json()
            assert seen["resolution"] == finest
            assert seen["items"]
            for resolution in ("raw", "hourly", "daily"):
                answer = client.get(f"/api/v1/{path}", params={"resolution": resolution})
                order = ["daily", "hourly", "raw"]
                allowed = order.index(resolution) <= order.index(finest)
                assert answer.status_code == (200 if allowed else 403)

    def test_notes_and_parameters_stay_with_the_town(self, hub: Hub, finest: str) -> None:
        assert finest
        hub.owner.execute(
            "update core.site set note = 'key at the mill' where site_id = %s", [hub.a.gauge]
        )
        hub.owner.execute(
            "update core.device set parameters = '{\"depth\": 12}' where device_id = %s",
            [hub.a.gauge_device],
        )
        for key, note, parameters in (
            (hub.a.key, "key at the mill", {"depth": 12}),
            (hub.b.key, None, {}),
        ):
            client = hub.client(key=key)
            assert client.get(f"/api/v1/sites/{hub.a.gauge}").json()["note"] == note
            device = client.get(f"/api/v1/devices/{hub.a.gauge_device}").json()
            assert device["parameters"] == parameters

    def test_what_is_shared_cannot_be_changed(self, hub: Hub, finest: str) -> None:
        client = hub.client(key=hub.b.key)
        answer = client.patch(f"/api/v1/sites/{hub.a.gauge}", json={"name": "Stolen"})
        assert answer.status_code == 403
        answer = client.patch(f"/api/v1/devices/{hub.a.gauge_device}", json={"name": "Stolen"})
        assert answer.status_code == 403
        answer = client.post(
            f"/api/v1/devices/{hub.b.device}/installation", json={"site_id": hub.a.gauge}
        )
        assert answer.status_code == 404
