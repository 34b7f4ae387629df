"""The sentence about a field that is not what its format says."""

from __future__ import annotations

from regionhub.errors import ParseError


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
