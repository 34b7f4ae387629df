"""Readers for the fields of a JSON message, shared by every format.

Each reader takes an object of the message and a key. Device, counter, port, payload and time make
the frame: their readers are strict and raise ParseError with one sentence that names the field.
What stands beside it (radio, gateways, names, the server's own codec) is unknown where it is odd.
Protobuf JSON leaves out whatever is zero, false or empty, so for all of them an absent field,
`null` and the default are the same; the readers called `optional_` tell them apart for servers that
do not. A number is never taken from a text or a bool: a format whose server quotes its numbers says
which ones with `numerals`.
"""

from __future__ import annotations

from regionhub_ingest.formats.fields.numbers import (
    MAX_UINT32,
    flag,
    number,
    numerals,
    optional_flag,
    optional_whole,
    position,
    whole,
)
from regionhub_ingest.formats.fields.objects import (
    Fields,
    child,
    children,
    decoded,
    event_of,
    json_object,
)
from regionhub_ingest.formats.fields.payloads import (
    MAX_PAYLOAD_BYTES,
    Encoding,
    base64_bytes,
    hex_bytes,
    payload,
)
from regionhub_ingest.formats.fields.radio import (
    MAX_BANDWIDTH_HZ,
    MAX_LEVEL,
    MIN_FREQUENCY_HZ,
    MIN_LEVEL,
    hertz,
    level,
    lora_rate,
    reception,
    scaled_hertz,
    spreading_factor,
)
from regionhub_ingest.formats.fields.refusal import beside, shown
from regionhub_ingest.formats.fields.texts import dev_addr, eui, gateway_id, reference, text, texts
from regionhub_ingest.formats.fields.times import Instant, epoch, instant

__all__ = [
    "MAX_BANDWIDTH_HZ", "MAX_LEVEL", "MAX_PAYLOAD_BYTES", "MAX_UINT32", "MIN_FREQUENCY_HZ",
    "MIN_LEVEL", "Encoding", "Fields", "Instant", "base64_bytes", "beside", "child", "children",
    "decoded", "dev_addr", "epoch", "eui", "event_of", "flag", "gateway_id", "hertz", "hex_bytes",
    "instant", "json_object", "level", "lora_rate", "number", "numerals", "optional_flag",
    "optional_whole", "payload", "position", "reception", "reference", "scaled_hertz", "shown",
    "spreading_factor", "text", "texts", "whole",
]  # fmt: skip
