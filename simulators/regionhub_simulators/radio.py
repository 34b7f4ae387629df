"""LoRaWAN between device and network server: who hears what, how well, and what gets lost.

Path loss grows with the logarithm of the distance plus a fixed share per pair of device and
gateway (walls, hills); every frame fades on top. A frame that no gateway hears is lost: its
counter value never appears.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, cos, hypot, log10, radians
from typing import NamedTuple

import numpy as np

from .encoders import Payload
from .model import DAY_S, SimulatedDevice

#: EU868 channels 0 to 7, Hz.
FREQUENCIES_HZ = (
    868_100_000,
    868_300_000,
    868_500_000,
    867_100_000,
    867_300_000,
    867_500_000,
    867_700_000,
    867_900_000,
)
_POWER_DBM = 14.0
_NOISE_DBM = -174 + 10 * log10(125_000) + 6  # thermal noise in 125 kHz, noise figure 6 dB
_SNR_LIMIT_DB = {7: -7.5, 8: -10.0, 9: -12.5, 10: -15.0, 11: -17.5, 12: -20.0}
_SNR_CEILING_DB = 13.0
_MARGIN_DB = 8.0
_FADING_DB = 2.5
_FRAME_LOSS = 0.006
_GATEWAY_LOSS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """One gateway. `gps`: it stamps frames with GPS time."""

    eui: str
    name: str
    latitude: float
    longitude: float
    altitude: int
    gps: bool


@dataclass(frozen=True, slots=True)
class Session:
    """What a join hands out: device address (8 hex digits), session key id (base64)."""

    number: int
    dev_addr: str
    key_id: str


class Reception(NamedTuple):
    """One gateway's hearing of a frame. `delay_ns`: from the radio to the network server."""

    gateway: Gateway
    rssi: int
    snr: float
    delay_ns: int
    token: int


@dataclass(slots=True, kw_only=True)
class Frame:
    """One frame as the network server has it. Times in ns since 1970 UTC.

    `radio_ns`: on the air; `clock_ns`: what the gateways' clocks said then; `server_ns`: at the
    network server; `random_hex`: 32 random hex digits to make identifiers from.
    """

    radio_ns: int
    clock_ns: int
    server_ns: int
    random_hex: str
    f_cnt: int
    channel: int
    payload: Payload
    session: Session
    receptions: list[Reception]


def town_gateways(devices: Sequence[SimulatedDevice], *, seed: int) -> tuple[Gateway, ...]:
    """Four gateways around the middle of a town's devices; two of them have GPS."""
    latitude = sum(d.latitude for d in devices) / len(devices)
    longitude = sum(d.longitude for d in devices) / len(devices)
    tenant = devices[0].tenant
    rng = np.random.default_rng([seed, 6, *tenant.encode()])
    number = int(rng.integers(1 << 24))
    places = ((0.0, 0.0), (0.017, 0.014), (-0.015, 0.021), (0.004, -0.030))
    return tuple(
        Gateway(
            eui=f"0247574d{number:06x}{index:02x}",
            name=f"gw-{tenant}-{index + 1}",
            latitude=round(latitude + north, 5),
            longitude=round(longitude + east, 5),
            altitude=int(rng.integers(180, 420)),
            gps=index % 2 == 0,
        )
        for index, (north, east) in enumerate(places)
    )


