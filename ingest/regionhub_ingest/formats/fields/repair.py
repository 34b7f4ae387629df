"""JSON that is not quite: what servers, codecs and brokers leave in a message.

A codec that divides by zero, a name in the alphabet of another century or the zero byte of a C
string would otherwise cost the frame, although nobody reads them.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

#: What a codec gives is not deeper; beyond it a value is left out.
_DEEPEST = 64
# A text (its end may be missing, so that this takes time in proportion to the length), a bracket,
# or a word for a number that JSON has not.
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]|[+-]?\b(?:nan|inf|infinity|undefined)\b',
    re.DOTALL | re.IGNORECASE | re.ASCII,
)
_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
# Half of a character that takes two escapes, and what only looks like one.
_ESCAPE = re.compile(rf"{_HIGH}{_LOW}|({_HIGH}|{_LOW})|\\.", re.DOTALL)


def repaired(body: bytes) -> Any:
    """What a body was meant to be, None if it is not even nearly JSON.

    Numbers that JSON has not (NaN, 1e400) are texts, which nobody takes for a number; so is what is
    nested more than 64 levels deep. Half characters and bytes of another alphabet are some other
    character. What follows a zero byte behind the value does not count.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    sound = _sound(text.strip())
    try:
        value, end = _DECODER.raw_decode(sound)
    except ValueError:
        return None
    rest = sound[end:].lstrip()
    return value if not rest or rest.startswith("\0") else None


def _sound(text: str) -> str:
    pieces: list[str] = []
    depth = at = 0
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if depth <= _DEEPEST:
            pieces.append(text[at : token.start()])
        at = token.end()
        depth -= sign in "]}"
        if depth <= _DEEPEST:
            if sign[0] == '"':
                sign = _ESCAPE.sub(_whole_character, sign)
            elif sign in "[{":
                sign = '"..."' if depth == _DEEPEST else sign
            elif sign in "]}":
                sign = "" if depth == _DEEPEST else sign
            else:
                sign = f'"{sign}"'
            pieces.append(sign)
        depth += token[0] in "[{"
    return "".join([*pieces, text[at:]])


def _whole_character(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape[1] else escape[0]


def _number(text: str) -> float | int | str:
    value = float(text)
    if not math.isfinite(value):
        return text[:40]
    return int(text) if text.lstrip("-").isdigit() and abs(value) < 2**63 else value


_DECODER = json.JSONDecoder(parse_int=_number, parse_float=_number, strict=False)
