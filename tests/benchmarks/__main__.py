"""`make bench`: what this machine does, printed with its number of cores.

Every figure is a median of several rounds in one run. Single figures of a shared machine say
little: compare ratios and look at the rounds.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.charts import chart_queries
from tests.benchmarks.drain import drain
from tests.benchmarks.latency import latency
from tests.benchmarks.memory import demo_memory
from tests.benchmarks.stack import stack


def main() -> None:
    """Run all measurements, or those that are named."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=")
    parser.add_argument("--only", choices=["drain", "latency", "charts", "memory"], action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--uplinks", type=int, default=30_000, help="in each round of the drain")
    options = parser.parse_args()
    wanted = options.only or ["drain", "latency", "charts", "memory"]
    print(f"cores: {os.cpu_count()}, {platform.machine()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory(prefix="rhbench") as folder:
        if wanted != ["memory"]:
            with stack(Path(folder)) as hub:
                if "drain" in wanted:
                    rates = [drain(hub, options.uplinks, r) for r in range(options.rounds)]
                    _print(
                        "uplinks/s committed (broker, ingest and database on this machine)",
                        rates,
                        "{:,.0f}",
                    )
                    readings = [rate.readings_per_second for rate in rates]
                    _print("readings/s committed", readings, "{:,.0f}")
                if "latency" in wanted:
                    results = [latency(hub, rate=500, seconds=10) for _ in range(options.rounds)]
                    _print(
                        "publish to visible at 500 uplinks/s, p50 ms",
                        [r.p50_ms for r in results],
                        "{:.0f}",
                    )
                    _print(
                        "publish to visible at 500 uplinks/s, p99 ms",
                        [r.p99_ms for r in results],
                        "{:.0f}",
                    )
                if "charts" in wanted:
                    for name, values in chart_queries(hub, options.rounds).items():
                        _print(f"{name}, p95 ms", values, "{:.0f}")
        if "memory" in wanted:
            for name, megabytes in demo_memory(Path(folder) / "demo").items():
                print(f"memory of the demo, {name}: {megabytes:.0f} MB (PSS)")


def _print(name: str, values: Sequence[float], pattern: str) -> None:
    rounds = ", ".join(pattern.format(value) for value in values)
    print(f"{name}: {pattern.format(statistics.median(values))}   (rounds: {rounds})", flush=True)


main()
