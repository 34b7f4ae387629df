"""Numbered messages of four network servers, and what has to become of each of them.

The number stands in the payload (soil temperature and conductivity) and, for each device, in the
frame counter. The encoder knows the maker's byte table and not our codec.
"""

from __future__ import annotations

import base64
import json
import random
import struct
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_SAMPLES = Path(__file__).parents[1] / "data" / "lns"
_CHIRPSTACK: dict[str, Any] = json.loads((_SAMPLES / "chirpstack-v4-up.json").read_text())
_TTS: dict[str, Any] = json.loads((_SAMPLES / "tts-v3-up.json").read_text())
_STATUS: dict[str, Any] = json.loads((_SAMPLES / "chirpstack-v4-status.json").read_text())

PROFILE = "milesight/em500-smtc"
DEVICES = 24  # in each town
#: Conductivity carries the number up to here, the temperature the rest.
_NUMBERS = 20_000

#: What is published, and how many of a hundred messages it is.
KINDS = {
    "good": 72,
    "retained": 4,
    "copy": 6,  # the same frame again in another message
    "undecodable": 5,
    "unknown device": 3,
    "wrong tenant": 3,
    "no JSON": 3,
    "status": 2,
    "ignored": 2,
}
#: Reason of the dead letter.
REASONS = {
    "undecodable": "not_decodable",
    "unknown device": "unknown_device",
    "wrong tenant": "unknown_device",
    "no JSON": "not_parseable",
}
#: Kinds that become an uplink.
FRAMES = {"good", "retained", "copy"}


@dataclass(frozen=True, slots=True)
class NetworkServer:
    """A source: its town, what it speaks, and where it publishes.

    Each has one session at the broker: Mosquitto does not write down which sessions share a
    subscription, and so drops what comes after its start until ingest is there.
    """

    town: str
    name: str
    format: str
    protocol: str

    @property
    def topic(self) -> str:
        """What the hub subscribes to."""
        rest = "application/+/device/+/event/+" if self.format == "chirpstack-v4" else "v3/#"
        return f"{self.town}/{self.name}/{rest}"


SERVERS = (
    NetworkServer("brilon", "chirpstack", "chirpstack-v4", "5"),
    NetworkServer("olpe", "chirpstack", "chirpstack-v4", "3.1.1"),
    NetworkServer("soest", "tts", "tts-v3", "5"),
    NetworkServer("brilon", "tts", "tts-v3", "5"),
)


def devices(town: str) -> list[str]:
    """DevEUIs of a town."""
    digit = sorted({server.town for server in SERVERS}).index(town)
    return [f"24e124{digit:02x}{number:08x}" for number in range(DEVICES)]


