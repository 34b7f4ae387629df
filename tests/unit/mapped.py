"""Messages that a mapping reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.messages import arrived

from regionhub.envelope import Envelope
from regionhub.times import from_rfc3339
from regionhub.uplinks import Message, Uplink
from regionhub_ingest.formats import parse

SAMPLES = Path(__file__).parent.parent / "data" / "lns"


EUI = "24e124136d0c0417"


ARRIVAL = "2026-05-12T07:41:24Z"


def sample(name: str, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return body | changes


def read(
    name: str,
    body: object,
    *,
    topic: str = "",
    mapping: dict[str, Any] | None = None,
    received: str | None = ARRIVAL,
) -> Message:
    envelope = Envelope(
        topic=topic,
        body=json.dumps(body).encode(),
        arrival=arrived(from_rfc3339(received) if received else None),
    )
    return parse(name, envelope, None if mapping is None else json.dumps(mapping))


def up(name: str, body: object, **how: Any) -> Uplink:
    message = read(name, body, **how)
    assert isinstance(message, Uplink)
    return message


# ELEMENT IoT


PACKET = sample("element-iot-packet-up")
