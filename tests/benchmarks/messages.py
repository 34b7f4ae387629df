"""ChirpStack uplinks of soil sensors, as bytes, made without the product's own code."""

from __future__ import annotations

import base64
import json
import struct
from datetime import UTC, datetime
from pathlib import Path

_SAMPLE = json.loads(
    (Path(__file__).parents[1] / "data" / "lns" / "chirpstack-v4-up.json").read_text()
)


def uplink(dev_eui: str, f_cnt: int, at: float, moisture: float) -> bytes:
    """One `up` event with battery, soil temperature, moisture and conductivity; `at` in epoch s."""
    payload = (
        b"\x01\x75\x62"
         b"\x03\x67" + struct.pack("<h", 121 + f_cnt % 20)
        + b"\x04\xca" + struct.pack("<H", int(moisture * 100))
        + b"\x05\x7f" + struct.pack("<H", 300 + f_cnt % 50)
    )  # fmt: skip
    time = datetime.fromtimestamp(at, UTC).isoformat()
    body = json.loads(json.dumps(_SAMPLE))
    body |= {
        "time": time,
        "fCnt": f_cnt,
        "data": base64.b64encode(payload).decode(),
        "deduplicationId": f"{dev_eui}-{f_cnt}",
        "object": None,
    }
    body["deviceInfo"]["devEui"] = dev_eui
    for reception in body["rxInfo"]:
        reception["gwTime"] = reception["nsTime"] = time
    return json.dumps(body).encode()