@dataclass(slots=True)
class Sent:
    """One number: what was published for it, and when the broker acknowledged it first."""

    number: int
    kind: str
    server: NetworkServer
    dev_eui: str
    f_cnt: int
    time_us: int
    topic: str
    event_id: str
    bodies: list[bytes] = field(default_factory=list)
    acknowledged_at: float | None = None

    @property
    def readings(self) -> dict[str, float]:
        """What has to be stored of a frame, in canonical units."""
        return {
            "battery_level": 98.0,
            "soil_temperature": (self.number // _NUMBERS) / 10,
            "soil_moisture_vwc": (self.number * 7919 % 10_000) / 100,
            "soil_ec": float(self.number % _NUMBERS),
        }


def payload(sent: Sent) -> bytes:
    """Channels of an EM500-SMTC: battery, temperature, moisture in 0.01 %, conductivity."""
    values = sent.readings
    return (
        b"\x01\x75\x62"
         b"\x03\x67" + struct.pack("<h", round(values["soil_temperature"] * 10))
        + b"\x04\xca" + struct.pack("<H", round(values["soil_moisture_vwc"] * 100))
        + b"\x05\x7f" + struct.pack("<H", round(values["soil_ec"]))
    )  # fmt: skip


class Messages:
    """Makes one number after the other, the same ones for the same seed but for their times."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._counters: dict[str, int] = {}
        self._last_us: dict[str, int] = {}
        self._number = 0

    def next(self, now: float) -> Sent:
        """The next number, of a moment `now` in epoch seconds."""
        number, self._number = self._number, self._number + 1
        rng = self._rng
        server = rng.choice(SERVERS)
        kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        if kind in {"status", "ignored"} and server.format != "chirpstack-v4":
            kind = "good"
        dev_eui = self._device(kind, server)
        f_cnt = self._counters[dev_eui] = self._counters.get(dev_eui, -1) + 1
        # two frames of one device never have one moment
        time_us = max(int(now * 1e3) * 1000, self._last_us.get(dev_eui, 0) + 1000)
        self._last_us[dev_eui] = time_us
        event_id = str(uuid.UUID(int=rng.getrandbits(128)))
        sent = Sent(number, kind, server, dev_eui, f_cnt, time_us, "", event_id)
        sent.topic = _topic(sent)
        sent.bodies = [self._body(sent)]
        if kind == "copy":
            sent.bodies.append(self._body(sent))
        return sent

    def _device(self, kind: str, server: NetworkServer) -> str:
        if kind == "unknown device":
            return f"ffff{self._rng.randrange(1 << 32):012x}"
        town = server.town
        if kind == "wrong tenant":
            town = self._rng.choice(sorted({s.town for s in SERVERS} - {town}))
        # of a town with two network servers each keeps devices of its own
        known = devices(town)[SERVERS.index(server) % 2 :: 2]
        return self._rng.choice(known)

    def _body(self, sent: Sent) -> bytes:
        if sent.kind == "no JSON":
            return f"{{number {sent.number}: no JSON".encode()
        id_ = sent.event_id if not sent.bodies else str(uuid.UUID(int=self._rng.getrandbits(128)))
        if sent.kind == "status":
            return json.dumps(_status(sent, id_)).encode()
        data = payload(sent)
        if sent.kind == "undecodable":
            data = data[:-1]
        if sent.server.format == "chirpstack-v4":
            return json.dumps(_chirpstack(sent, data, id_)).encode()
        return json.dumps(_tts(sent, data, id_)).encode()


def _topic(sent: Sent) -> str:
    server, eui = sent.server, sent.dev_eui
    if server.format == "chirpstack-v4":
        event = {"status": "status", "ignored": "txack"}.get(sent.kind, "up")
        rest = f"application/6f1c2a58-0d7e-4b3e-9a51-2f0f6f6f4c01/device/{eui}/event/{event}"
    else:
        rest = f"v3/umwelt@region/devices/eui-{eui}/up"
    return f"{server.town}/{server.name}/{rest}"


def _moment(sent: Sent) -> str:
    return datetime.fromtimestamp(sent.time_us / 1e6, UTC).isoformat(timespec="milliseconds")


def _chirpstack(sent: Sent, data: bytes, id_: str) -> dict[str, Any]:
    time = _moment(sent)
    return _CHIRPSTACK | {
        "deduplicationId": id_,
        "time": time,
        "deviceInfo": _CHIRPSTACK["deviceInfo"] | {"devEui": sent.dev_eui},
        "fCnt": sent.f_cnt,
        "data": base64.b64encode(data).decode(),
        "object": None,
        "rxInfo": [r | {"gwTime": time, "nsTime": time} for r in _CHIRPSTACK["rxInfo"]],
    }


def _tts(sent: Sent, data: bytes, id_: str) -> dict[str, Any]:
    time = _moment(sent)
    return _TTS | {
        "end_device_ids": _TTS["end_device_ids"]
        | {"device_id": f"eui-{sent.dev_eui}", "dev_eui": sent.dev_eui.upper()},
        "correlation_ids": [f"gs:uplink:{id_}"],
        "received_at": time,
        "uplink_message": _TTS["uplink_message"]
        | {
            "f_cnt": sent.f_cnt,
            "frm_payload": base64.b64encode(data).decode(),
            "decoded_payload": None,
            "received_at": time,
        },
    }


def _status(sent: Sent, id_: str) -> dict[str, Any]:
    return _STATUS | {
        "deduplicationId": id_,
        "time": _moment(sent),
        "deviceInfo": _STATUS["deviceInfo"] | {"devEui": sent.dev_eui},
    }
