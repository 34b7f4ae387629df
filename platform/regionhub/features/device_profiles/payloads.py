"""Payloads and devices as people type them on the test bench."""

from __future__ import annotations

import base64
import binascii
import re
import time

from regionhub.errors import InputError
from regionhub.euis import read_dev_eui
from regionhub.features.device_profiles.bench import Tried


def read_payload(text: str) -> bytes:
    """Bytes from hexadecimal digits, also with spaces, colons or 0x; else from base64.

    Raises:
        InputError: it is neither.
    """
    packed = re.sub(r"0x|[\s:,-]", "", text, flags=re.IGNORECASE)
    try:
        if re.fullmatch(r"(?:[0-9a-fA-F]{2})*", packed):
            return bytes.fromhex(packed)
        return base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (ValueError, binascii.Error):
        raise InputError(
            "The payload is neither hexadecimal nor base64.",
            de="Die Nutzdaten sind weder hexadezimal (0A1B…) noch Base64.",
        ) from None


def typed_frame(payload: str, f_port: int | None) -> Tried:
    """A frame that somebody typed; it came now."""
    return Tried(
        f_port=f_port, payload=read_payload(payload), time_ns=time.time_ns(), parameters={}
    )


def dev_eui(text: str) -> str:
    """A DevEUI as it was typed.

    Raises:
        InputError: it is none.
    """
    try:
        return read_dev_eui(text)
    except ValueError as error:
        raise InputError(f"DevEUI {error}", de="Die DevEUI hat 16 Stellen (0–9, A–F).") from None
