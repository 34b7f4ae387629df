"""Every known payload of every device gives exactly the measurements it should."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.shipped import PROFILES

from regionhub.errors import DecodeError
from regionhub.times import from_rfc3339
from regionhub_ingest.decode import Codecs

#: Units that the data write in words.
UNITS = {"clicks (wraps at 256)": "count", None: "1"}
VECTORS = Path(__file__).parents[1] / "data" / "device_vectors"
NOW = from_rfc3339("2026-03-01T12:00:00Z")

#: Vectors of public codecs that come without measurements: what ours makes of them.
WITHOUT_MEASUREMENTS: dict[str, list[tuple[str, float]] | str] = {
    "wrong protocol version: must not produce measurements": "protocol version 1 is not 2",
    "device information frame at join: no measurement": [],
    "old firmware, 5-byte frame": [("battery_voltage", 3.612), ("distance", 2821.0)],
}
#: What ours measures beside that: an alarm is one whatever the concentration is.
BESIDE = {"milesight/gs524n": ["smoke_alarm"]}


def vectors() -> list[Any]:
    """One test per vector."""
    return [
        pytest.param(
            file.stem.replace("_", "/", 1), vector, id=f"{file.stem}: {vector['description']}"
        )
        for file in sorted(VECTORS.glob("*.json"))
        for vector in json.loads(file.read_text("utf-8"))["vectors"]
    ]


@pytest.fixture(scope="module")
def codecs() -> Codecs:
    return Codecs(PROFILES)


def decode(codecs: Codecs, profile_id: str, vector: dict[str, Any]) -> list[dict[str, Any]]:
    decoded = codecs.decode(
        profile_id,
        f_port=vector["fPort"],
        payload=bytes.fromhex(vector["bytes"]),
        parameters={},
        time_ns=NOW,
    )
    return [
        {
            "quantity": found.quantity,
            "value": found.value,
            "unit": found.unit,
            "quality": found.quality,
            "reason": found.reason,
            "position": found.position,
            "time": found.time_ns,
        }
        for found in decoded.measurements
    ]


@pytest.mark.parametrize(("profile_id", "vector"), vectors())
def test_vector(codecs: Codecs, profile_id: str, vector: dict[str, Any]) -> None:
    if "measurements" in vector:
        expected = [
            {
                "quantity": entry["quantity"],
                "value": entry["value"]
                if entry["value"] is None
                else pytest.approx(entry["value"], rel=1e-9, abs=1e-9),
                "unit": UNITS.get(entry["unit"], entry["unit"]),
                "quality": entry["quality"],
                "reason": entry.get("reason"),
                "position": entry.get("position", ""),
                "time": from_rfc3339(entry["time"]) if "time" in entry else None,
            }
            for entry in vector["measurements"]
        ]
        beside = BESIDE.get(profile_id, [])
        found = decode(codecs, profile_id, vector)
        assert [one for one in found if one["quantity"] not in beside] == expected
        assert [one["quantity"] for one in found if one["quantity"] in beside] == beside
        return
    outcome = WITHOUT_MEASUREMENTS[vector["description"]]
    if isinstance(outcome, str):
        with pytest.raises(DecodeError, match=outcome):
            decode(codecs, profile_id, vector)
    else:
        found = decode(codecs, profile_id, vector)
        assert [(entry["quantity"], entry["value"]) for entry in found] == outcome
