"""Levels and stages where a sensor was moved, and to how many digits they are said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.hub import Hub
from tests.town import Town
from tests.world import World

from regionhub.errors import InputError


@pytest.fixture
def town(world: World) -> Town:
    return world.town("arnsberg")


def test_a_level_of_two_places_stands_in_no_rollup(town: Town) -> None:
    day = datetime(2026, 2, 10, 23, tzinfo=UTC)  # midnight in Berlin
    first, second = town.gauge(), town.gauge()
    moved = day + timedelta(hours=12, minutes=30)
    device = town.device(first, since=day, mounting_height_cm=300)
    device.install(second, since=moved, mounting_height_cm=900)
    times = [day + timedelta(minutes=minutes) for minutes in range(0, 48 * 60, 10)]
    device.readings("distance", [(t, 2000.0 if t < moved else 8000.0) for t in times])

    def levels(view: str, site: int) -> list[tuple[datetime, float]]:
        rows = town.select(
            f"select bucket, avg_cm, min_cm, max_cm from api.{view} "
            "where site_id = %s order by bucket",
            site,
        )
        assert all(row["avg_cm"] == row["min_cm"] == row["max_cm"] == 100 for row in rows)
        return [(row["bucket"], row["avg_cm"]) for row in rows]

    assert len(levels("water_level_hourly", first)) == 12
    assert levels("water_level_hourly", second)[0][0] == day + timedelta(hours=13)
    assert levels("water_level_daily", first) == []
    assert levels("water_level_daily", second) == [(day + timedelta(days=1), 100)]


@pytest.mark.parametrize("stages", [(None, 200, None), (200, None, 300), (200, 100, None)])
def test_stages_have_no_gap(town: Town, stages: tuple[float | None, ...]) -> None:
    with pytest.raises(InputError, match="without a gap"):
        town.gauge(stage_1_cm=stages[0], stage_2_cm=stages[1], stage_3_cm=stages[2])


def test_of_two_sensors_at_a_gauge_the_higher_fresh_level_counts(world: World, town: Town) -> None:
    gauge = town.gauge(stage_1_cm=100, stage_2_cm=150)
    levels = {"fresh and high": (160.0, 10), "fresher and low": (90.0, 2), "old": (300.0, 600)}
    for level_cm, minutes in levels.values():
        distance = (400.0 - level_cm) * 10
        device = town.device(gauge, mounting_height_cm=400)
        times = (world.ago(minutes=minutes + 10), world.ago(minutes=minutes))
        device.readings("distance", [(time, distance) for time in times])

    row = town.row("gauge", site_id=gauge)
    assert (row["level_cm"], row["stage"], row["stale"]) == (160.0, 2, False)


def _gauge(town: Town, *levels_cm: float, height: float, stage: float) -> int:
    """A gauge under a distance sensor with readings of the last minutes, the newest last."""
    gauge = town.gauge(stage_1_cm=stage, gauge_zero_m=188.42)
    town.device(gauge, mounting_height_cm=height).readings(
        "distance",
        [
            (town.world.ago(minutes=minutes), round((height - level_cm) * 10, 6))
            for minutes, level_cm in enumerate(reversed(levels_cm), start=1)
        ],
    )
    return gauge


def test_no_computed_value_has_the_noise_of_floating_point(hub: Hub) -> None:
    gauge = _gauge(hub.a.town, 32.8, 32.4, 33.3, 32.9, height=400, stage=500)
    client = hub.client(key=hub.a.key)

    def asked(path: str, **parameters: str) -> list[dict[str, Any]]:
        answer = client.get(f"/api/v1/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def decimals(value: float) -> int:
        return len(repr(value).partition(".")[2])

    rows = asked(f"gauges/{gauge}/levels", resolution="raw")
    assert [row["level_cm"] for row in rows] == [32.8, 32.4, 33.3, 32.9]
    for resolution in ("hourly", "daily"):
        for row in asked(f"gauges/{gauge}/levels", resolution=resolution):
            assert max(decimals(row[name]) for name in ("avg_cm", "min_cm", "max_cm")) <= 2
    csv = client.get(f"/api/v1/gauges/{gauge}/levels", params={"format": "csv"}).text
    assert [line.split(",")[2] for line in csv.split()[1:]] == ["32.8", "32.4", "33.3", "32.9"]
    [row] = [row for row in asked("gauges") if row["site_id"] == gauge]
    assert (row["level_cm"], row["median_cm"], row["level_m_nhn"]) == (32.9, 32.9, 188.749)
    assert decimals(row["slope_cm_per_hour"]) <= 2


@pytest.mark.parametrize(
    ("level_cm", "stage", "reached"),
    [(32.9, 32.9, 1), (32.4, 32.4, 1), (32.8999, 32.9, 0), (130.07, 130.07, 1), (67.3, 67.31, 0)],
)
def test_a_stage_is_decided_on_the_level_before_it_is_rounded(
    town: Town, level_cm: float, stage: float, reached: int
) -> None:
    """400 cm - 367.1 cm is 32.89999999999998 for a computer, and 32.9 for everybody else."""
    gauge = _gauge(town, level_cm, height=400, stage=stage)
    row = town.row("gauge", site_id=gauge)
    assert (row["stage"], row["level_cm"]) == (reached, round(level_cm, 2))
