"""`make torture`: kill everything at random, and count what the hub lost (nothing) or doubled."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path

from tests.torture import broker, disk
from tests.torture.plan import make_plan
from tests.torture.run import torture


def main() -> int:
    """Run; 0 when the promise held."""
    parser = argparse.ArgumentParser(
        prog="make torture ARGS=",
        description="Kill everything at random and count what is lost or doubled: "
        "docs/durability.md",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=1, help="draws the order of the faults")
    parser.add_argument("--kills", type=int, default=32, help="how often something is killed")
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second")
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    parser.add_argument("--keep", type=Path, help="copy the logs into this folder")
    options = parser.parse_args()

    problems = []
    if broker.executable() is None:
        problems.append("Mosquitto is not installed: nothing can be proved")
    with_disks = disk.can_mount()
    if not with_disks:
        problems.append("this user may not mount: no disk fills up")
    for problem in problems:
        print(f"SKIPPED: {problem}", flush=True)
    if broker.executable() is None or (problems and os.environ.get("CI") == "true"):
        return int(os.environ.get("CI") == "true")

    plan = make_plan(options.seed, options.kills, with_disks=with_disks)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended, too
    # kill -USR1: no more faults, and the verdict on what was done
    enough = threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: enough.set())
    with tempfile.TemporaryDirectory(prefix="rhtorture") as folder:
        try:
            report = torture(
                Path(folder),
                plan,
                seed=options.seed,
                rate=options.rate,
                disks=with_disks,
                enough=enough,
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
