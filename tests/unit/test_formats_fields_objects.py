"""Objects of a message: what is accepted, and the sentence when it is not."""

from __future__ import annotations

from typing import Any

import pytest

from regionhub.errors import ParseError
from regionhub_ingest.formats import fields as read


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x0a\x24protobuf",
        b"null",
        b"[]",
        b'"text"',
        b'{"fCnt": 1',
        b'{"fCnt": NaN}',
        b'{"fCnt": Infinity}',
        b'{"fCnt": 1e400}',
        b'{"fCnt": ' + b"9" * 5000 + b"}",
        b'{"object": "\xff"}',
        b'{"object": "\\ud800"}',
        b"[" * 30_000,
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
    ],
)
def test_not_a_json_object(body: bytes) -> None:
    with pytest.raises(ParseError, match="the body"):
        read.json_object(body)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b" \n", "is empty"),
        (b"\x1f\x8b\x08\x00", "is compressed, not JSON: switch compression off"),
        ("{}".encode("utf-16"), "is UTF-16: JSON has to be sent as UTF-8"),
        (b"\x0a\x08\xff\xc3", "is binary, not JSON: let the server send JSON"),
        (b"{'a': 1}", "is not JSON: "),
    ],
)
def test_what_a_body_is_instead_of_json(body: bytes, says: str) -> None:
    with pytest.raises(ParseError, match=f"^the body {says}"):
        read.json_object(body)


def test_json_with_a_byte_order_mark() -> None:
    assert read.json_object(b'\xef\xbb\xbf{"fCnt": 1}') == {"fCnt": 1}


def test_of_a_repeated_key_the_last_counts() -> None:
    assert read.json_object(b'{"fCnt": 1, "fCnt": 2}') == {"fCnt": 2}


def test_a_decoded_object_that_could_not_be_written_is_refused() -> None:
    nested: dict[str, Any] = {}
    for _ in range(300):
        nested = {"deeper": nested}
    with pytest.raises(ParseError, match="nested too deeply"):
        read.decoded({"object": nested}, "object")
