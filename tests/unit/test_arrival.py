"""The clock of the hub jumps; what has arrived did not."""

from __future__ import annotations

import pytest

from regionhub_ingest.arrival import ArrivalClock

SECOND = 10**9
DAY = 86400 * SECOND
START = 1_778_572_000 * SECOND


class Clocks:
    """A wall clock that is set, and a steady one that only runs."""

    def __init__(self) -> None:
        self.wall = START
        self.steady = 77 * SECOND

    def run(self, ns: int) -> None:
        self.wall += ns
        self.steady += ns


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def arrival(clocks: Clocks) -> ArrivalClock:
    return ArrivalClock(wall=lambda: clocks.wall, steady=lambda: clocks.steady)


def test_it_is_the_wall_clock(clocks: Clocks, arrival: ArrivalClock) -> None:
    clocks.run(5 * SECOND)
    assert arrival.now_ns() == START + 5 * SECOND


@pytest.mark.parametrize("back", [SECOND, 3600 * SECOND, 3 * DAY])
def test_a_step_back_does_not_take_it_along(
    clocks: Clocks, arrival: ArrivalClock, back: int
) -> None:
    clocks.wall -= back
    clocks.run(10 * SECOND)
    assert arrival.now_ns() == START + 10 * SECOND


def test_a_step_forward_takes_it_along_as_when_a_machine_was_asleep(
    clocks: Clocks, arrival: ArrivalClock
) -> None:
    clocks.wall += DAY
    assert arrival.now_ns() == START + DAY


def test_a_step_forward_that_is_taken_back_leaves_nothing(
    clocks: Clocks, arrival: ArrivalClock
) -> None:
    clocks.wall += DAY
    arrival.now_ns()
    clocks.wall -= DAY
    assert arrival.now_ns() == START
