"""Messages that wait, read again to be looked at."""

from __future__ import annotations

from regionhub.archive.letters.waiting import WaitingMessage
from regionhub.envelope import Arrival, Envelope
from regionhub.errors import InputError, ParseError
from regionhub.times import from_datetime
from regionhub.uplinks import Uplink
from regionhub_ingest.formats import parse


def read_message(message: WaitingMessage) -> Uplink | None:
    """The frame in a message; None where it is none, or its source is set up wrong."""
    arrival = Arrival("live", from_datetime(message.received_at))
    envelope = Envelope(message.topic, message.body, arrival)
    try:
        read = parse(message.format, envelope, message.mapping)
    except (ParseError, InputError):
        return None
    return read if isinstance(read, Uplink) else None
