"""What the views decide where a device was moved, began to count again or measured nothing yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from regionhub.store.database import Connection

if TYPE_CHECKING:
    from tests.integration.conftest import Hub

_numbers = count(0xD0000000)


class Bench:
    """Sites, devices and readings of the first town, as a test needs them."""

    def __init__(self, hub: Hub) -> None:
        self.owner: Connection = hub.owner
        self.tenant = hub.a.tenant_id
        self.source = hub.a.source

    def site(self, kind: str, **columns: Any) -> int:
        name = f"{kind} {next(_numbers)}"
        return self._insert(
            "insert into core.site (tenant_id, name, kind, soil_texture) "
            "values (%s, %s, %s, %s) returning site_id",
            self.tenant,
            name,
            kind,
            columns.get("soil_texture"),
        )

    def device(self, interval_seconds: int = 600) -> int:
        number = next(_numbers)
        return self._insert(
            "insert into core.device (tenant_id, dev_eui, name, profile_id, interval_seconds) "
            "values (%s, %s, %s, 'acme/soil', %s) returning device_id",
            self.tenant,
            f"{number:016x}",
            f"device {number}",
            interval_seconds,
        )

    def install(
        self,
        device: int,
        site: int,
        start: datetime,
        end: datetime | None = None,
        height: float | None = None,
    ) -> None:
        self.owner.execute(
            "insert into core.installation (tenant_id, device_id, site_id, "
            "from_time, to_time, mounting_height_cm) values (%s, %s, %s, %s, %s, %s)",
            [self.tenant, device, site, start, end, height],
        )

    def stream(self, device: int, quantity: str) -> int:
        return self._insert(
            "insert into core.datastream (tenant_id, device_id, quantity) values (%s, %s, %s) "
            "returning datastream_id",
            self.tenant,
            device,
            quantity,
        )

    def reading(self, stream: int, time: datetime, value: float) -> None:
        self.owner.execute(
            "insert into core.reading (datastream_id, tenant_id, time, value, quality) "
            "values (%s, %s, %s, %s, 1)",
            [stream, self.tenant, time, value],
        )

    def uplink(self, device: int, time: datetime, f_cnt: int) -> None:
        self.owner.execute(
            "insert into core.uplink (uplink_id, tenant_id, source_id, device_id, time, "
            "time_source, received_at, dev_addr, f_cnt, payload, content_key, gateways, "
            "receptions, profile_id) values (nextval('core.uplink_id'), %s, %s, %s, %s, 'event', "
            "%s, '01a4c3f2', %s, '', 0, 1, '[]', 'acme/soil')",
            [self.tenant, self.source, device, time, time, f_cnt],
        )

    def _insert(self, statement: Any, *values: object) -> int:
        row = self.owner.execute(statement, values).fetchone()
        assert row is not None
        return int(next(iter(row.values())))


@pytest.fixture(scope="module")
def bench(hub: Hub) -> Bench:
    return Bench(hub)


@pytest.fixture
def asked(hub: Hub) -> Callable[..., dict[str, Any]]:
    def ask(path: str, **parameters: Any) -> dict[str, Any]:
        answer = hub.client(key=hub.a.key).get(f"/api/v1/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return ask


def row_of(bench: Bench, view: str, key: str, value: int) -> dict[str, Any]:
    """One row of a view as the town's own role sees it."""
    with bench.owner.transaction():
        bench.owner.execute("set local role rh_t_arnsberg")
        row = bench.owner.execute(
            f"select * from api.{view} where {key} = %s",
            [value],
        ).fetchone()
    assert row is not None
    return row


