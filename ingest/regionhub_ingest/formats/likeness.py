"""Which server a message looks like: for the sentence about one that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

#: A key that only messages of this server have at their root.
_KEYS: Mapping[str, str] = {
    "deviceInfo": "chirpstack-v4",
    "end_device_ids": "tts-v3",
    "DevEUI_uplink": "thingpark",
    "DevEUI_location": "thingpark",
    "EUI": "loriot",
    "packet_type": "element-iot",
    "endDevice": "kerlink-wanesy",
}


def likeness(body: bytes) -> str | None:
    """Return the format whose messages have the keys of this body, None if none does."""
    try:
        message = _object(orjson.loads(body))
    except orjson.JSONDecodeError:
        return None
    for key, format_name in _KEYS.items():
        if key in message or key in _object(message.get("body")):
            return format_name
    heard = message.get("rxInfo")
    first = _object(heard[0]) if "devEUI" in message and isinstance(heard, list) and heard else {}
    if "mac" in first:
        return "milesight-gw"
    return "chirpstack-v3" if "gatewayID" in first else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
