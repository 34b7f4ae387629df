"""Protobuf as it stands on the wire, written without the library that reads it."""

from __future__ import annotations

import struct


def varint(value: int) -> bytes:
    """Seven bits in a byte, the lowest first; a negative number has ten bytes."""
    value &= 2**64 - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: float | str | bytes, *, single: bool = False) -> bytes:
    """One field; a float is a double, or with `single` a float."""
    if isinstance(value, float):
        packed = struct.pack("<f" if single else "<d", value)
        return varint(number << 3 | (5 if single else 1)) + packed
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def timestamp(seconds: int, nanos: int = 0) -> bytes:
    return field(1, seconds) + field(2, nanos)


TIME = timestamp(1778571683, 118_000_000)
HEARD = timestamp(1778571683, 171_482_903)


def chirpstack_event(*fields: bytes, dev_eui: str = "24e124136d0c0417") -> bytes:
    """The fields that up, join, ack, status and location share, and more."""
    device = field(1, "tenant") + field(8, dev_eui)
    return field(1, "5d0c8e0a") + field(2, TIME) + field(3, device) + b"".join(fields)


def chirpstack_up(*fields: bytes) -> bytes:
    """An uplink that one gateway heard, and more."""
    heard = field(1, "ac1f09fffe0a1b2c") + field(6, -57) + field(7, 12.3, single=True)
    lora = field(1, 125_000) + field(2, 7)
    sent = field(1, 868_500_000) + field(2, field(3, lora))
    return chirpstack_event(
        field(4, "01a4c3f2"),
        field(6, 5),
        field(7, 4711),
        field(8, 85),
        field(10, b"\x01\x75\x64"),
        field(12, heard + field(17, HEARD)),
        field(13, sent),
        *fields,
    )
