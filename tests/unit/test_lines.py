"""Names and notes that people write: nothing in them is invisible."""

from __future__ import annotations

import pytest

from regionhub.lines import read_line, read_lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" \t\n", "empty"),
        ("x" * 121, "120 characters"),
        ("Linde\u202eedniL", r"U\+202E \(right-to-left override\)"),
        ("Linde\u2028am Markt", "U\\+2028"),
        ("Lin\u00adde", "soft hyphen"),
        ("Lin\u200bde", "zero width space"),
        ("Linde\ufeff", "U\\+FEFF"),
        ("Linde\nam Markt", "U\\+000A"),
        ("Linde\x01", "control character"),
        ("Linde\x85x", "U\\+0085"),
        ("\ud800", "U\\+D800"),
        ("Linde\U000e0041", "U\\+E0041"),
    ],
)
def test_no_line(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_line(text)


def test_a_line() -> None:
    assert read_line("  Straße „Am Bärenloch“ 5 – Löschteich № 3 🌳 ") == (
        "Straße „Am Bärenloch“ 5 – Löschteich № 3 🌳"
    )
    assert read_line("x" * 120) == "x" * 120


def test_a_note() -> None:
    assert read_lines(" krank\n\tbis Mai\r\n") == "krank\n\tbis Mai"
    assert read_lines("") == ""
    with pytest.raises(ValueError, match="U\\+2067"):
        read_lines("a\u2067b")
