"""The completeness ledger as programs read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.devices import Frame
from tests.hub import Hub

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def client(hub: Hub) -> httpx.Client:
    """The first town; its device lost every third frame of two sessions."""
    for session, address in enumerate(("01a4c3f2", "01a4c3f3")):
        start = NOW - timedelta(days=2 - session)
        hub.a.sensor.uplinks(
            Frame(start + timedelta(minutes=10 * number), number, address)
            for number in range(100)
            if number % 3 != 1
        )
    return hub.client(key=hub.a.key)


def pages(client: httpx.Client, path: str) -> Iterator[dict[str, Any]]:
    following: str | None = path
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        yield answer.json()
        following = answer.json()["next"]


def test_the_list_has_every_device(client: httpx.Client, hub: Hub) -> None:
    whole = client.get("/api/v1/completeness").json()
    rows = {row["device_id"]: row for row in whole["items"]}
    assert rows.keys() == {hub.a.device, hub.a.gauge_device}
    row = rows[hub.a.device]
    assert (row["expected"], row["received"], row["recovered"], row["missing"]) == (200, 134, 0, 66)
    assert row["completeness_pct"] == 67
    assert row["last_gap_missing"] == 1
    assert rows[hub.a.gauge_device]["not_judged"] == "no_frames"
    assert rows[hub.a.gauge_device]["completeness_pct"] is None
    found = [page["items"] for page in pages(client, "/api/v1/completeness?limit=1")]
    assert [row["device_id"] for [row] in found] == sorted(rows)
    period = datetime.fromisoformat(whole["to"]) - datetime.fromisoformat(whole["from"])
    assert period == timedelta(days=30)


def test_a_device_with_its_sessions(client: httpx.Client, hub: Hub) -> None:
    path = f"/api/v1/devices/{hub.a.device}/completeness"
    whole = client.get(path).json()
    assert (whole["expected"], whole["missing"], whole["sessions"]) == (200, 66, 2)
    assert [row["dev_addr"] for row in whole["items"]] == ["01a4c3f3", "01a4c3f2"]
    assert [row["start_known"] for row in whole["items"]] == [True, False]
    assert all(row["missing"] == 33 for row in whole["items"])
    found = [page["items"] for page in pages(client, f"{path}?limit=1")]
    assert [row for [row] in found] == whole["items"]


def test_gaps_come_in_pages(client: httpx.Client, hub: Hub) -> None:
    path = f"/api/v1/devices/{hub.a.device}/completeness/gaps"
    whole = client.get(path).json()["items"]
    assert len(whole) == 66
    assert all(gap["missing"] == 1 for gap in whole)
    newest = whole[0]
    assert newest["first_f_cnt"] == newest["last_f_cnt"] == 97
    times = [datetime.fromisoformat(newest[f"{side}_frame_at"]) for side in ("previous", "next")]
    assert times[1] - times[0] == timedelta(minutes=20)
    assert [gap for page in pages(client, f"{path}?limit=7") for gap in page["items"]] == whole


@pytest.mark.parametrize(
    "query",
    [
        "from=2025-01-01T00:00:00Z&to=2026-05-01T00:00:00Z",
        "from=2026-05-01T00:00:00Z&to=2026-04-01T00:00:00Z",
        "form=2026-05-01T00:00:00Z",
        "limit=0",
    ],
)
def test_wrong_periods_are_refused(client: httpx.Client, hub: Hub, query: str) -> None:
    device = f"/api/v1/devices/{hub.a.device}/completeness"
    for path in ("/api/v1/completeness", device, f"{device}/gaps"):
        answer = client.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_region_sees_what_towns_share(client: httpx.Client, hub: Hub) -> None:
    region = hub.client(key=hub.region.key)
    rows = region.get("/api/v1/completeness").json()["items"]
    assert {row["tenant_id"] for row in rows} == {hub.a.tenant_id}
    path = f"/api/v1/devices/{hub.b.device}/completeness"
    assert region.get(path).status_code == 404


def test_a_shared_datastream_shares_no_ledger(client: httpx.Client, hub: Hub) -> None:
    hub.world.grant(hub.a.moisture, hub.b.town)
    other = hub.client(key=hub.b.key)
    assert other.get(f"/api/v1/devices/{hub.a.device}").status_code == 200
    for path in ("completeness", "completeness/gaps"):
        assert other.get(f"/api/v1/devices/{hub.a.device}/{path}").status_code == 404
    rows = other.get("/api/v1/completeness").json()["items"]
    assert {row["tenant_id"] for row in rows} == {hub.b.tenant_id}
