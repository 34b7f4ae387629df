"""A profile without a codec, learnt from what a network server decoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

import yaml

from regionhub.profiles import DeviceProfile, measurements
from regionhub.uplinks import Uplink
from regionhub_ingest.examples import as_expected
from regionhub_ingest.foreign.proposal import Proposed, propose

#: So many messages become examples.
_EXAMPLES = 3


def learn(uplinks: Sequence[Uplink], *, unknown: bool = False) -> list[Proposed]:
    """What the decoded fields of frames may be; the newest frame last.

    With `unknown` also those of which nobody knows: their quantity is empty.
    """
    return propose([uplink.decoded for uplink in uplinks if uplink.decoded], unknown=unknown)


def intervals(uplinks: Sequence[Uplink]) -> float:
    """How far the messages lie apart in minutes, an hour where there is but one."""
    times = sorted(uplink.time_ns for uplink in uplinks)
    gaps = [(b - a) / 60e9 for a, b in pairwise(times) if b > a]
    return max(1.0, round(median(gaps))) if gaps else 60.0


def profile_text(
    profile_id: str,
    proposed: Sequence[Proposed],
    uplinks: Sequence[Uplink],
    interval_minutes: float,
    *,
    name: str = "",
) -> str:
    """The profile.yaml that maps them, with some of the frames as its examples."""
    vendor, _, model = profile_id.partition("/")
    name = name or f"{vendor.capitalize()} {model.upper()}"
    content: dict[str, Any] = {
        "vendor": name.split(" ", 1)[0],
        "model": model.upper(),
        "name": name,
        "description": {"de": name, "en": name},
        "decoder": "network_server",
        "lorawan": {"mac_version": "unknown"},
        "interval_minutes": interval_minutes,
        "measurements": [one.entry() for one in proposed],
        "examples": [],
    }
    made = DeviceProfile(id=profile_id, version="", codec="", **content)
    content["examples"] = [
        _example(made, uplink.f_port, uplink.decoded)
        for uplink in uplinks[-_EXAMPLES:]
        if uplink.decoded and uplink.f_port
    ]
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


def _example(profile: DeviceProfile, f_port: int, decoded: Mapping[str, Any]) -> dict[str, Any]:
    found = measurements(profile, dict(decoded))
    return {
        "description": f"port {f_port}, as the network server decoded it",
        "f_port": f_port,
        "decoded": dict(decoded),
        "measurements": list(map(as_expected, found)),
    }
