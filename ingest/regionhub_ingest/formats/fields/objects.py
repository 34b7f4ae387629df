"""JSON objects: a message, what stands inside it, and what a codec made of a payload."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import orjson

from regionhub.errors import ParseError
from regionhub_ingest.formats.fields.refusal import shown
from regionhub_ingest.formats.fields.repair import repaired

Fields: TypeAlias = Mapping[str, Any]

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_GZIP = b"\x1f\x8b"
_CONTAINERS = {dict, list}


def json_object(body: bytes, *, alone: bool = False) -> dict[str, Any]:
    """Read the JSON object of a message body; of a repeated key the last value counts.

    `alone` says that it may stand in an array of its own. A body that is not quite JSON is read as
    far as a frame goes (`repair`).

    Raises:
        ParseError: not JSON, or not an object.
    """
    body = body.removeprefix(_BOM)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        value = repaired(body)
        if value is None:
            raise ParseError(f"the body {_not_json(body) or f'is not JSON: {error}'}") from None
    if alone and isinstance(value, list):
        if len(value) != 1:
            raise ParseError(
                f"the body is an array of {len(value)} messages: each has to be published by itself"
            )
        value = value[0]
    if not isinstance(value, dict):
        raise ParseError(f"the body must be a JSON object, not {shown(value)}")
    return value


def _not_json(body: bytes) -> str | None:
    """What a body is instead, where one can tell, and what to do."""
    if not body.strip():
        return "is empty"
    if body.startswith(_GZIP):
        return "is compressed, not JSON: switch compression off"
    if body.startswith(_UTF_16):
        return "is UTF-16: JSON has to be sent as UTF-8"
    try:
        body.decode()
    except UnicodeDecodeError:
        return "is binary, not JSON: let the server send JSON (ChirpStack calls that marshaler)"
    return None


def event_of(body: Fields, shapes: Mapping[str, str]) -> str:
    """Tell which event a body is by the keys it has, for topics that an operator made up.

    Raises:
        ParseError: it has none of the keys.
    """
    for key, event in shapes.items():
        if body.get(key) is not None:
            return event
    raise ParseError("the body has none of the fields that tell its event")


def child(fields: Fields, key: str) -> dict[str, Any]:
    """Read an object inside the message, empty when absent or something else."""
    value = fields.get(key)
    return value if type(value) is dict else {}


def children(fields: Fields, key: str, *, alone: bool = False) -> list[dict[str, Any]]:
    """Read an array of objects, empty when absent; what is no object is left out.

    `alone` says that one object may come without its array, as converters from XML write it.
    """
    value = fields.get(key)
    if alone and isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def decoded(fields: Fields, key: str) -> dict[str, Any] | None:
    """Read what the server's own codec made of the payload, None when absent or of no use."""
    value = fields.get(key)
    if not isinstance(value, dict):
        return None
    if _CONTAINERS.isdisjoint(map(type, value.values())):
        return value
    try:
        # orjson writes 254 levels but reads 1024: leave out what could not be stored or shown,
        # with room for what it gets wrapped in.
        orjson.dumps([[[[value]]]])
    except orjson.JSONEncodeError:
        return None
    return value
