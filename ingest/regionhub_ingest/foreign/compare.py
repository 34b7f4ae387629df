"""Whether a codec gave what its example promises."""

from __future__ import annotations

import re
from math import isclose, isnan
from typing import Any

# `LTR: 1,` in YAML is the text "1,": whoever wrote it meant the number.
_WITH_COMMA = re.compile(r"(-?\d+(?:\.\d+)?),")


def same(expected: Any, got: Any) -> bool:
    """Compare structurally and numerically: 1 is 1.0, -0 is 0, null is as good as absent."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return all(same(expected.get(key), got.get(key)) for key in expected.keys() | got.keys())
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(map(same, expected, got))
    if _is_number(got):
        if isinstance(expected, str) and (match := _WITH_COMMA.fullmatch(expected.strip())):
            expected = float(match[1])
        if _is_number(expected):
            return isclose(expected, got, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(expected, float) and isnan(expected):
        return got is None  # NaN has no place in JSON
    return type(expected) is type(got) and bool(expected == got)


def of_another_device(expected: Any, got: Any) -> bool:
    """Whether an example promises fields of which the codec knows none."""
    names = expected.keys() if isinstance(expected, dict) else set()
    known = got.keys() if isinstance(got, dict) else set()
    return bool(names) and bool(known) and not names & known


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)
