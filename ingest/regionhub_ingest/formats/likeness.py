"""Which server a message looks like: for the sentence about one that cannot be read."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from regionhub_ingest.formats.format import Format


def likeness(body: bytes, formats: Iterable[Format]) -> str | None:
    """Return the name of the format whose messages look like this body, None if none does."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(message, dict):
        return None
    alike = (one.name for one in formats if one.likeness is not None and one.likeness(message))
    return next(alike, None)
