"""Bytes of a message: what is accepted, and the sentence when it is not."""

from __future__ import annotations

import pytest

from regionhub.errors import ParseError
from regionhub_ingest.formats import fields as read


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        (None, ""),
        ("", ""),
        ("/wNYAg==", "ff035802"),
        ("/wNYAg", "ff035802"),
        ("_wNYAg==", "ff035802"),
        ("_wNYAg", "ff035802"),
        ("-_-_", "fbffbf"),
    ],
)
def test_base64(encoded: str | None, expected: str) -> None:
    assert read.base64_bytes({"data": encoded}, "data").hex() == expected


@pytest.mark.parametrize(
    "encoded",
    ["/wNY Ag==", "/wNYAg==\n", "/wNYAg=", "A", "=", "==AA", "AA==AA==", "-/-/", "+_", "äöü=",
     "AQ*=", "\x00", 7, True, ["AQ=="], "AXVkA2fpAARoex==", "0175640367e90004687b0"],
)  # fmt: skip
def test_not_base64(encoded: object) -> None:
    with pytest.raises(ParseError, match=r"^data must be base64"):
        read.base64_bytes({"data": encoded}, "data")


def test_a_payload_fits_into_a_frame() -> None:
    assert len(read.payload({"data": "AAAA" * 80 + "AAA="}, "data")) == 242
    with pytest.raises(ParseError, match="data has 243 bytes"):
        read.payload({"data": "AAAA" * 81}, "data")
