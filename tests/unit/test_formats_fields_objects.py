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
        b'{"fCnt": 1} {"fCnt": 2}',
        b'{"fCnt": 1}}',
        b"NaN",
        b"[" * 30_000,
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


@pytest.mark.parametrize(
    ("odd", "value"),
    [
        (b"NaN", "NaN"),
        (b"-Infinity", "-Infinity"),
        (b"nan", "nan"),
        (b"undefined", "undefined"),
        (b"1e400", "1e400"),
        (b"9" * 5000, "9" * 40),
        (b'"NaN"', "NaN"),
        (b'"\\ud800 \\ud83d\\ude00 \\\\ud800"', "\ufffd \N{GRINNING FACE} \\ud800"),
        (b'"B\xfcme {"', "Büme {"),
        (b'"a\0\n"', "a\0\n"),
        (b"12", 12),
        (b"-1.5", -1.5),
    ],
)
def test_a_fault_in_one_place_leaves_all_others(odd: bytes, value: object) -> None:
    body = b'{"object": {"t": %s, "n": [NaN]}, "fCnt": 7}' % odd
    assert read.json_object(body) == {"object": {"t": value, "n": ["NaN"]}, "fCnt": 7}


@pytest.mark.parametrize("depth", [70, 2_000, 50_000])
def test_what_is_nested_too_deeply_is_left_out(depth: int) -> None:
    body = b'{"object": %s1, NaN%s, "fCnt": 7}' % (b'{"a": [' * depth, b"]}" * depth)
    assert read.json_object(body)["fCnt"] == 7


@pytest.mark.parametrize("end", [b"\0", b"\0\0 rest of an older message}", b"\r\n\0"])
def test_behind_a_zero_byte_nothing_counts(end: bytes) -> None:
    assert read.json_object(b'{"fCnt": 1}' + end) == {"fCnt": 1}


def test_a_decoded_object_that_could_not_be_written_is_left_out() -> None:
    nested: dict[str, Any] = {}
    for _ in range(300):
        nested = {"deeper": nested}
    assert read.decoded({"object": nested}, "object") is None
