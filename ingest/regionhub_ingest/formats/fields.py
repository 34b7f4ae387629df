"""Strict readers for the fields of a JSON message, shared by every format.

Each reader takes an object of the message and a key, and raises ParseError with one sentence that
names the field. Protobuf JSON leaves out whatever is zero, false or empty, so for all of them an
absent field, `null` and the default are the same; the readers called `optional_` tell them apart
for servers that do not. A number is never taken from a text or a bool: a format whose server
quotes its numbers says which ones with `numerals`.
"""

from __future__ import annotations

import binascii
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

import orjson

from regionhub.errors import ParseError
from regionhub.euis import eui_by_server
from regionhub.times import from_rfc3339
from regionhub.uplinks import Reception

Fields: TypeAlias = Mapping[str, Any]
Encoding = Literal["base64", "hex"]


class Instant(int):
    """A time that a binary message wrote as a number: nanoseconds since 1970-01-01 UTC."""


#: The longest payload of a LoRaWAN frame in Europe, bytes.
MAX_PAYLOAD_BYTES = 242
MAX_UINT32 = 2**32 - 1
#: No radio of LoRaWAN sends lower: a mapping that says Hz means MHz.
MIN_FREQUENCY_HZ = 1_000_000
#: No radio of LoRaWAN has a channel that wide, Hz.
MAX_BANDWIDTH_HZ = 10_000_000
#: No level of a received signal is further from 0, dBm or dB ...
MAX_LEVEL = 1000
#: ... and what is nearer is 0: a column of four bytes could not hold it.
MIN_LEVEL = 1e-9

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_GZIP = b"\x1f\x8b"
_BASE64_EUI = re.compile(r"[A-Za-z0-9+/_-]{11}=")
_DEV_ADDR = re.compile(r"[0-9A-Fa-f]{8}")
_DIGITS = re.compile(r"[0-9]{1,19}")
_NUMERAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_LORA_RATE = re.compile(r"SF([0-9]{1,2})(?:\s*BW([0-9]{1,4}(?:\.[0-9]+)?))?(?:\s.*)?", re.ASCII)
_CONTAINERS = {dict, list}
_URL_SAFE = str.maketrans("-_", "+/")


