"""`make fuzz`: mutated messages through parsers and codecs; each has a fate within 100 ms."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

from tests.fuzz.trial import LIMIT_SECONDS, run_chunk

_CHUNK = 1000
#: A chunk takes about a second; one that takes this long hangs.
_HANGING_SECONDS = 300.0


def main() -> int:
    """Run; 0 when nothing crashed and nothing hung."""
    parser = argparse.ArgumentParser(prog="make fuzz ARGS=")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first message")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    options = parser.parse_args()
    jobs = [
        (options.seed, first, min(_CHUNK, options.first + options.messages - first))
        for first in range(options.first, options.first + options.messages, _CHUNK)
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the processes end with this one
    fates: Counter[str] = Counter()
    seconds: list[float] = []
    failures: list[str] = []
    started = told = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        results = pool.imap(run_chunk, jobs)
        for _, first, count in jobs:
            try:
                outcome = results.next(timeout=_HANGING_SECONDS)
            except multiprocessing.TimeoutError:
                failures.append(f"one of the messages {first} to {first + count - 1} hangs")
                pool.terminate()
                break
            fates.update(outcome.fates)
            seconds += outcome.seconds
            failures += outcome.failures
            if time.monotonic() > told + 10:
                told = time.monotonic()
                rate = (first + count - options.first) / (told - started)
                print(f"{first + count:,} messages, {rate:,.0f} a second", flush=True)
    took = time.monotonic() - started
    return _tell(options.json, options.seed, took, fates, seconds, failures)


def _tell(
    path: Path | None,
    seed: int,
    took: float,
    fates: Counter[str],
    seconds: list[float],
    failures: list[str],
) -> int:
    if not seconds:
        print("no message was tried")
        return 1
    p50, p99, longest = np.percentile(seconds, [50, 99, 100]) * 1e3
    told = {
        "seed": seed,
        "messages": len(seconds),
        "seconds": round(took, 1),
        "messages_per_second": round(len(seconds) / took),
        "milliseconds": {"p50": round(p50, 3), "p99": round(p99, 3), "max": round(longest, 1)},
        "over_the_limit_at_first_try": sum(s > LIMIT_SECONDS for s in seconds),
        "fates": dict(sorted(fates.items())),
        "failures": len(failures),
    }
    for failure in failures[:20]:
        print(f"FAILED {failure}")
    print(json.dumps(told, indent=1))
    if path is not None:
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"seed {seed}: " + (f"{len(failures)} FAILURES" if failures else "no crash, no hang"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
