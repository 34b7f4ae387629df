"""What a site without a decision of its own is called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from regionhub.web.portal.states import places

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def reading(theme: str, quality: int, *, minutes: int = 5, stale: bool = False) -> dict[str, Any]:
    return {
        "site_id": 1,
        "theme": theme,
        "quality": quality,
        "quantity": "air_temperature",
        "datastream_id": 1,
        "value": None if quality == 9 else 12.5,
        "symbol": "°C",
        "decimals": 1,
        "time": NOW - timedelta(minutes=minutes),
        "stale": stale,
    }


@pytest.mark.parametrize(
    ("latest", "state", "reason"),
    [
        ([], "no_data", "no_reading"),
        ([reading("air", 1)], "measuring", None),
        ([reading("air", 3)], "measuring", None),
        ([reading("air", 9)], "no_data", "no_usable_reading"),
        ([reading("air", 4), reading("air", 4)], "no_data", "no_usable_reading"),
        ([reading("air", 9), reading("air", 1, minutes=9)], "measuring", None),
        ([reading("air", 9), reading("device", 1)], "no_data", "no_usable_reading"),
        ([reading("device", 1)], "no_data", "no_reading"),
        ([reading("air", 1, minutes=600, stale=True)], "no_data", "stale"),
        (
            [reading("air", 1, minutes=600, stale=True), reading("air", 4)],
            "no_data",
            "no_usable_reading",
        ),
    ],
)
def test_what_measures_nothing_has_no_data(
    latest: list[dict[str, Any]], state: str, reason: str | None
) -> None:
    [place] = places([{"site_id": 1, "name": "Forst"}], [], [], latest)
    assert (place.state.code, place.reason) == (state, reason)
