"""ChirpStack v4 uplinks of pressure probes, made without the product's own code and fast.

One frame of a KELLER ADT1 carries seven channels. A body is filled into a template of the sample in
tests/data, which has two receptions and the object that the server's own codec makes; about 1.8 kB.
"""

from __future__ import annotations

import base64
import json
import math
import re
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROFILE = "keller/adt1-arc1"
READINGS_PER_UPLINK = 7
DEVICES = 1000
_INTERVAL_SECONDS = 600
_CHANNELS = ("pd", "p1", "p2", "t", "tob1", "pbaro", "tbaro")
#: Function 1, connection type 3, and the mask that names these channels.
_HEAD = bytes.fromhex("010300DF")
_SAMPLE = Path(__file__).parents[1] / "data" / "lns" / "chirpstack-v4-up.json"


class Fleet:
    """Devices that send in turn, each every ten minutes, with frame counters that never repeat.

    Where a device is in `flooded` the water stands two metres higher.
    """

    def __init__(self, begin: float, devices: int = DEVICES) -> None:
        self.devices = [f"20635f02{number:08x}" for number in range(devices)]
        self._begin = begin
        self.sent = 0
        self.flooded = set[int]()

    def messages(
        self, application: str, count: int, *, at: float | None = None
    ) -> Iterator[tuple[bytes, bytes]]:
        """Topic and body of the next uplinks; from the devices' past, or sent at that time."""
        for number in range(self.sent, self.sent + count):
            turn, device = divmod(number, len(self.devices))
            past = self._begin + turn * _INTERVAL_SECONDS + device * 0.5
            channels = _channels(turn, device, 0.2 if device in self.flooded else 0.0)
            eui = self.devices[device]
            yield topic(application, eui).encode(), uplink(eui, turn, at or past, channels)
        self.sent += count


def topic(application: str, dev_eui: str) -> str:
    """Where ChirpStack publishes the uplinks of a device; `+` for all of them."""
    return f"application/{application}/device/{dev_eui}/event/up"


def uplink(dev_eui: str, f_cnt: int, at: float, channels: tuple[float, ...]) -> bytes:
    """One `up` event; `at` in epoch seconds, channels in bar and degrees Celsius."""
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    values: dict[str, Any] = {
        "time": moment,
        "server_time": f"{moment[:-6]}482903+00:00",
        "gps": f"{at - 315964782:.3f}s",
        "id": f"{dev_eui[:8]}-{f_cnt & 0xFFFF:04x}-4{f_cnt >> 16:03x}-9a8b-{dev_eui[4:]}",
        "eui": dev_eui,
        "address": f"01{dev_eui[10:]}",
        "f_cnt": f_cnt,
        "data": base64.b64encode(_HEAD + struct.pack(">7f", *channels)).decode(),
        **dict(zip(_CHANNELS, channels, strict=True)),
    }
    return (_TEMPLATE % values).encode()


def _channels(turn: int, device: int, flood: float) -> tuple[float, ...]:
    """A level that rises and falls over two days, as it does behind a weir; bar, °C."""
    level = 0.15 + 0.05 * math.sin(turn / 46 + device) + flood
    air = 0.97 + 0.004 * math.sin(turn / 300)
    water = 11 + 2 * math.sin(turn / 144 * math.tau / 2 + device)
    return (level, air + level, air + level, water, water, air, water + 4)


def _template() -> str:
    body = json.loads(_SAMPLE.read_text(encoding="utf-8"))
    body |= {
        "deduplicationId": "%(id)s",
        "time": "%(time)s",
        "devAddr": "%(address)s",
        "fCnt": "=%(f_cnt)d",
        "fPort": 1,
        "data": "%(data)s",
        "object": {
            "connection_type": 3,
            **{name: f"=%({name}).9g" for name in _CHANNELS},
        },
    }
    body["deviceInfo"] |= {
        "deviceProfileName": "KELLER ADT1",
        "deviceName": "pegel-%(eui)s",
        "devEui": "%(eui)s",
        "tags": {"standort": "pegel-%(eui)s", "gewaesser": "bach"},
    }
    for reception in body["rxInfo"]:
        reception |= {
            "gwTime": "%(time)s",
            "nsTime": "%(server_time)s",
            "timeSinceGpsEpoch": "%(gps)s",
            "metadata": {"region_config_id": "eu868", "region_common_name": "EU868"},
        }
    body["rxInfo"][1]["location"] = body["rxInfo"][0]["location"] | {"latitude": 51.2203}
    # what stands for a number is in quotes until here
    return re.sub(r'"=(%[^"]+)"', r"\1", json.dumps(body, separators=(",", ":")))


_TEMPLATE = _template()
