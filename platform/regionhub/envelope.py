"""What arrived over MQTT, untouched."""

from __future__ import annotations

from typing import NamedTuple


class Envelope(NamedTuple):
    """One MQTT message as the broker delivered it.

    `received_ns` is the arrival in nanoseconds since 1970-01-01 UTC; None when a message
    comes from a file and nobody knows when it arrived. `dead_letter_id` is set when the message
    could not pass then and is processed again now.
    """

    topic: str
    body: bytes
    received_ns: int | None
    retained: bool = False
    redelivered: bool = False
    #: Imported or fetched from the network server afterwards, not delivered when it was sent.
    backfill: bool = False
    dead_letter_id: int | None = None
