"""What is said of devices that count anew or send often."""

from __future__ import annotations

import pytest
from tests.devices import Frame
from tests.world import Town, World


@pytest.fixture
def town(world: World) -> Town:
    return world.town("arnsberg")


def test_a_counter_that_began_again_is_no_loss(world: World, town: Town) -> None:
    device = town.device()
    counters = [*range(5000, 5020), *range(10), 12, 11, 13]  # a late frame, too
    device.uplinks(
        Frame(world.ago(minutes=10 * (len(counters) - number)), f_cnt)
        for number, f_cnt in enumerate(counters)
    )

    health = town.row("device_health", device_id=device.device_id)
    assert (health["received"], health["expected"]) == (33, 34)


def test_a_device_that_sends_each_minute_is_late_before_it_is_silent(
    world: World, town: Town
) -> None:
    device = town.device(interval_seconds=60)
    states = []
    for minutes in (5, 20, 60, 180):
        device.state(last_seen_at=world.ago(minutes=minutes))
        states.append(town.row("device_health", device_id=device.device_id)["state"])
    assert states == ["online", "online", "late", "silent"]
