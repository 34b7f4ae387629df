"""A year of faults: no alarm from an echo, no crossing missed; figures in docs/alarms.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.features.alarms.hub import alarm_town
from tests.features.alarms.labelled_year import (
    MOUNTED_CM,
    STAGES,
    Reading,
    Year,
    distance_readings,
    labelled_year,
    pressure_readings,
)
from tests.world import World

from regionhub.features.alarms.rules import rule
from regionhub.features.alarms.trial import Firing, try_rule

#: What a clock that is an hour off can move.
OFF = timedelta(minutes=75)


@pytest.mark.parametrize(
    ("quantity", "height", "readings"),
    [
        ("distance", MOUNTED_CM, distance_readings),
        ("pressure_difference", -20.0, pressure_readings),
    ],
)
def test_a_labelled_year(
    world: World,
    quantity: str,
    height: float,
    readings: Callable[[Year, int], list[Reading]],
) -> None:
    town = alarm_town(world)
    year = labelled_year(world.now.replace(second=0, microsecond=0) - timedelta(days=364), 17, 363)
    stages = dict(zip(("stage_1_cm", "stage_2_cm", "stage_3_cm"), STAGES, strict=True))
    device = town.town.device(
        town.town.gauge("Brücke", **stages), mounting_height_cm=height, interval_seconds=900
    )
    device.readings(quantity, readings(year, 18))
    for stage, limit in enumerate(STAGES, start=1):
        made = town.rule("signal", f"ab {stage}", signal="gauges", level=stage, on=False)
        with town.town.acting() as connection:
            found = try_rule(connection, rule(connection, made), world.now).firings
        crossings = year.crossings(limit)
        missed = [each for each in crossings if not any(meets(one, each) for one in found)]
        false = [one for one in found if not any(meets(one, each) for each in crossings)]
        assert missed == []
        if stage >= 2:
            assert false == []


def meets(firing: Firing, crossing: tuple[datetime, datetime]) -> bool:
    begun, over = crossing
    return begun - OFF <= firing.at <= over + OFF
