"""Readings, levels, latest values: periods, resolutions, pages, CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.hub import Hub

END = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def client(hub: Hub) -> httpx.Client:
    return hub.client(key=hub.a.key)


@pytest.fixture(scope="module")
def dense(hub: Hub) -> int:
    """Two years of readings, one each hour at half past, ending at END."""
    times = hub.world.times(17_520, every=timedelta(hours=1), until=END - timedelta(minutes=30))
    points = [(time, float(number)) for number, time in enumerate(times)]
    stream = hub.a.sensor.readings("soil_temperature", points)
    hub.owner.execute("analyze core.reading")
    return stream


def get(client: httpx.Client, stream: int, **parameters: Any) -> httpx.Response:
    renamed = {name.rstrip("_"): value for name, value in parameters.items()}
    for name, value in renamed.items():
        if isinstance(value, datetime):
            renamed[name] = value.isoformat()
    return client.get(f"/api/v1/datastreams/{stream}/readings", params=renamed)


class TestPeriod:
    def test_the_last_day_by_default(self, client: httpx.Client, hub: Hub) -> None:
        answer = get(client, hub.a.moisture).json()
        start, end = (datetime.fromisoformat(answer[key]) for key in ("from", "to"))
        assert end - start == timedelta(days=1)
        assert len(answer["items"]) == 144
        assert answer["unit"] == "%"
        assert answer["resolution"] == "raw"
        times = [item["time"] for item in answer["items"]]
        assert times == sorted(times)

    def test_start_is_in_and_end_is_out(self, client: httpx.Client, dense: int) -> None:
        half = END - timedelta(minutes=30)
        hour = timedelta(hours=1)
        items = get(client, dense, from_=half - hour, to=half, resolution="raw").json()["items"]
        assert [item["value"] for item in items] == [1]

    @pytest.mark.parametrize(
        "parameters",
        [
            {"from": "2026-01-01T00:00:00"},
            {"from": "2026-01-01"},
            {"from": "1767225600"},
            {"from": "yesterday"},
            {"from": ""},
            {"from": "1969-12-31T23:59:59Z"},
            {"from": "0001-01-01T00:00:00+14:00"},
            {"to": "9999-12-31T23:59:59-14:00"},
            {"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:00:00Z"},
            {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
            {"form": "2026-01-01T00:00:00Z"},
            {"resolution": "minutely"},
            {"max_points": 10_001},
            {"max_points": 0},
            {"format": "xml"},
        ],
    )
    def test_what_is_refused(
        self, client: httpx.Client, hub: Hub, parameters: dict[str, Any]
    ) -> None:
        for path in (f"datastreams/{hub.a.moisture}/readings", f"gauges/{hub.a.gauge}/levels"):
            answer = client.get(f"/api/v1/{path}", params=parameters)
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/problem+json"

    def test_a_typo_is_named(self, client: httpx.Client, hub: Hub) -> None:
        answer = client.get(f"/api/v1/datastreams/{hub.a.moisture}/readings?form=x&to=a&to=b")
        problems = {tuple(e["location"]): e["message"] for e in answer.json()["errors"]}
        assert "from" in problems["query", "form"]
        assert problems["query", "to"] == "given more than once"

    def test_a_plus_that_became_a_space(self, client: httpx.Client, dense: int) -> None:
        path = f"/api/v1/datastreams/{dense}/readings?resolution=raw"
        answer = client.get(f"{path}&from=2026-01-01T01:00:00+01:00&to=2026-01-01T01:00:00Z")
        assert answer.json()["from"] == "2026-01-01T00:00:00Z"


class TestResolution:
    @pytest.mark.parametrize(
        ("days", "max_points", "resolution"),
        [
            (10, 240, "raw"),
            (10, 239, "daily"),
            (10, 2000, "raw"),
            (730, 2000, "daily"),
            (730, 10_000, "daily"),
        ],
    )
    def test_auto_is_the_finest_that_fits(
        self, client: httpx.Client, dense: int, days: int, max_points: int, resolution: str
    ) -> None:
        start = END - timedelta(days=days)
        answer = get(client, dense, from_=start, to=END, max_points=max_points).json()
        assert answer["resolution"] == resolution
        assert 0 < len(answer["items"]) <= max_points
        assert answer["next"] is None

    def test_auto_takes_hours_between(self, client: httpx.Client, hub: Hub) -> None:
        start = (datetime.now(UTC) - timedelta(hours=30)).isoformat()
        answer = get(client, hub.a.moisture, from_=start, max_points=100).json()
        assert answer["resolution"] == "hourly"
        assert sum(item["count"] for item in answer["items"]) == 144
        assert {"time", "count", "avg", "min", "max", "last"} == set(answer["items"][0])

    def test_auto_says_when_even_days_are_too_many(self, client: httpx.Client, dense: int) -> None:
        start = END - timedelta(days=730)
        answer = get(client, dense, from_=start, to=END, max_points=100)
        assert answer.status_code == 422
        assert "100 points" in answer.json()["detail"]

    def test_a_long_period_without_data_is_fine(self, client: httpx.Client, hub: Hub) -> None:
        answer = get(client, hub.a.moisture, from_="1970-01-01T00:00:00Z", max_points=200)
        assert answer.json()["resolution"] == "raw"

    def test_the_hour_of_the_start_is_in(self, client: httpx.Client, dense: int) -> None:
        start = END - timedelta(minutes=10)
        for resolution in ("hourly", "daily"):
            answer = get(client, dense, from_=start, to=END, resolution=resolution).json()
            assert len(answer["items"]) == 1

    @pytest.mark.parametrize("resolution", ["raw", "hourly", "daily"])
    def test_pages_hold_every_point_once(
        self, client: httpx.Client, dense: int, resolution: str
    ) -> None:
        start = END - timedelta(days=3)
        whole = get(client, dense, from_=start, to=END, resolution=resolution).json()
        answer = get(client, dense, from_=start, to=END, resolution=resolution, max_points=10)
        seen, page = [], answer.json()
        seen += page["items"]
        while page["next"]:
            page = client.get(page["next"]).json()
            assert page["to"] == whole["to"]
            seen += page["items"]
        assert seen == whole["items"]


class TestCsv:
    def test_a_named_resolution_comes_whole(self, client: httpx.Client, dense: int) -> None:
        start = END - timedelta(days=730)
        answer = get(client, dense, from_=start, to=END, resolution="raw", format="csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["content-disposition"]
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert len(rows) == 17_520
        assert rows[-1] == {
            "time": "2026-02-28T23:30:00.000Z",
            "value": "0.0",
            "quality": "1",
            "tests": "0",
        }
        assert len({row["time"] for row in rows}) == len(rows)

    def test_by_accept(self, client: httpx.Client, dense: int) -> None:
        path = f"/api/v1/datastreams/{dense}/readings"
        answer = client.get(path, headers={"Accept": "text/csv"})
        assert answer.text == "time,value,quality,tests\r\n"
        assert "json" in client.get(path).headers["content-type"]

    def test_auto_stays_within_its_bound(self, client: httpx.Client, dense: int) -> None:
        start = END - timedelta(days=730)
        answer = get(client, dense, from_=start, to=END, format="csv")
        assert answer.text.startswith("time,count,avg,min,max,last\r\n")
        assert len(answer.text.splitlines()) == 732
        answer = get(client, dense, from_=start, to=END, format="csv", max_points=100)
        assert answer.status_code == 422

    def test_levels(self, client: httpx.Client, hub: Hub) -> None:
        answer = client.get(f"/api/v1/gauges/{hub.a.gauge}/levels", params={"format": "csv"})
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert len(rows) == 144
        # a face 500 cm above zero, 20 mm above the water
        assert rows[-1]["level_cm"] == "498.0"


def test_numbers_that_are_not_finite_become_null(client: httpx.Client, hub: Hub) -> None:
    values = {1: float("nan"), 2: float("inf"), 3: None, 4: 3.6}
    points = [(hub.world.ago(minutes=minutes), value) for minutes, value in values.items()]
    stream = hub.a.sensor.readings("battery_voltage", points)
    items = get(client, stream).json()["items"]
    assert [item["value"] for item in items] == [3.6, None, None, None]
    rows = list(csv.DictReader(io.StringIO(get(client, stream, format="csv").text)))
    assert [row["value"] for row in rows] == ["3.6", "", "", ""]


def test_latest_has_coordinates(client: httpx.Client, hub: Hub) -> None:
    answer = client.get("/api/v1/latest", params={"quantity": "soil_moisture_vwc"}).json()
    (row,) = answer["items"]
    assert (row["latitude"], row["longitude"]) == (51.39, 8.06)
    assert row["stale"] is False
    answer = client.get("/api/v1/latest", params={"site": hub.a.gauge}).json()
    assert [row["quantity"] for row in answer["items"]] == ["distance"]


def test_a_sensor_that_never_measured_anything_does_not_break_the_list(
    client: httpx.Client, hub: Hub
) -> None:
    device = hub.a.town.device(hub.a.town.site("forest"))
    device.readings("air_temperature", [(hub.world.ago(minutes=1), None, 9)])
    hub.owner.execute(
        "update core.latest set unchanged_since = null where datastream_id = %s",
        [device.stream("air_temperature")],
    )
    answer = client.get("/api/v1/latest", params={"quantity": "air_temperature"})
    assert answer.status_code == 200, answer.text
    [item] = answer.json()["items"]
    assert (item["value"], item["quality"], item["unchanged_since"]) == (None, 9, None)


def test_datastreams_by_site_and_device(client: httpx.Client, hub: Hub) -> None:
    for parameters in ({"site": hub.a.gauge}, {"device": hub.a.gauge_device}):
        items = client.get("/api/v1/datastreams", params=parameters).json()["items"]
        assert [row["datastream_id"] for row in items] == [hub.a.distance]
    one = client.get(f"/api/v1/datastreams/{hub.a.distance}").json()
    assert (one["shared"], one["finest"]) == (False, "raw")
