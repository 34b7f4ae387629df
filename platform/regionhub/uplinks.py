"""The messages of a LoRaWAN network server, the same for every server.

An `Uplink` is one radio frame of a device, a `DeviceEvent` says something else about the device
(it joined, its battery, its place), and `Ignored` is a message that says nothing we keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Literal, NamedTuple

from regionhub.times import to_rfc3339

#: Which clock an uplink's time comes from.
TimeSource = Literal["event", "network", "arrival"]


class Reception(NamedTuple):
    """One gateway (one antenna of it) that heard the frame. `rssi` in dBm, `snr` in dB.

    `gateway_id` is None where the server does not name the gateway.
    """

    gateway_id: str | None
    rssi: float | None = None
    snr: float | None = None


def best_of(receptions: Iterable[Reception]) -> Reception | None:
    """Highest SNR, then highest RSSI; an entry without RSSI never wins over one with."""
    best: Reception | None = None
    highest = (False, -inf, -inf)
    for reception in receptions:
        _, rssi, snr = reception
        rank = (rssi is not None, -inf if snr is None else snr, -inf if rssi is None else rssi)
        if best is None or rank > highest:
            best, highest = reception, rank
    return best


def count_gateways(receptions: Sequence[Reception]) -> int:
    """How many gateways heard a frame; each reception without a name is one of them."""
    named = {gateway_id for gateway_id, _, _ in receptions}
    if None not in named:
        return len(named)
    return len(named) - 1 + sum(gateway_id is None for gateway_id, _, _ in receptions)


class Uplink(NamedTuple):
    """One radio frame.

    `dev_eui` is None where the server calls its devices by an id of its own, `device_ref`, and
    nobody has said yet which device that is. `f_port` is 0 for a frame without application data,
    whose `payload` is empty, and None where the server does not tell. `decoded` is what the
    server's own codec said. Times are nanoseconds since 1970-01-01 UTC, `frequency_hz` and `bw_hz`
    hertz.
    """

    dev_eui: str | None
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
    device_ref: str | None = None

    def without_decoded(self) -> Uplink:
        """The same frame without what the server's codec said."""
        # `_replace` takes four times as long
        return Uplink._make((*self[:_DECODED], None, *self[_DECODED + 1 :]))

    @property
    def decodable(self) -> bool:
        """False for MAC-only, empty and encrypted frames: a codec would read noise."""
        return bool(self.payload) and self.f_port != 0 and not self.encrypted

    @property
    def best_reception(self) -> Reception | None:
        """The gateway that heard the frame best."""
        return best_of(self.receptions)

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Each named gateway once, in the order heard; two antennas are one gateway."""
        return tuple(
            dict.fromkeys(r.gateway_id for r in self.receptions if r.gateway_id is not None)
        )

    @property
    def gateways(self) -> int:
        """How many gateways heard the frame; each reception without a name is one of them."""
        return count_gateways(self.receptions)


_DECODED = Uplink._fields.index("decoded")


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


def as_record(message: Message) -> dict[str, Any]:
    """Give the message as plain values for JSON, a table or a comparison.

    An uplink has all its keys, `device_ref` only if the server has such ids; `rssi` and `snr` are
    those of the best gateway, `decode` says whether a codec would run. Of an event only what is
    set is there.
    """
    match message:
        case Uplink():
            return _uplink_record(message)
        case DeviceEvent():
            record = {
                "event": message.kind,
                "dev_eui": message.dev_eui,
                "time": to_rfc3339(message.time_ns),
                "dedup_id": message.event_id,
                "dev_addr": message.dev_addr,
                "battery_level": message.battery_level,
                "external_power": message.external_power,
                "margin": message.margin,
                "latitude": message.latitude,
                "longitude": message.longitude,
            }
            return {key: value for key, value in record.items() if value is not None}
        case Ignored():
            return {"event": message.event, "ignored": message.why}


def _uplink_record(uplink: Uplink) -> dict[str, Any]:
    best = uplink.best_reception
    reference = {} if uplink.device_ref is None else {"device_ref": uplink.device_ref}
    return {
        "dev_eui": uplink.dev_eui,
        **reference,
        "f_cnt": uplink.f_cnt,
        "f_port": uplink.f_port,
        "payload_hex": uplink.payload.hex(),
        "time": to_rfc3339(uplink.time_ns),
        "time_source": uplink.time_source,
        "gateways": uplink.gateways,
        "best_gateway": best.gateway_id if best else None,
        "gateway_ids": list(uplink.gateway_ids),
        "rssi": best.rssi if best else None,
        "snr": best.snr if best else None,
        "sf": uplink.sf,
        "bw_hz": uplink.bw_hz,
        "frequency_hz": uplink.frequency_hz,
        "dr": uplink.dr,
        "confirmed": uplink.confirmed,
        "decoded": uplink.decoded,
        "decode": uplink.decodable,
        "dedup_id": uplink.event_id,
        "dev_addr": uplink.dev_addr,
        "late": uplink.late,
        "encrypted": uplink.encrypted,
        "simulated": uplink.simulated,
    }
