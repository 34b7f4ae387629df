"""One uplink of a thermometer, with which a hub tries its own chain of alarms."""

from __future__ import annotations

import base64
import json
from datetime import datetime

from .encoders import em300_th
from .model import LnsFormat, SimulatedMessage

FORMAT: LnsFormat = "chirpstack-v4"
PROFILE = "milesight/em300-th"


def probe(prefix: str, dev_eui: str, temperature_c: float, now: datetime) -> SimulatedMessage:
    """The message of a network server below a prefix of topics, sent and measured now."""
    payload = em300_th(90, temperature_c, 50)
    body = {
        "deduplicationId": f"{prefix}-{now.timestamp():.3f}",
        "time": now.isoformat(),
        "deviceInfo": {"devEui": dev_eui, "deviceName": prefix, "applicationName": prefix},
        "devAddr": "00000000",
        "fCnt": int(now.timestamp() * 10) % 2**32,
        "fPort": payload.f_port,
        "data": base64.b64encode(payload.data).decode(),
        "rxInfo": [],
        "txInfo": {},
    }
    topic = f"{prefix}/{dev_eui}/event/up"
    return SimulatedMessage(topic, json.dumps(body).encode(), 0, prefix, prefix, dev_eui)
