"""Numbers of a message: what is accepted, and the sentence when it is not."""

from __future__ import annotations

from typing import Any

import pytest

from regionhub.errors import ParseError
from regionhub_ingest.formats import fields as read


@pytest.mark.parametrize("value", [0, 0.0, None])
def test_zero_null_and_absent_are_the_same_number(value: object) -> None:
    assert read.whole({"fCnt": value}, "fCnt") == read.whole({}, "fCnt") == 0


def test_whole_numbers() -> None:
    assert read.whole({"fCnt": 2**32 - 1}, "fCnt") == 2**32 - 1
    integral = read.whole({"fCnt": 4242.0}, "fCnt")
    assert (integral, type(integral)) == (4242, int)
    assert read.whole({"margin": -20}, "margin", low=-128) == -20


@pytest.mark.parametrize("value", ["4711", 4711.5, True, -1, 2**32, 1e300, [], {}, ""])
def test_not_a_whole_number(value: object) -> None:
    with pytest.raises(ParseError, match=r"^fCnt must be a whole number from 0 to 4294967295, not"):
        read.whole({"fCnt": value}, "fCnt")


def test_a_position_of_zero_is_not_configured() -> None:
    assert read.position({}, "location") == {}
    assert read.position({"location": {}}, "location") == {}
    assert read.position({"location": {"latitude": 0, "longitude": 0.0}}, "location") == {}
    assert read.position({"location": {"longitude": 7.6}}, "location") == {
        "latitude": 0.0,
        "longitude": 7.6,
    }
    with pytest.raises(ParseError, match="not on the earth"):
        read.position({"location": {"latitude": 91}}, "location")


def test_a_wrong_value_is_shown_short() -> None:
    nested: list[Any] = []
    for _ in range(1000):
        nested = [nested]
    for wrong in (nested, {"a": nested}, "x" * 60_000):
        with pytest.raises(ParseError) as caught:
            read.whole({"fCnt": wrong}, "fCnt")
        assert len(caught.value.detail) < 130
