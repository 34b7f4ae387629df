"""A message as it came, and how it came."""

from __future__ import annotations

from typing import Literal, NamedTuple

#: No network server sends more, not with hundreds of gateways that heard a frame; a longer body is
#: refused unread, and of a refused message no more is kept.
MAX_BODY_BYTES = 256 * 1024

#: `live`: its broker delivered it. `redelivered`: its broker delivered it once more. `imported`: it
#: was read from a file or from the storage of a network server, long after it was sent. `fetched`:
#: it is a row of a file that somebody publishes.
ArrivalKind = Literal["live", "redelivered", "imported", "fetched"]


class Arrival(NamedTuple):
    """How and when a message came; a dead letter that is processed again keeps its first one.

    `at_ns` is nanoseconds since 1970-01-01 UTC. Where nobody recorded when an imported message
    arrived it is the moment of the import, and `known` is false: what the message tells was before,
    but nothing was measured then.
    """

    kind: ArrivalKind
    at_ns: int
    known: bool = True


class Envelope(NamedTuple):
    """One message, untouched.

    `dead_letter_id` is set when the message could not pass then and is processed again now.
    """

    topic: str
    body: bytes
    arrival: Arrival
    retained: bool = False
    dead_letter_id: int | None = None

    @property
    def received_ns(self) -> int | None:
        """The arrival as a clock for the times in the message; None where it is not known."""
        return self.arrival.at_ns if self.arrival.known else None
