"""Single false echoes: what is drawn beside the curve instead of as a flood."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.devices import Point
from tests.pages import Portal, label, row

from regionhub.features.gauges.echoes import false_echoes

START = datetime(2026, 5, 1, tzinfo=UTC)


def echoes(*levels: float | None, every: float = 10) -> list[int]:
    times = [START + timedelta(minutes=every * number) for number in range(len(levels))]
    return [place for place, doubted in enumerate(false_echoes(times, levels)) if doubted]


@pytest.mark.parametrize(
    ("levels", "every", "expected"),
    [
        ([60, 60.3, 350, 60, 60], 10, [2]),
        ([150, 152, 20, 151], 10, [2]),
        # a flood stays for more than one reading
        ([60, 60, 350, 360, 355], 10, []),
        ([60, 350, 360, 60], 10, []),
        # a small one may be a wave: 2 m an hour, of a quarter of an hour at least
        ([60, 109, 60], 10, []),
        ([60, 111, 60], 10, [1]),
        ([60, 159, 60], 30, []),
        # between two readings a crest may have passed
        ([60, 1900, 60], 360, []),
        ([60, None, 350, None, 60], 10, [2]),
        ([60, 350], 10, []),
        ([350, 60, 60], 10, []),
        ([], 10, []),
    ],
)
def test_what_stands_alone(levels: list[float | None], every: float, expected: list[int]) -> None:
    assert echoes(*levels, every=every) == expected


def test_where_they_are_seen(own_portal: Portal) -> None:
    """At a gauge on which an insect sat for a moment, and at one on which something sits now."""
    town = own_portal.world.town_of("arnsberg")
    stages: dict[str, Any] = {"stage_1_cm": 150, "stage_2_cm": 200, "stage_3_cm": 300}
    times = town.world.times(40)
    levels: list[Point] = [(time, 60.0) for time in times]
    past, present = (town.gauge(f"Echo {name}", **stages) for name in ("früher", "jetzt"))
    town.sensor(past, "water_level", *levels[:20], (times[20], 355.0), *levels[21:])
    town.sensor(present, "water_level", (times[0], 320.0), *levels[1:])
    town.world.decide()
    with own_portal.client("town") as crew:
        [chart] = crew.get(f"/standorte/{past}/kurven").json()["charts"]
        [line] = chart["lines"]
        assert set(line["values"]) == {60.0}
        assert chart["high"] < 150
        assert "1 unplausibler Wert liegt außerhalb" in chart["note"]

        board = crew.get("/pegel").text
        assert "Wasserstand der letzten 24 Stunden: " in label(board, "Echo früher")
        assert "355" not in row(board, "Echo früher")
        found = row(board, "Echo jetzt")
        assert "unter Stufe 1" in found
        assert "Stufe 3 unbestätigt" in found
        assert "320 cm" in found
        # behind what is sure to be a stage 3, and before all else
        assert re.findall(r'<a href="/standorte/\d+">([^<]+)</a>', board)[0] == "Echo jetzt"
        assert "Stufe 3 unbestätigt" in crew.get(f"/standorte/{present}").text
        words = "unbestätigt: ein einzelner Wert erreicht Stufe 3"
        assert words in row(crew.get("/").text, "Echo jetzt")
