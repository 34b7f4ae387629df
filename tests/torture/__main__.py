"""`make torture`: kill everything at random, and count what the hub lost (nothing) or doubled."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.torture import broker, clock, disk
from tests.torture.plan import make_plan
from tests.torture.run import torture


def main() -> int:
    """Run; 0 when the promise held."""
    parser = argparse.ArgumentParser(prog="make torture ARGS=")
    parser.add_argument("--seed", type=int, default=1, help="draws the order of the faults")
    parser.add_argument("--kills", type=int, default=32)
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second")
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    parser.add_argument("--keep", type=Path, help="copy the logs into this folder")
    options = parser.parse_args()

    problems = []
    if broker.executable() is None:
        problems.append("Mosquitto is not installed: nothing can be proved")
    with_disks, with_clock = disk.can_mount(), clock.library() is not None
    if not with_disks:
        problems.append("this user may not mount: no disk fills up")
    if not with_clock:
        problems.append("libfaketime is not installed: no clock jumps")
    for problem in problems:
        print(f"SKIPPED: {problem}", flush=True)
    if broker.executable() is None or (problems and os.environ.get("CI") == "true"):
        return int(os.environ.get("CI") == "true")

    without = {name for name, there in (("disk", with_disks), ("clock", with_clock)) if not there}
    plan = make_plan(options.seed, options.kills, without=frozenset(without))
    with tempfile.TemporaryDirectory(prefix="rhtorture") as folder:
        try:
            report = torture(
                Path(folder),
                plan,
                seed=options.seed,
                rate=options.rate,
                disks=with_disks,
                clock=with_clock,
            )
        finally:
            if options.keep is not None:
                options.keep.mkdir(parents=True, exist_ok=True)
                for log in Path(folder).glob("*.log"):
                    shutil.copy(log, options.keep)
    report.skipped = problems
    report.print()
    if options.json is not None:
        options.json.write_text(json.dumps(report.as_dict(), indent=1) + "\n", encoding="utf-8")
    return 0 if report.good else 1


sys.exit(main())