class Link:
    """A device's radio: the gateways that hear it and the spreading factor it settled on."""

    def __init__(self, device: SimulatedDevice, gateways: Sequence[Gateway], *, seed: int) -> None:
        rng = np.random.default_rng([seed, 7, device.key])
        shadow = rng.normal(0.0, 5.0, len(gateways))
        snr = [
            _POWER_DBM - _path_loss_db(device, gateway) - extra - _NOISE_DBM
            for gateway, extra in zip(gateways, shadow.tolist(), strict=True)
        ]
        best = max(snr)
        lift = max(0.0, _SNR_LIMIT_DB[12] + _MARGIN_DB - best)  # nobody mounts a deaf sensor
        self.sf = next(
            (sf for sf, limit in _SNR_LIMIT_DB.items() if best + lift >= limit + _MARGIN_DB), 12
        )
        heard = [i for i, value in enumerate(snr) if value + lift >= _SNR_LIMIT_DB[self.sf] - 1]
        self.gateways = tuple(gateways[i] for i in heard)
        self._snr = np.array([snr[i] + lift for i in heard])

    def receptions(self, rng: np.random.Generator, frames: int) -> list[list[Reception]]:
        """Who heard each of so many frames; an empty list is a lost frame."""
        shape = (frames, len(self.gateways))
        true_snr = self._snr + rng.normal(0.0, _FADING_DB, shape)
        heard = (true_snr >= _SNR_LIMIT_DB[self.sf]) & (rng.random(shape) >= _GATEWAY_LOSS)
        heard &= (rng.random(frames) >= _FRAME_LOSS)[:, None]
        # A receiver reports signal plus noise, and its SNR saturates near the gateway.
        rssi = np.rint(_NOISE_DBM + 10 * np.log10(1 + 10 ** (true_snr / 10))).astype(np.int64)
        snr = np.rint(np.minimum(true_snr, _SNR_CEILING_DB + rng.normal(0, 0.7, shape)) * 4) / 4
        delay = rng.integers(18_000_000, 110_000_000, shape)
        tokens = rng.integers(1, 2**32, shape)
        columns = [array.tolist() for array in (heard, rssi, snr, delay, tokens)]
        return [
            [
                Reception(gateway, *facts)
                for gateway, ok, *facts in zip(self.gateways, *row, strict=True)
                if ok
            ]
            for row in zip(*columns, strict=True)
        ]


class Counter:
    """Frame counters: a device joins again every 25 to 60 days, and counting begins at 0."""

    def __init__(self, device: SimulatedDevice, *, seed: int) -> None:
        self._seed = [seed, 8, device.key]
        rng = np.random.default_rng(self._seed)
        self.phase_s = int(rng.integers(device.interval_s))
        self._interval_s = device.interval_s
        self._length_s = int(rng.integers(25 * DAY_S, 60 * DAY_S))
        self._shift_s = int(rng.integers(self._length_s))
        self._known: dict[int, Session] = {}

    def at(self, ordinal: int) -> tuple[Session, int]:
        """Return session and counter value of the device's uplink number `ordinal` since 1970."""
        number = self._number(ordinal)
        start_s = number * self._length_s - self._shift_s
        first = -((self.phase_s - start_s) // self._interval_s)
        session = self._known.get(number)
        if session is None:
            rng = np.random.default_rng([*self._seed, number])
            session = Session(
                number,
                f"{0x26000000 + int(rng.integers(1 << 24)):08x}",
                b64encode(rng.bytes(16)).decode(),
            )
            self._known[number] = session
        return session, ordinal - first

    def _number(self, ordinal: int) -> int:
        return (self.phase_s + ordinal * self._interval_s + self._shift_s) // self._length_s


def _path_loss_db(device: SimulatedDevice, gateway: Gateway) -> float:
    """Return the loss of a sensor near the ground: 131 dB at 1 km, 35 dB per decade."""
    north_km = (device.latitude - gateway.latitude) * 111.2
    east_km = (device.longitude - gateway.longitude) * 111.2 * cos(radians(gateway.latitude))
    return 131.0 + 35.0 * log10(max(0.05, hypot(north_km, east_km)))


@lru_cache(maxsize=512)
def airtime_s(sf: int, payload_bytes: int) -> float:
    """Time on air of an uplink in 125 kHz, coding rate 4/5, 13 bytes of LoRaWAN frame around it.

    Semtech SX1276 data sheet, section 4.1.1.7.
    """
    symbol_s = 2**sf / 125_000
    slow = 1 if sf >= 11 else 0
    bits = 8 * (payload_bytes + 13) - 4 * sf + 28 + 16
    symbols = 8 + max(ceil(bits / (4 * (sf - 2 * slow))) * 5, 0)
    return float((12.25 + symbols) * symbol_s)
