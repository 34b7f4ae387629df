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
    ],
)
def test_a_wrong_type_is_named(reader: Callable[[Any, str], object], wrong: object) -> None:
    with pytest.raises(ParseError, match=r"^field must be .+, not .+$"):
        reader({"field": wrong}, "field")


@pytest.mark.parametrize("wrong", ["x", [], 1, None])
def test_an_object_that_is_none_is_empty(wrong: object) -> None:
    assert read.child({"field": wrong}, "field") == {}
    assert read.position({"field": wrong}, "field") == {}
    assert read.decoded({"field": wrong}, "field") is None


@pytest.mark.parametrize("list_", ["x", {}, 1, None, [1], [None, "x"]])
def test_of_a_list_only_objects_count(list_: object) -> None:
    assert read.children({"field": list_}, "field") == []
    assert read.children({"field": [1, {"a": 2}, None]}, "field") == [{"a": 2}]