def json_object(body: bytes, *, alone: bool = False) -> dict[str, Any]:
    """Read the JSON object of a message body; of a repeated key the last value counts.

    `alone` says that it may stand in an array of its own. orjson already refuses NaN, Infinity,
    numbers beyond a double, bad UTF-8 and deep nesting.

    Raises:
        ParseError: not JSON, or not an object.
    """
    try:
        value = orjson.loads(body.removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
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
    """Read an object inside the message, empty when absent."""
    value = fields.get(key)
    if type(value) is dict:
        return value
    if value is None:
        return {}
    raise _wrong(key, "an object", value)


def children(fields: Fields, key: str, *, alone: bool = False) -> list[dict[str, Any]]:
    """Read an array of objects, empty when absent.

    `alone` says that one object may come without its array, as converters from XML write it.
    """
    value = fields.get(key)
    if value is None:
        return []
    if alone and isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise _wrong(key, "an array", value)
    for item in value:
        if not isinstance(item, dict):
            raise _wrong(key, "an array of objects", item)
    return value


def whole(fields: Fields, key: str, *, low: int = 0, high: int = MAX_UINT32) -> int:
    """Read a whole number, 0 when absent. 4242.0 is one: bridges write integers that way."""
    value = fields.get(key)
    if value is None:
        return 0
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is int and low <= value <= high:
        return value
    raise _wrong(key, f"a whole number from {low} to {high}", value)


def optional_whole(fields: Fields, key: str, *, high: int = MAX_UINT32) -> int | None:
    """Read a whole number, None when absent."""
    return None if fields.get(key) is None else whole(fields, key, high=high)


def numerals(fields: Fields, keys: Iterable[str]) -> dict[str, Any]:
    """Return the object with the texts of some keys read as numbers, if they are written in digits.

    A text that is none stays, and the reader of its field refuses it.
    """
    numbers = {}
    for key in keys:
        value = fields.get(key)
        if isinstance(value, str) and (match := _NUMERAL.fullmatch(value)):
            numbers[key] = float(value) if match[1] else int(value)
    return {**fields, **numbers}


def hertz(fields: Fields, key: str, *, high: int = MAX_UINT32) -> int | None:
    """Read a frequency or bandwidth in Hz, None when absent. 64-bit integers come as text."""
    value = fields.get(key)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        fields = {key: int(value)}
    return whole(fields, key, high=high) or None


def scaled_hertz(
    fields: Fields, key: str, *, unit: int, low: int = 0, high: int = MAX_UINT32
) -> int | None:
    """Read a frequency or bandwidth given in a unit of so many hertz, None when absent or zero."""
    value = number(fields, key)
    if not value:
        return None
    hz = value * unit
    if not low <= hz <= high:  # a float may be infinite here
        raise _wrong(key, f"a frequency from {low} to {high} Hz", value)
    return round(hz) or None


def lora_rate(fields: Fields, key: str) -> tuple[int | None, int | None]:
    """Read spreading factor and bandwidth (Hz) from a text such as "SF7BW125" or "SF7 BW125 4/5".

    None for what it does not say, such as the bit rate of another modulation.
    """
    value = fields.get(key)
    if isinstance(value, str):
        match = _LORA_RATE.fullmatch(value)
    else:
        match = None
        number(fields, key)
    if match is None:
        return None, None
    sf = whole({key: int(match[1])}, key, high=12) or None
    return sf, None if match[2] is None else round(float(match[2]) * 1000) or None


def number(fields: Fields, key: str) -> float | None:
    """Read a finite number, None when absent."""
    value = fields.get(key)
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return value
    if value is None:
        return None
    raise _wrong(key, "a number", value)


def level(fields: Fields, key: str) -> float | None:
    """Read a signal level or a ratio in decibels, None when absent."""
    value = number(fields, key)
    if value is None or MIN_LEVEL <= abs(value) <= MAX_LEVEL:
        return value
    if abs(value) < MIN_LEVEL:
        return 0.0
    raise _wrong(key, f"a level within {MAX_LEVEL} dB of 0", value)


def flag(fields: Fields, key: str) -> bool:
    """Read true or false, false when absent."""
    value = fields.get(key)
    if value is None:
        return False
    if value is True or value is False:
        return value
    raise _wrong(key, "true or false", value)


def optional_flag(fields: Fields, key: str) -> bool | None:
    """Read true or false, None when absent."""
    return None if fields.get(key) is None else flag(fields, key)


def text(fields: Fields, key: str) -> str | None:
    """Read an id or a name of at most 255 printable characters, None when absent or empty."""
    value = fields.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 255 or not value.isprintable():
        raise _wrong(key, "a printable text of at most 255 characters", value)
    return value


def reference(fields: Fields, key: str) -> str | None:
    """Read an id that a server made up, a text or a whole number, None when absent."""
    value = fields.get(key)
    return str(value) if type(value) is int else text(fields, key)


def gateway_id(fields: Fields, key: str) -> str | None:
    """Read a gateway's EUI or, as it is, any other id; None when absent."""
    value = reference(fields, key)
    return value and (eui_by_server(value) or value)


def texts(fields: Fields, key: str) -> list[str]:
    """Read an array of texts, empty when absent."""
    value = fields.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong(key, "an array", value)
    return [item for item in (text({key: entry}, key) for entry in value) if item]


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
    raise _wrong(key, "an EUI of 16 hexadecimal digits", value)


def dev_addr(fields: Fields, key: str) -> str | None:
    """Read a DevAddr into eight lower-case hexadecimal digits, None when absent."""
    value = fields.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _DEV_ADDR.fullmatch(value):
        raise _wrong(key, "a device address of 8 hexadecimal digits", value)
    return value.lower()


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
    raise _wrong(key, "base64", value)


def hex_bytes(fields: Fields, key: str) -> bytes:
    """Read bytes from hexadecimal digits in either case, empty when absent."""
    value = fields.get(key)
    if value is None:
        return b""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise _wrong(key, "whole bytes in hexadecimal digits", value)
    return bytes.fromhex(value)


def payload(fields: Fields, key: str, *, encoding: Encoding = "base64") -> bytes:
    """Read the application payload, empty when absent."""
    value = base64_bytes(fields, key) if encoding == "base64" else hex_bytes(fields, key)
    if len(value) > MAX_PAYLOAD_BYTES:
        raise ParseError(
            f"{key} has {len(value)} bytes, a LoRaWAN frame at most {MAX_PAYLOAD_BYTES}"
        )
    return value


def decoded(fields: Fields, key: str) -> dict[str, Any] | None:
    """Read what the server's own codec made of the payload, None when absent."""
    if fields.get(key) is None:
        return None
    value = child(fields, key)
    if _CONTAINERS.isdisjoint(map(type, value.values())):
        return value
    try:
        # orjson writes 254 levels but reads 1024: refuse now what could not be stored or shown,
        # with room for what it gets wrapped in.
        orjson.dumps([[[[value]]]])
    except orjson.JSONEncodeError:
        raise ParseError(f"{key} is nested too deeply") from None
    return value


def decoded_object(fields: Fields, key: str) -> dict[str, Any] | None:
    """Read the same where a codec may also answer with something else: that is not kept."""
    return decoded(fields, key) if isinstance(fields.get(key), dict) else None


def instant(fields: Fields, key: str) -> int | None:
    """Read a timestamp into nanoseconds since 1970-01-01 UTC, None when absent.

    A time before 1970 counts as absent: it is how servers write "never" (year 1). So does one
    after 2262, which has no place in 64 bits: a gateway's clock gone wild loses no frame.
    """
    value = fields.get(key)
    if value is None or value == "":
        return None
    if type(value) is Instant:
        ns: int = value
    else:
        try:
            ns = from_rfc3339(value)
        except (TypeError, ValueError):
            raise _wrong(key, "a timestamp with an offset from UTC", value) from None
    return ns if 0 <= ns < 2**63 else None


def epoch(fields: Fields, key: str, *, unit_ns: int) -> int | None:
    """Read a time in units of so many nanoseconds since 1970 UTC, None when absent or zero."""
    value = number(fields, key)
    if value is None:
        return None
    ns = value * unit_ns
    if not 0 <= ns < 2**63:  # a float may be infinite here
        raise _wrong(key, "a time since 1970", value)
    return round(ns) or None


def position(fields: Fields, key: str) -> dict[str, float]:
    """Read `latitude` and `longitude` in degrees, empty when absent or 0/0: not configured."""
    place = child(fields, key)
    latitude = number(place, "latitude") or 0.0
    longitude = number(place, "longitude") or 0.0
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise ParseError(f"{key} is not on the earth: {latitude:.9g}, {longitude:.9g}")
    return {"latitude": latitude, "longitude": longitude} if latitude or longitude else {}


def reception(
    fields: Fields,
    gateway_id: str | None,
    *,
    has_snr: bool,
    rssi: str = "rssi",
    snr: str = "snr",
) -> Reception:
    """Read how one gateway heard the frame, for servers that leave out zeros.

    0 dBm is not plausible, so an absent or zero RSSI is unknown; beside a known RSSI an absent
    SNR is exactly 0 dB, unless the modulation has none (FSK, LR-FHSS).
    """
    dbm = level(fields, rssi) or None
    db = level(fields, snr) or (0.0 if has_snr and dbm is not None else None)
    return Reception(gateway_id=gateway_id, rssi=dbm, snr=db)


def _wrong(key: str, wanted: str, value: object) -> ParseError:
    return ParseError(f"{key} must be {wanted}, not {shown(value)}")


def shown(value: object) -> str:
    """Show a value in a sentence, short and whatever it is."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"  # its repr may be endless, or nested too deeply to be made
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
