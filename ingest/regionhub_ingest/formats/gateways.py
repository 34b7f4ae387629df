"""Messages of gateways, which arrive where a source listens to everything (`#`)."""

from __future__ import annotations

import re

# `eu868/gateway/{eui}/event/stats`, `gateway/{eui}/state/conn`; the oldest have no `event/`.
_TOPIC = re.compile(r"(?:^|/)gateway/[0-9a-f]{16}(?:/|$)", re.IGNORECASE)
_APPLICATION = re.compile(r"(?:^|/)application/[^/]+/device/")

#: Why such a message is ignored; its frames come once more from the server.
WHY = "is of a gateway, not of a device"


def is_topic(topic: str) -> bool:
    """Whether a topic is one of ChirpStack's gateway bridge."""
    return "gateway/" in topic and bool(_TOPIC.search(topic)) and not _APPLICATION.search(topic)
