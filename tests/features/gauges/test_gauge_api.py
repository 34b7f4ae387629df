"""Gauges and their levels as programs read them."""

from __future__ import annotations

import httpx
import pytest
from tests.hub import Hub


@pytest.fixture
def client(hub: Hub) -> httpx.Client:
    return hub.client(key=hub.a.key)


def test_levels(client: httpx.Client, hub: Hub) -> None:
    answer = client.get(f"/api/v1/gauges/{hub.a.gauge}/levels").json()
    assert answer["resolution"] == "raw"
    assert answer["items"][-1]["level_cm"] == 498.0
    for resolution in ("hourly", "daily"):
        answer = client.get(
            f"/api/v1/gauges/{hub.a.gauge}/levels", params={"resolution": resolution}
        ).json()
        assert all(i["min_cm"] <= i["avg_cm"] <= i["max_cm"] for i in answer["items"])
    assert client.get(f"/api/v1/gauges/{hub.a.tree}/levels").status_code == 404


def test_gauges(client: httpx.Client, hub: Hub) -> None:
    gauges = client.get("/api/v1/gauges").json()["items"]
    (gauge,) = [row for row in gauges if row["site_id"] == hub.a.gauge]
    assert gauge["stage"] == 1
    assert gauge["level_m_nhn"] == pytest.approx(184.98)
