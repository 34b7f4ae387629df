"""What arrived over MQTT, untouched."""

from __future__ import annotations

from typing import NamedTuple


class Envelope(NamedTuple):
    """One MQTT message as the broker delivered it.

    `received_ns` is the arrival in nanoseconds since 1970-01-01 UTC; None when a message
    comes from a file and nobody knows when it arrived.
    """

    topic: str
    body: bytes
    received_ns: int | None
    retained: bool = False
    redelivered: bool = False
