from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regionhub.errors import VocabularyError
from regionhub.quantities import Conversion, load_vocabulary, parse_vocabulary

VECTORS = Path(__file__).parents[1] / "data" / "device_vectors"


@pytest.mark.parametrize(
    ("value", "unit", "quantity", "expected"),
    [
        (0.27415, "m3/m3", "soil_moisture_vwc", 27.415),
        (19.57, "%", "soil_moisture_vwc", 19.57),
        (1.2, "dS/m", "soil_ec", 1200.0),
        (-0.971000492573, "bar", "pressure_difference", -971.000492573),
        (2025.0, "mm", "water_level", 202.5),
        (3298.0, "mV", "battery_voltage", 3.298),
        (273.15, "K", "air_temperature", 0.0),
        (0.5, "mm", "dendrometer_position", 500.0),
        (-3.4, "kPa", "soil_water_potential", -3.4),
    ],
)
def test_converts_without_noise(value: float, unit: str, quantity: str, expected: float) -> None:
    assert load_vocabulary().convert(value, unit, quantity) == expected


CONVERSIONS = sorted(
    pair for pair, conversion in load_vocabulary().conversions.items() if conversion
)


@given(
    st.sampled_from(CONVERSIONS),
    st.lists(
        st.floats()
        | st.floats(-1e4, 1e4)
        | st.integers(-(10**6), 10**6).map(lambda n: n / 1000)
        # just at the middle between two decimals of twelve digits
        | st.integers(10**11, 10**12).map(lambda n: n / 1e9 + 5e-10)
        | st.builds(
            lambda n, power: n * 10.0**power, st.integers(-(10**13), 10**13), st.integers(-40, 9)
        )
    ),
)
@example(("bar", "pressure_difference"), [1e-15, -5e-324])
def test_many_values_become_what_each_of_them_does(
    pair: tuple[str, str], values: list[float]
) -> None:
    conversion = load_vocabulary().conversions[pair]
    assert conversion is not None
    expected = [conversion.of(value) for value in values]
    # as text, which tells -0.0 from 0.0 and takes NaN for NaN
    assert list(map(repr, conversion.of_all(np.array(values)).tolist())) == list(
        map(repr, expected)
    )


def test_beyond_the_powers_of_ten_that_a_float_holds() -> None:
    conversion = Conversion(factor=10_000, offset=0, divisor=10)
    values = [1e-15, -5e-324, 3.3e-14, 1.7e-12]
    assert conversion.of_all(np.array(values)).tolist() == list(map(conversion.of, values))


@pytest.mark.parametrize(
    ("unit", "quantity", "words"),
    [
        ("degC", "soil_ec", "soil_ec cannot be measured in degC"),
        ("furlong", "distance", "unknown unit furlong"),
        ("mm", "mood", "unknown quantity mood"),
        ("%", "soil_permittivity", "cannot be measured"),
    ],
)
def test_refuses_what_cannot_be(unit: str, quantity: str, words: str) -> None:
    with pytest.raises(VocabularyError, match=words):
        load_vocabulary().convert(1.0, unit, quantity)


#: Units that the data write in words.
UNITS = {"clicks (wraps at 256)": "count", None: "1"}


def test_knows_everything_that_devices_measure() -> None:
    vocabulary = load_vocabulary()
    for file in VECTORS.glob("*.json"):
        for vector in json.loads(file.read_text("utf-8"))["vectors"]:
            for entry in vector.get("measurements", []):
                vocabulary.convert(1.0, UNITS.get(entry["unit"], entry["unit"]), entry["quantity"])


def test_limits_are_in_order() -> None:
    for quantity in load_vocabulary().quantities.values():
        outer = quantity.range_fail or (float("-inf"), float("inf"))
        inner = quantity.limits.suspect or outer
        assert outer[0] <= inner[0] < inner[1] <= outer[1], quantity.name


@pytest.mark.parametrize(
    "text",
    [
        "units: [",
        "units: {}",
        "units: {m: {ucum: m, symbol: m, bas: mm}}\nquantities: {}",
        "units: {m: {ucum: m, symbol: m, base: mm}}\nquantities: {}",
        "units: {}\nquantities: {a: {unit: m, names: {de: a, en: a}, theme: soil, decimals: 0}}",
    ],
)
def test_a_broken_vocabulary_is_refused(text: str) -> None:
    with pytest.raises(VocabularyError):
        parse_vocabulary(text)
