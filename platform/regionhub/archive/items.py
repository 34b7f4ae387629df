"""What ingest hands to the store: one item for each message, in the order of arrival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from regionhub.devices import Device, Source
from regionhub.envelope import Envelope
from regionhub.readings import Measurement
from regionhub.uplinks import DeviceEvent, Uplink

Fate = Literal["stored", "duplicate", "dead_letter", "ignored"]

#: Two messages with the same frame counter and payload within this time are one radio frame ...
SAME_FRAME_SECONDS = 600.0
#: ... and without a frame counter within this time.
SAME_PAYLOAD_SECONDS = 60.0
#: A frame that names no time has that of its arrival. Delivered again, it arrives as much later as
#: the broker or ingest was away in between.
DELIVERED_AGAIN_SECONDS = 7 * 86_400.0


class Outcome(NamedTuple):
    """What became of a message.

    `reason` is the word that says why, empty for a frame that is plainly stored; with the fate it
    is what is counted. `what` the store holds of it: a duplicate is a copy of a frame, of an event
    or of a dead letter.
    """

    fate: Fate
    reason: str = ""
    what: Literal["frame", "event", "letter", "nothing"] = "frame"


#: Counter, port and payload of a frame.
Content = tuple[int | None, int | None, bytes]


class NewUplink(NamedTuple):
    """A frame of a known device with its measurements in the units of the profile."""

    source: Source
    device: Device
    envelope: Envelope
    uplink: Uplink
    measurements: Sequence[Measurement]
    profile_version: str | None

    @property
    def content(self) -> Content:
        """Counter, port and payload: equal for copies of one radio frame."""
        return self.uplink.f_cnt, self.uplink.f_port, self.uplink.payload

    @property
    def window_seconds(self) -> float:
        """How far apart two copies of this frame may be."""
        if self.uplink.f_cnt is None:
            return SAME_PAYLOAD_SECONDS
        again = self.envelope.arrival.kind == "redelivered"
        if again and self.uplink.time_source == "arrival":
            return DELIVERED_AGAIN_SECONDS
        return SAME_FRAME_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeviceEvent:
    """A join, status or location of a known device."""

    source: Source
    device: Device
    envelope: Envelope
    event: DeviceEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeadLetter:
    """A message that cannot pass, and why.

    `device` if it came from a known one, `frame` if it could be read as a radio frame: that is no
    loss on the air, and the completeness ledger counts it as received.
    """

    source: Source
    envelope: Envelope
    reason: str
    detail: str
    dev_eui: str | None = None
    device: Device | None = None
    frame: Uplink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIgnored:
    """A message that changes nothing, and why."""

    source: Source
    reason: str


Item = NewUplink | NewDeviceEvent | NewDeadLetter | NewIgnored
