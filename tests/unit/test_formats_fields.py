"""The strict readers: what they accept, and the sentence when they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from regionhub.errors import ParseError
from regionhub_ingest.formats import fields as read


@pytest.mark.parametrize(
    ("reader", "wrong"),
    [
        (read.child, []),
        (read.children, {}),
        (read.children, [1]),
        (read.children, [None]),
        (read.number, "1"),
        (read.number, True),
        (read.number, float("inf")),
        (read.flag, "false"),
        (read.flag, 1),
        (read.text, 1),
        (read.text, "\x00"),
        (read.text, "x" * 256),
        (read.texts, "x"),
        (read.texts, [1]),
        (read.decoded, "text"),
        (read.position, "x"),
    ],
)
def test_a_wrong_type_is_named(reader: Callable[[Any, str], object], wrong: object) -> None:
    with pytest.raises(ParseError, match=r"^field must be .+, not .+$"):
        reader({"field": wrong}, "field")
