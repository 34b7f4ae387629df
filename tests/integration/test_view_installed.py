"""A device is where it is installed now: from the very moment on, and at its end no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.world import World

from regionhub.sites import SiteKind

SECOND = timedelta(seconds=1)
#: View, quantity that its device measures, kind of site, and whether a row has the device there.
VIEWS: list[tuple[str, str, SiteKind, Callable[[dict[str, Any]], bool]]] = [
    ("device", "air_temperature", "road", lambda row: row["site_id"] is not None),
    ("latest", "air_temperature", "road", lambda row: row["site_id"] is not None),
    ("device_health", "air_temperature", "road", lambda row: row["site_id"] is not None),
    ("observation_signal", "air_temperature", "forest", lambda row: row["state"] == "measuring"),
    ("gauge", "water_level", "gauge", lambda row: row["no_data_reason"] is None),
    ("irrigation", "soil_moisture_vwc", "tree", lambda row: row["no_data_reason"] is None),
    # what is there and silent, and what is not there
    ("irrigation", "", "tree", lambda row: row["no_data_reason"] == "not_heard_yet"),
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
    kind: SiteKind,
    shows: Callable[[dict[str, Any]], bool],
    since: timedelta,
    until: timedelta | None,
    there: bool,
) -> None:
    town = world.town("olpe")
    texture = {"soil_texture": "Ls3"} if kind == "tree" else {}
    site, elsewhere = (town.site(kind, **texture) for _ in range(2))
    end = None if until is None else world.now + until
    device = town.device(site, since=world.now + since, until=end)
    device.stream(quantity or "soil_moisture_vwc")
    if quantity:
        time = world.now + max(since, -timedelta(minutes=1))
        device.readings(quantity, [(time, 20)])
        town.sensor(elsewhere, quantity, (world.now, 20))
    of_device = view in {"device", "latest", "device_health"}
    key = {"device_id": device.device_id} if of_device else {"site_id": site}
    row = town.row(view, **key)
    assert shows(row) is there
    if of_device and there:
        assert row["site_id"] == site
