"""A device is where it is installed now: from the very moment on, and at its end no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.world import Row, World

SECOND = timedelta(seconds=1)
#: View, quantity that its device measures, kind of site, and whether a row has the device there.
VIEWS: list[tuple[str, str, str, Callable[[Row], bool]]] = [
    ("device", "air_temperature", "road", lambda row: row["site_id"] is not None),
    ("latest", "air_temperature", "road", lambda row: row["site_id"] is not None),
    ("device_health", "air_temperature", "road", lambda row: row["site_id"] is not None),
    ("observation_signal", "air_temperature", "road", lambda row: row["state"] == "measuring"),
    ("gauge", "water_level", "gauge", lambda row: row["no_data_reason"] is None),
    ("irrigation", "soil_moisture_vwc", "tree", lambda row: row["no_data_reason"] is None),
    # what is there and silent, and what is not there
    ("irrigation", "", "tree", lambda row: row["no_data_reason"] == "no_recent_reading"),
]


@pytest.mark.parametrize(
    ("since", "until", "there"),
    [
        (-timedelta(days=9), None, True),
        (timedelta(), None, True),
        (SECOND, None, False),
        (-timedelta(days=9), SECOND, True),
        (-timedelta(days=9), timedelta(), False),
        (-timedelta(days=9), -SECOND, False),
    ],
)
@pytest.mark.parametrize(("view", "quantity", "kind", "shows"), VIEWS)
def test_installed(
    world: World,
    view: str,
    quantity: str,
    kind: str,
    shows: Callable[[Row], bool],
    since: timedelta,
    until: timedelta | None,
    there: bool,
) -> None:
    town = world.town("olpe")
    site, elsewhere = (world.site(town, kind, soil_texture="Ls3") for _ in range(2))
    hangs: dict[str, Any] = {
        "from_time": world.now + since,
        "to_time": None if until is None else world.now + until,
    }
    stream = world.sensor(site, quantity or "soil_moisture_vwc", **hangs)
    if quantity:
        time = world.now + max(since, -timedelta(minutes=1))
        world.reading(stream, time, 20)
        world.latest(stream, time, 20)
        other = world.sensor(elsewhere, quantity)
        world.reading(other, world.now, 20)
        world.latest(other, world.now, 20)
    key = "device_id" if view in {"device", "latest", "device_health"} else "site_id"
    row = world.row(view, **{key: (stream if key == "device_id" else site)[key]})
    assert shows(row) is there
    if key == "device_id" and there:
        assert row["site_id"] == site["site_id"]
