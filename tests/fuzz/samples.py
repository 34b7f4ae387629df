"""What is mutated: the sample messages of every format, the example payloads of every profile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regionhub.profiles import DeviceProfile
from regionhub.profiles.model import parse_hex

_FOLDER = Path(__file__).parents[1] / "data" / "lns"


@dataclass(frozen=True, slots=True)
class Sample:
    """One message as its network server sends it; `json` if that is JSON.

    Uplinks weigh more than what a server tells besides: they go further.
    """

    format: str
    topic: str
    body: bytes
    json: bool
    weight: int


def load_samples() -> list[Sample]:
    """All samples that the manifest names."""
    manifest = json.loads((_FOLDER / "manifest.json").read_text())["samples"]
    return [_sample(entry) for entry in manifest]


def _sample(entry: dict[str, Any]) -> Sample:
    body = (_FOLDER / entry["file"]).read_bytes()
    try:
        json.loads(body)
    except ValueError:
        is_json = False
    else:
        is_json = True
    return Sample(entry["lns"], entry["topic"], body, is_json, 6 if "expect" in entry else 1)


def load_payloads(profiles: Mapping[str, DeviceProfile]) -> dict[str, list[bytes]]:
    """Example payloads by profile."""
    return {
        name: [parse_hex(example.bytes) for example in profile.examples]
        for name, profile in profiles.items()
    }
