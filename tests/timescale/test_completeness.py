"""The ledger over compressed chunks, and a frame that is imported into one of them."""

from __future__ import annotations

import pytest
from tests.conftest import TimescaleDatabase
from tests.devices import Frame
from tests.world import World

pytestmark = pytest.mark.timescale


def test_gaps_in_compressed_chunks_are_seen_and_filled(timescale: TimescaleDatabase) -> None:
    world = World(timescale.owner())
    town = world.town()
    device = town.device(interval_seconds=3600)

    def ledger() -> tuple[int, int, int, int]:
        [found] = world.ask(
            town.dashboards,
            "select expected, received, recovered, missing "
            "from api.completeness(%s, now() - interval '60 days', now())",
            device.device_id,
        )
        return tuple(found.values())

    def send(*, recovered: bool) -> None:
        device.uplinks(
            Frame(world.ago(hours=hours), 2000 - hours, recovered=recovered)
            for hours in range(1, 1001)
            if (hours % 7 == 0) == recovered
        )

    send(recovered=False)
    assert world.select(
        "select compress_chunk(c, if_not_compressed => true) "
        "from show_chunks('core.uplink', older_than => now() - interval '15 days') c"
    )
    assert ledger() == (1000, 858, 0, 142)
    send(recovered=True)
    assert ledger() == (1000, 858, 142, 0)
