"""The messages of a LoRaWAN network server, the same for every server.

An `Uplink` is one radio frame of a device, a `DeviceEvent` says something else about the device
(it joined, its battery, its place), and `Ignored` is a message that says nothing we keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

#: Which clock an uplink's time comes from.
TimeSource = Literal["event", "network", "arrival"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """One gateway (one antenna of it) that heard the frame. `rssi` in dBm, `snr` in dB."""

    gateway_id: str
    rssi: float | None = None
    snr: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """One radio frame.

    `f_port` is 0 for a frame without application data and None where the server does not tell.
    `payload` is empty then. `decoded` is what the server's own codec said. Times are nanoseconds
    since 1970-01-01 UTC, `frequency_hz` and `bw_hz` hertz.
    """

    dev_eui: str
    time_ns: int
    time_source: TimeSource
    f_port: int | None
    payload: bytes
    event_id: str | None = None
    dev_addr: str | None = None
    f_cnt: int | None = None
    confirmed: bool | None = None
    decoded: Mapping[str, Any] | None = None
    receptions: tuple[Reception, ...] = ()
    sf: int | None = None
    bw_hz: int | None = None
    frequency_hz: int | None = None
    dr: int | None = None
    late: bool = False
    encrypted: bool = False
    simulated: bool = False

    @property
    def decodable(self) -> bool:
        """False for MAC-only, empty and encrypted frames: a codec would read noise."""
        return bool(self.payload) and self.f_port != 0 and not self.encrypted

    @property
    def best_reception(self) -> Reception | None:
        """Highest SNR, then highest RSSI; an entry without RSSI never wins over one with."""
        return max(
            self.receptions,
            key=lambda r: (
                r.rssi is not None,
                r.snr if r.snr is not None else float("-inf"),
                r.rssi if r.rssi is not None else float("-inf"),
            ),
            default=None,
        )

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Each gateway once, in the order heard; two antennas are one gateway."""
        return tuple(dict.fromkeys(r.gateway_id for r in self.receptions))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEvent:
    """What a network server says about a device besides its frames.

    `battery_level` is percent, `margin` the link margin of the last downlink in dB.
    """

    kind: Literal["join", "status", "location"]
    dev_eui: str
    time_ns: int
    event_id: str | None = None
    dev_addr: str | None = None
    battery_level: float | None = None
    external_power: bool | None = None
    margin: int | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A well-formed message that changes nothing here, and why."""

    event: str
    why: str


Message = Uplink | DeviceEvent | Ignored

