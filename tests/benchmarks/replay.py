"""How fast stored uplinks are decoded again, by `regionhub replay`."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.messages import PROFILE
from tests.benchmarks.report import Figure
from tests.benchmarks.stack import Stack
from tests.benchmarks.usage import watch

_PROFILES = Path(__file__).parents[2] / "device_profiles"
_MILLION = 1_000_000
_SECONDS_FOR_A_MILLION = 240
_FILL_SECONDS = 1800
#: What the codec says of each channel, and what a corrected one would.
_VALUE = "data[name] = value;"
_CORRECTED = "data[name] = value * 1.001;"
_CORRECTION = 1.001


def replay_figures(hub: Stack, uplinks: int) -> list[Figure]:
    """Fill up to this many stored uplinks, decode them with two new versions of the codec."""
    _fill(hub, uplinks)
    stored = _count(hub)
    codec = (_PROFILES / PROFILE / "codec.js").read_text(encoding="utf-8")
    if _VALUE not in codec:
        raise ValueError("the codec is another one: say anew how to change all of its values")
    figures: list[Figure] = []
    for name, text, factor in (
        ("no value changes", f"{codec}\n// another version\n", 1.0),
        ("every value changes", codec.replace(_VALUE, _CORRECTED), _CORRECTION),
    ):
        expected = _sum(hub) * factor
        figures += _replay(hub, text, name, stored)
        if not math.isclose(_sum(hub), expected, rel_tol=1e-9):
            raise ValueError(f"{name}: the values add up to {_sum(hub)}, not to {expected}")
    return figures


def _fill(hub: Stack, uplinks: int) -> None:
    missing = uplinks - _count(hub)
    if missing > 0:
        hub.open_session()
        hub.queue(missing)
        with hub.process("ingest") as ingest:
            hub.wait_for(hub.counted() + missing, ingest, _FILL_SECONDS)


def _count(hub: Stack) -> int:
    row = hub.owner.execute("select count(*) as uplinks from core.uplink").fetchone()
    assert row is not None
    return int(row["uplinks"])


def _sum(hub: Stack) -> float:
    row = hub.owner.execute("select sum(value::numeric) as total from core.reading").fetchone()
    assert row is not None
    return float(row["total"])


def _replay(hub: Stack, codec: str, reason: str, stored: int) -> list[Figure]:
    """Run the command with this codec; its own start counts."""
    folder = hub.folder / "profiles"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_PROFILES, folder)
    (folder / PROFILE / "codec.js").write_text(codec, encoding="utf-8")
    command = [sys.executable, "-m", "regionhub", "replay", "--profile", PROFILE]
    command += ["--since", "2000-01-01T00:00:00Z", "--reason", reason]
    environment = os.environ | {
        "REGIONHUB_DATABASE_URL": hub.url,
        "REGIONHUB_DEVICE_PROFILES": str(folder),
    }
    cpu = watch({"replay": os.getpid(), "database": hub.database_pid})
    began = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    costs = cpu()  # this process does nothing meanwhile, so what its children spent is the command
    rate = stored / seconds
    return [
        Figure(f"{stored:,} stored uplinks decoded again, {reason}", "s", [seconds]),
        Figure(
            f"the same as a rate, {reason}",
            "1/s",
            [rate],
            f"{rate / (os.cpu_count() or 1):,.0f} per core",
            at_least=_MILLION / _SECONDS_FOR_A_MILLION if stored >= _MILLION else None,
        ),
        *(
            Figure(f"processor time per 1,000 uplinks, {reason}, {part}", "s", [cost])
            for part, cost in ((part, each / stored * 1000) for part, each in costs.items())
        ),
    ]
