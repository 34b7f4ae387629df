"""What a message says of radio: what is accepted, all else is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from regionhub_ingest.formats import fields as read


@pytest.mark.parametrize("value", ["868500000", 868500000, 868500000.0])
def test_hertz(value: object) -> None:
    assert read.hertz({"frequency": value}, "frequency") == 868_500_000


@pytest.mark.parametrize("value", ["868.5", "-1", "", "٨٦٨", "9" * 30, True, 868.5])
def test_not_hertz(value: object) -> None:
    assert read.hertz({"frequency": value}, "frequency") is None


@pytest.mark.parametrize(
    ("entry", "has_snr", "expected"),
    [
        ({"rssi": -119}, True, (-119, 0.0)),
        ({"rssi": -119}, False, (-119, None)),
        ({"rssi": 0, "snr": 3.0}, True, (None, 3.0)),
        ({}, True, (None, None)),
    ],
)
def test_reception(
    entry: dict[str, Any], has_snr: bool, expected: tuple[float | None, float | None]
) -> None:
    reception = read.reception(entry, "gateway", has_snr=has_snr)
    assert (reception.rssi, reception.snr) == expected


@pytest.mark.parametrize("value", [1e308, -1e308, 10**30, -1, 4300])
def test_a_frequency_that_no_radio_has_is_unknown(value: float) -> None:
    assert read.scaled_hertz({"f": value}, "f", unit=10**6) is None


@pytest.mark.parametrize("text", ["SF7BW125", "SF12BW125", "SF7BW" + "9" * 400])
def test_a_data_rate_in_words_is_never_a_fault(text: str) -> None:
    sf, bw_hz = read.lora_rate({"datr": text}, "datr")
    assert sf in {7, 12, None}
    assert bw_hz in {125_000, None}


@pytest.mark.parametrize("value", [1e300, -1e39, 1001, 10**30, "-57", False, [1]])
def test_a_level_that_no_radio_has_is_unknown(value: object) -> None:
    assert read.reception({"rssi": value}, "a", has_snr=True).rssi is None


@pytest.mark.parametrize("value", [0, 1e-300, -1e-300, 5e-324])
def test_a_level_too_small_to_be_stored_is_zero(value: float) -> None:
    assert read.reception({"rssi": -90, "snr": value}, "a", has_snr=True).snr == 0
    assert read.reception({"rssi": value}, "a", has_snr=True).rssi is None


@pytest.mark.parametrize("value", [10_000_001, 2**31, 2**32 - 1])
def test_a_bandwidth_that_no_radio_has_is_unknown(value: int) -> None:
    assert read.hertz({"bw": value}, "bw", high=read.MAX_BANDWIDTH_HZ) is None
    assert read.scaled_hertz({"bw": value}, "bw", unit=1, high=read.MAX_BANDWIDTH_HZ) is None
