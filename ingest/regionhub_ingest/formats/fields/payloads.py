"""Bytes, and the payload of a frame."""

from __future__ import annotations

import binascii
import re
from typing import Literal

from regionhub.errors import ParseError
from regionhub_ingest.formats.fields.objects import Fields
from regionhub_ingest.formats.fields.refusal import wrong

Encoding = Literal["base64", "hex"]

#: The longest payload of a LoRaWAN frame in Europe, bytes.
MAX_PAYLOAD_BYTES = 242

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_URL_SAFE = str.maketrans("-_", "+/")


def base64_bytes(fields: Fields, key: str) -> bytes:
    """Read bytes from base64, empty when absent.

    Missing padding and the URL-safe alphabet are fine, anything else foreign is refused: Python's
    lenient decoder would skip it and give wrong bytes. So are bits behind the last byte, which no
    encoder sets: they tell half of all hexadecimal texts from base64.
    """
    value = fields.get(key)
    if value is None:
        return b""
    if isinstance(value, str):
        encoded = value
        if ("-" in encoded or "_" in encoded) and not ("+" in encoded or "/" in encoded):
            encoded = encoded.translate(_URL_SAFE)
        if not encoded.endswith("="):
            encoded += "=" * (-len(encoded) % 4)
        try:
            decoded = binascii.a2b_base64(encoded, strict_mode=True)
            if binascii.b2a_base64(decoded, newline=False) == encoded.encode():
                return decoded
        except ValueError:  # binascii.Error is one
            pass
    raise wrong(key, "base64", value)


def hex_bytes(fields: Fields, key: str) -> bytes:
    """Read bytes from hexadecimal digits in either case, empty when absent."""
    value = fields.get(key)
    if value is None:
        return b""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise wrong(key, "whole bytes in hexadecimal digits", value)
    return bytes.fromhex(value)


def payload(fields: Fields, key: str, *, encoding: Encoding = "base64") -> bytes:
    """Read the application payload, empty when absent."""
    value = base64_bytes(fields, key) if encoding == "base64" else hex_bytes(fields, key)
    if len(value) > MAX_PAYLOAD_BYTES:
        raise ParseError(
            f"{key} has {len(value)} bytes, a LoRaWAN frame at most {MAX_PAYLOAD_BYTES}"
        )
    return value
