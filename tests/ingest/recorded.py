"""Frames of the last day, and what the ledger says of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.ingest.conftest import Hub

from regionhub.features.completeness import store as completeness
from regionhub.registry.admin import acting_as

SAMPLES = Path(__file__).parents[1] / "data" / "lns"
NOW = datetime.now(UTC).replace(microsecond=0)
FIRST = NOW - timedelta(hours=20)


def lines(*bodies: Any) -> bytes:
    return b"".join(json.dumps(body).encode() + b"\n" for body in bodies)


def ledger(hub: Hub) -> dict[str, Any]:
    with hub.owner.transaction(), acting_as(hub.owner, "arnsberg"):
        row = completeness.device(
            hub.owner, hub.device.device_id, start=NOW - timedelta(days=30), end=NOW
        )
    assert row is not None
    return row


def counts(hub: Hub) -> tuple[int, int, int, int]:
    row = ledger(hub)
    return row["expected"], row["received"], row["recovered"], row["missing"]