def test_a_tree_is_not_judged_by_what_its_sensor_measured_elsewhere(bench: Bench) -> None:
    now = datetime.now(UTC)
    before, after = (bench.site("tree", soil_texture="Ls3") for _ in range(2))
    device = bench.device()
    moved = now - timedelta(hours=2)
    bench.install(device, before, now - timedelta(days=90), moved)
    bench.install(device, after, moved)
    stream = bench.stream(device, "soil_moisture_vwc")
    for minutes in range(5, 24 * 60, 10):
        time = now - timedelta(minutes=minutes)
        bench.reading(stream, time, 16.0 if time >= moved else 31.0)

    tree = row_of(bench, "irrigation", "site_id", after)
    assert tree["vwc_pct"] == 16.0
    assert tree["irrigation_level"] == "now"
    assert row_of(bench, "irrigation", "site_id", before)["irrigation_level"] == "no_data"


def test_a_level_of_two_places_stands_in_no_rollup(bench: Bench) -> None:
    day = datetime(2026, 2, 10, 23, tzinfo=UTC)  # midnight in Berlin
    first, second = (bench.site("gauge") for _ in range(2))
    device = bench.device()
    moved = day + timedelta(hours=12, minutes=30)
    bench.install(device, first, day, moved, height=300)
    bench.install(device, second, moved, height=900)
    stream = bench.stream(device, "distance")
    for minutes in range(0, 48 * 60, 10):
        time = day + timedelta(minutes=minutes)
        bench.reading(stream, time, 2000.0 if time < moved else 8000.0)

    def levels(view: str, site: int) -> list[tuple[datetime, float]]:
        rows = bench.owner.execute(
            f"select bucket, avg_cm, min_cm, max_cm from api.{view} "
            "where site_id = %s order by bucket",
            [site],
        ).fetchall()
        assert all(row["avg_cm"] == row["min_cm"] == row["max_cm"] == 100 for row in rows)
        return [(row["bucket"], row["avg_cm"]) for row in rows]

    with bench.owner.transaction():
        bench.owner.execute("set local role rh_t_arnsberg")
        assert len(levels("water_level_hourly", first)) == 12
        assert levels("water_level_hourly", second)[0][0] == day + timedelta(hours=13)
        assert levels("water_level_daily", first) == []
        assert levels("water_level_daily", second) == [(day + timedelta(days=1), 100)]


def test_a_counter_that_began_again_is_no_loss(bench: Bench) -> None:
    now = datetime.now(UTC)
    device = bench.device()
    counters = [*range(5000, 5020), *range(10), 12, 11, 13]  # a late frame, too
    for i, f_cnt in enumerate(counters):
        bench.uplink(device, now - timedelta(minutes=10 * (len(counters) - i)), f_cnt)

    health = row_of(bench, "device_health", "device_id", device)
    assert (health["received"], health["expected"]) == (33, 34)


def test_a_device_that_sends_each_minute_is_late_before_it_is_silent(bench: Bench) -> None:
    device = bench.device(interval_seconds=60)
    states = []
    for minutes in (5, 20, 60, 180):
        bench.owner.execute(
            "insert into core.device_state (device_id, tenant_id, last_seen_at) "
            "values (%s, %s, now() - make_interval(mins => %s)) "
            "on conflict (device_id) do update set last_seen_at = excluded.last_seen_at",
            [device, bench.tenant, minutes],
        )
        states.append(row_of(bench, "device_health", "device_id", device)["state"])
    assert states == ["online", "online", "late", "silent"]


def test_a_sensor_that_never_measured_anything_does_not_break_the_list(
    bench: Bench, asked: Callable[..., dict[str, Any]]
) -> None:
    site = bench.site("forest")
    device = bench.device()
    bench.install(device, site, datetime.now(UTC) - timedelta(days=1))
    stream = bench.stream(device, "air_temperature")
    bench.owner.execute(
        "insert into core.latest (datastream_id, tenant_id, time, value, quality, received_at) "
        "values (%s, %s, now(), null, 9, now())",
        [stream, bench.tenant],
    )
    [item] = asked("latest", site=site)["items"]
    assert (item["value"], item["quality"], item["unchanged_since"]) == (None, 9, None)


