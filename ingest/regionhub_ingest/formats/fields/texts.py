"""Texts: names, ids and EUIs."""

from __future__ import annotations

import re

from regionhub.euis import eui_by_server
from regionhub_ingest.formats.fields.objects import Fields
from regionhub_ingest.formats.fields.payloads import base64_bytes
from regionhub_ingest.formats.fields.refusal import wrong

_BASE64_EUI = re.compile(r"[A-Za-z0-9+/_-]{11}=")
_DEV_ADDR = re.compile(r"[0-9A-Fa-f]{8}")


def text(fields: Fields, key: str) -> str | None:
    """Read an id or a name of at most 255 printable characters, None when absent or empty."""
    value = fields.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 255 or not value.isprintable():
        raise wrong(key, "a printable text of at most 255 characters", value)
    return value


def texts(fields: Fields, key: str) -> list[str]:
    """Read an array of texts, empty when absent."""
    value = fields.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise wrong(key, "an array", value)
    return [item for item in (text({key: entry}, key) for entry in value) if item]


def reference(fields: Fields, key: str) -> str | None:
    """Read an id that a server made up, a text or a whole number, None when absent."""
    value = fields.get(key)
    return str(value) if type(value) is int else text(fields, key)


def eui(fields: Fields, key: str) -> str | None:
    """Read a DevEUI or gateway EUI into 16 lower-case hexadecimal digits, None when absent.

    It may be written as hexadecimal digits in either case, as pairs with `-` or `:`, after a
    prefix such as `eui-`, or as the base64 of the eight bytes.
    """
    value = fields.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if found := eui_by_server(value):
            return found
        if _BASE64_EUI.fullmatch(value):
            return base64_bytes(fields, key).hex()
    raise wrong(key, "an EUI of 16 hexadecimal digits", value)


def gateway_id(fields: Fields, key: str) -> str | None:
    """Read a gateway's EUI or, as it is, any other id; None when absent."""
    value = reference(fields, key)
    return value and (eui_by_server(value) or value)


def dev_addr(fields: Fields, key: str) -> str | None:
    """Read a DevAddr into eight lower-case hexadecimal digits, None when absent."""
    value = fields.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _DEV_ADDR.fullmatch(value):
        raise wrong(key, "a device address of 8 hexadecimal digits", value)
    return value.lower()
