"""Times of a message: what is accepted, and the sentence when it is not."""

from __future__ import annotations

import pytest

from regionhub.errors import ParseError
from regionhub.times import from_rfc3339
from regionhub_ingest.formats import fields as read


def test_instant_keeps_nine_digits_and_any_offset() -> None:
    assert read.instant({"t": "1970-01-01T01:00:00.123456789+01:00"}, "t") == 123_456_789
    assert read.instant({"t": "0001-01-01T00:00:00Z"}, "t") is None
    assert read.instant({"t": "2262-04-11T23:47:16Z"}, "t") == 9_223_372_036_000_000_000
    assert read.instant({"t": "2262-04-11T23:47:17Z"}, "t") is None
    assert read.instant({"t": "9999-12-31T23:59:59-12:00"}, "t") is None
    assert read.instant({"t": None}, "t") is None


@pytest.mark.parametrize(
    "value",
    ["2026-05-12T07:41:23", "2026-13-12T07:41:23Z", "2026-05-12", "gestern", 1778572883,
     "9999-13-31T23:59:59-12:00", "2026-05-12T07:41:23+99:99", "٢٠٢٦-05-12T07:41:23Z", True],
)  # fmt: skip
def test_not_an_instant(value: object) -> None:
    with pytest.raises(ParseError, match=r"^t must be a timestamp with an offset"):
        read.instant({"t": value}, "t")


@pytest.mark.parametrize("value", [1e308, -1e308, 10**30, -1, 2.0**63])
def test_an_epoch_that_no_clock_shows_is_refused(value: float) -> None:
    with pytest.raises(ParseError, match="at must be a time since 1970"):
        read.epoch({"at": value}, "at", unit_ns=10**9)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-11-30T05:00:00", "2026-11-30T04:00:00Z"),
        ("2026-07-30 05:00:00.25", "2026-07-30T03:00:00.25Z"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        ("2026-11-30T05:00:00Z", "2026-11-30T05:00:00Z"),
        ("2026-11-30T05:00:00+0500", "2026-11-30T00:00:00Z"),
    ],
)
def test_a_time_without_an_offset_is_of_a_zone(written: str, utc: str) -> None:
    assert read.instant({"t": written}, "t", zone="Europe/Berlin") == from_rfc3339(utc)


@pytest.mark.parametrize("written", ["05:00", "gestern", "2026-13-01T00:00:00", 5])
def test_a_time_of_a_zone_that_is_none(written: object) -> None:
    with pytest.raises(ParseError, match=r"^t must be a timestamp, not"):
        read.instant({"t": written}, "t", zone="Europe/Berlin")