def test_stages_have_no_gap(bench: Bench) -> None:
    site = bench.site("gauge")
    for stages in ((None, 200, None), (200, None, 300), (200, 100, None)):
        with pytest.raises(Exception, match="violates check constraint"):
            bench.owner.execute(
                "update core.site set stage_1_cm = %s, stage_2_cm = %s, stage_3_cm = %s "
                "where site_id = %s",
                [*stages, site],
            )


@pytest.mark.parametrize(
    ("quantity", "value", "level"),
    [
        ("soil_water_tension", 5.0, "wet"),
        ("soil_water_tension", 33.0, "good"),
        ("soil_water_tension", 34.0, "soon"),
        ("soil_water_tension", 81.0, "soon"),
        ("soil_water_tension", 82.0, "now"),
        # Ls3: wilting point 15.3 %, field capacity 31.5 % by volume
        ("soil_moisture_vwc", 31.5, "wet"),
        ("soil_moisture_vwc", 23.5, "good"),
        ("soil_moisture_vwc", 23.3, "soon"),
        ("soil_moisture_vwc", 20.3, "soon"),
        ("soil_moisture_vwc", 20.0, "now"),
    ],
)
def test_limits_of_the_irrigation_levels(
    bench: Bench, quantity: str, value: float, level: str
) -> None:
    now = datetime.now(UTC)
    tree, device = bench.site("tree", soil_texture="Ls3"), bench.device()
    bench.install(device, tree, now - timedelta(days=2))
    bench.reading(bench.stream(device, quantity), now - timedelta(minutes=5), value)

    assert row_of(bench, "irrigation", "site_id", tree)["irrigation_level"] == level


def test_an_old_value_is_no_data(bench: Bench) -> None:
    now = datetime.now(UTC)
    tree, device = bench.site("tree", soil_texture="Ls3"), bench.device()
    bench.install(device, tree, now - timedelta(days=2))
    bench.reading(bench.stream(device, "soil_moisture_vwc"), now - timedelta(hours=7), 30.0)

    row = row_of(bench, "irrigation", "site_id", tree)
    assert (row["irrigation_level"], row["no_data_reason"]) == ("no_data", "no_recent_reading")


def test_of_two_sensors_at_a_gauge_the_higher_fresh_level_counts(bench: Bench) -> None:
    now = datetime.now(UTC)
    gauge = bench.site("gauge")
    bench.owner.execute(
        "update core.site set stage_1_cm = 100, stage_2_cm = 150 where site_id = %s", [gauge]
    )
    levels = {"fresh and high": (160.0, 10), "fresher and low": (90.0, 2), "old": (300.0, 600)}
    for level_cm, minutes in levels.values():
        device = bench.device()
        bench.install(device, gauge, now - timedelta(days=1), height=400.0)
        distance = (400.0 - level_cm) * 10
        bench.reading(bench.stream(device, "distance"), now - timedelta(minutes=minutes), distance)

    row = row_of(bench, "gauge", "site_id", gauge)
    assert (row["level_cm"], row["stage"], row["stale"]) == (160.0, 2, False)


def _gauge(bench: Bench, *levels_cm: float, height: float, stage: float) -> int:
    """A gauge under a distance sensor with readings of the last minutes, the newest last."""
    now = datetime.now(UTC)
    gauge, device = bench.site("gauge"), bench.device()
    bench.owner.execute(
        "update core.site set stage_1_cm = %s, gauge_zero_m = 188.42 where site_id = %s",
        [stage, gauge],
    )
    bench.install(device, gauge, now - timedelta(days=1), height=height)
    stream = bench.stream(device, "distance")
    for minutes, level_cm in enumerate(reversed(levels_cm), start=1):
        bench.reading(stream, now - timedelta(minutes=minutes), round((height - level_cm) * 10, 6))
    return gauge


