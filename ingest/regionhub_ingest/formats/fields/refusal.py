"""The sentence about a field that is not what its format says, and fields it is not worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from regionhub.errors import ParseError

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F")


def beside(
    reader: Callable[Concatenate[F, str, P], T],
    fields: F,
    key: str,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T | None:
    """Read a field that stands beside the frame: a fault there costs the field, not the frame."""
    try:
        return reader(fields, key, *args, **kwargs)
    except ParseError:
        return None


def wrong(key: str, wanted: str, value: object) -> ParseError:
    """The error about a value that is not what was wanted."""
    return ParseError(f"{key} must be {wanted}, not {shown(value)}")


def shown(value: object) -> str:
    """Show a value in a sentence, short and whatever it is."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"  # its repr may be endless, or nested too deeply to be made
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
