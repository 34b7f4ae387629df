"""Which time of an uplink is believed."""

from __future__ import annotations

import pytest

from regionhub.errors import NoTime, ParseError
from regionhub.times import NS_PER_SECOND
from regionhub_ingest.formats.clock import agreed, choose

NOW = 1_778_572_883 * NS_PER_SECOND
HOUR = 3600 * NS_PER_SECOND
YEAR_1980 = 315_964_800 * NS_PER_SECOND


@pytest.mark.parametrize(
    ("event_offset", "source"),
    [
        (-24 * HOUR - 1, "network"),
        (-24 * HOUR, "event"),
        (0, "event"),
        (120 * NS_PER_SECOND, "event"),
        (120 * NS_PER_SECOND + 1, "network"),
    ],
)
def test_the_event_must_lie_near_the_network_time(event_offset: int, source: str) -> None:
    event_ns = NOW + event_offset
    expected = (event_ns if source == "event" else NOW, source)
    assert choose(event_ns, NOW, None) == expected
    # A message that waited in the broker for a month keeps its time.
    assert choose(event_ns, NOW, NOW + 720 * HOUR) == expected


def test_without_a_network_time_the_arrival_is_the_yardstick() -> None:
    assert choose(NOW - HOUR, None, NOW) == (NOW - HOUR, "event")
    assert choose(YEAR_1980, None, NOW) == (NOW, "arrival")
    assert choose(NOW + HOUR // 2, None, NOW) == (NOW, "arrival")


@pytest.mark.parametrize(
    ("hours", "source"),
    [(10, "event"), (30, "event"), (72, "event"), (719, "event"), (721, "arrival")],
)
def test_what_waited_in_a_broker_keeps_its_own_time(hours: int, source: str) -> None:
    """A server without a clock of its own: what waited over a weekend is not of today."""
    sent = NOW - hours * HOUR
    assert choose(sent, None, NOW) == (sent if source == "event" else NOW, source)


SECOND = NS_PER_SECOND


@pytest.mark.parametrize(
    ("heard", "near", "expected"),
    [
        ([0], 0, 0),
        ([-5 * HOUR, 0], 0, 0),
        ([-5 * HOUR, 0], None, -5 * HOUR),
        ([-5 * HOUR, SECOND, 2 * SECOND], -5 * HOUR, SECOND),
        ([2 * SECOND, HOUR, SECOND, 0], HOUR, 0),
        ([0, 61 * SECOND], 61 * SECOND, 61 * SECOND),
        ([], 0, None),
    ],
)
def test_of_several_clocks_most_count(
    heard: list[int], near: int | None, expected: int | None
) -> None:
    assert agreed(heard, near) == expected


def test_a_late_frame_may_lie_any_time_back() -> None:
    month_ago = NOW - 720 * HOUR
    assert choose(month_ago, None, NOW, late=True) == (month_ago, "event")
    assert choose(month_ago, NOW, NOW, late=True) == (month_ago, "event")
    assert choose(YEAR_1980, NOW, NOW, late=True) == (NOW, "network")
    assert choose(NOW + HOUR, NOW, None, late=True) == (NOW, "network")


def test_a_network_clock_that_was_never_set_is_not_believed() -> None:
    assert choose(NOW, YEAR_1980, NOW) == (NOW, "event")
    assert choose(None, YEAR_1980, NOW) == (NOW, "arrival")


def test_without_a_yardstick_the_event_time_is_taken_unless_its_clock_was_never_set() -> None:
    assert choose(NOW, None, None) == (NOW, "event")
    for late in (False, True):
        with pytest.raises(NoTime):
            choose(YEAR_1980, None, None, late=late)


def test_without_an_event_time() -> None:
    assert choose(None, NOW, NOW + 1) == (NOW, "network")
    assert choose(None, None, NOW) == (NOW, "arrival")
    with pytest.raises(ParseError, match="no time"):
        choose(None, None, None)