def test_no_computed_value_has_the_noise_of_floating_point(
    bench: Bench, asked: Callable[..., dict[str, Any]], hub: Hub
) -> None:
    gauge = _gauge(bench, 32.8, 32.4, 33.3, 32.9, height=400, stage=500)
    tree, device = bench.site("tree", soil_texture="Ss"), bench.device()
    now = datetime.now(UTC)
    bench.install(device, tree, now - timedelta(days=2))
    stream = bench.stream(device, "soil_moisture_vwc")
    for minutes, value in enumerate((8.1, 8.3, 8.3), start=1):
        bench.reading(stream, now - timedelta(minutes=minutes), value)

    def decimals(value: float) -> int:
        return len(repr(value).partition(".")[2])

    rows = asked(f"gauges/{gauge}/levels", resolution="raw")["items"]
    assert [row["level_cm"] for row in rows] == [32.8, 32.4, 33.3, 32.9]
    for resolution in ("hourly", "daily"):
        for row in asked(f"gauges/{gauge}/levels", resolution=resolution)["items"]:
            assert max(decimals(row[name]) for name in ("avg_cm", "min_cm", "max_cm")) <= 2
    client = hub.client(key=hub.a.key)
    csv = client.get(f"/api/v1/gauges/{gauge}/levels", params={"format": "csv"}).text
    assert [line.split(",")[2] for line in csv.split()[1:]] == ["32.8", "32.4", "33.3", "32.9"]
    [row] = [row for row in asked("gauges")["items"] if row["site_id"] == gauge]
    assert (row["level_cm"], row["median_cm"], row["level_m_nhn"]) == (32.9, 32.9, 188.749)
    assert decimals(row["slope_cm_per_hour"]) <= 2
    for row in asked(f"datastreams/{stream}/readings", resolution="hourly")["items"]:
        assert decimals(row["avg"]) <= 6
    [row] = [row for row in asked("irrigation")["items"] if row["site_id"] == tree]
    assert (row["vwc_pct"], row["nfk_pct"]) == (8.3, 50.8)


@pytest.mark.parametrize(
    ("level_cm", "stage", "reached"),
    [(32.9, 32.9, 1), (32.4, 32.4, 1), (32.8999, 32.9, 0), (130.07, 130.07, 1), (67.3, 67.31, 0)],
)
def test_a_stage_is_decided_on_the_level_before_it_is_rounded(
    bench: Bench, level_cm: float, stage: float, reached: int
) -> None:
    """400 cm - 367.1 cm is 32.89999999999998 for a computer, and 32.9 for everybody else."""
    gauge = _gauge(bench, level_cm, height=400, stage=stage)
    row = row_of(bench, "gauge", "site_id", gauge)
    assert (row["stage"], row["level_cm"]) == (reached, round(level_cm, 2))


@pytest.mark.parametrize(
    ("nfk_pct", "shown", "level"),
    [(30, 30.0, "soon"), (29.9999, 29.9, "now"), (49.96, 49.9, "soon"), (50, 50.0, "good")],
)
@pytest.mark.parametrize("soil_texture", ["Ss", "Ls3", "Tu3"])
def test_plant_available_water_is_never_rounded_over_a_limit(
    bench: Bench, soil_texture: str, nfk_pct: float, shown: float, level: str
) -> None:
    now = datetime.now(UTC)
    tree, device = bench.site("tree", soil_texture=soil_texture), bench.device()
    bench.install(device, tree, now - timedelta(days=2))
    row = bench.owner.execute(
        "select wilting_point_pct + %s / 100.0 * (field_capacity_pct - wilting_point_pct) as vwc "
        "from core.soil_texture where soil_texture = %s",
        [nfk_pct, soil_texture],
    ).fetchone()
    assert row is not None
    bench.reading(bench.stream(device, "soil_moisture_vwc"), now - timedelta(minutes=5), row["vwc"])

    found = row_of(bench, "irrigation", "site_id", tree)
    assert (found["irrigation_level"], found["nfk_pct"]) == (level, shown)
    assert row_of(bench, "signal", "site_id", tree)["value"] == int(shown)
