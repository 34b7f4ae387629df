"""Frames of the last day, and what the ledger says of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.ingest.conftest import Intake

from regionhub.features.completeness import store as completeness
from regionhub.features.completeness.store import Completeness
from regionhub.store.roles import acting_as

SAMPLES = Path(__file__).parents[1] / "data" / "lns"
NOW = datetime.now(UTC).replace(microsecond=0)
FIRST = NOW - timedelta(hours=20)


def lines(*bodies: Any) -> bytes:
    return b"".join(json.dumps(body).encode() + b"\n" for body in bodies)


def ledger(intake: Intake) -> Completeness:
    with intake.owner.transaction(), acting_as(intake.owner, "arnsberg"):
        return completeness.device(
            intake.owner, intake.device.device_id, start=NOW - timedelta(days=30), end=NOW
        )


def counts(intake: Intake) -> tuple[int, int, int, int]:
    row = ledger(intake)
    return row.expected or 0, row.received or 0, row.recovered or 0, row.missing or 0
