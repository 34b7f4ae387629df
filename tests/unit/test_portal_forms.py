"""Numbers as people write them into forms."""

from __future__ import annotations

import pytest

from regionhub.errors import InputError
from regionhub.web.portal.forms import read_number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("", None),
        ("  ", None),
        ("1,5", 1.5),
        (" -0.25 ", -0.25),
        ("7", 7.0),
        ("999999,9", 999999.9),
    ],
)
def test_with_a_comma_or_a_point(written: str, number: float | None) -> None:
    assert read_number(written) == number


@pytest.mark.parametrize(
    "written", ["viel", "1,5,2", "nan", "inf", "-Infinity", "1e400", "1 000", "2e6"]
)
def test_what_is_none_is_told_with_its_field(written: str) -> None:
    with pytest.raises(InputError) as refused:
        read_number(written, label="Breite", example="51,39", below=1e6)
    assert refused.value.de == f"Breite: „{written}“ ist keine Zahl wie 51,39."
    assert "such as 51.39" in refused.value.detail
