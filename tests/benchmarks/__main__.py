"""`make bench`: what this machine does, as a table with the bars that have to be reached.

Every figure is a median of several rounds in one run. Single figures of a shared machine say
little: compare ratios and look at the rounds.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.backlog import backlog_memory
from tests.benchmarks.broker import installed
from tests.benchmarks.bulkheads import bulkheads
from tests.benchmarks.charts import chart_queries
from tests.benchmarks.demo import demo_memory
from tests.benchmarks.drain import drain_rounds
from tests.benchmarks.latency import latency_rounds
from tests.benchmarks.replay import replay_figures
from tests.benchmarks.report import Figure, Report
from tests.benchmarks.stack import Stack, stack

_ALL = ["drain", "replay", "latency", "charts", "bulkheads", "backlog", "demo"]
#: These share one database, in this order: each finds what the ones before have stored.
_SHARING = {"drain", "replay", "latency", "charts", "bulkheads"}


def main() -> None:
    """Run all measurements, or those that are named."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=")
    parser.add_argument("--only", choices=_ALL, action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--uplinks", type=int, default=200_000, help="in each round of the drain")
    parser.add_argument("--backlog", type=int, default=1_000_000, help="messages that wait")
    parser.add_argument("--workers", type=int, default=1, help="ingest processes in the drain")
    parser.add_argument("--database", metavar="URL", help="a server instead of the embedded one")
    parser.add_argument("--node-red", type=Path, metavar="DIR", help="compare with this Node-RED")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--strict", action="store_true", help="fail where a bar is missed")
    options = parser.parse_args()
    wanted = options.only or _ALL
    report = Report()
    report.note(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"median of {options.rounds} rounds"
    )
    with tempfile.TemporaryDirectory(prefix="rhbench") as folder:
        if not installed():
            report.note("SKIPPED, because Mosquitto is not installed: all but the demo's memory")
        else:
            if _SHARING.intersection(wanted):
                with stack(Path(folder) / "hub", options.database) as hub:
                    _measure(hub, wanted, options, report)
            if "backlog" in wanted:
                with stack(Path(folder) / "backlog", None) as hub:
                    title = f"a backlog of {options.backlog:,} messages"
                    report.add(title, backlog_memory(hub, options.backlog, seconds=60))
        if "demo" in wanted:
            sizes = demo_memory(Path(folder) / "demo")
            report.add(
                "memory of the whole demo (PSS)",
                [Figure(name, "MB", [size]) for name, size in sizes.items()],
            )
    if options.json:
        report.write(options.json)
    if options.strict and report.missed():
        sys.exit(f"missed: {'; '.join(report.missed())}")


def _measure(hub: Stack, wanted: list[str], options: argparse.Namespace, report: Report) -> None:
    report.note(_database_note(hub))
    cores = os.cpu_count() or 1
    if "drain" in wanted:
        if options.node_red:
            report.note(
                "Node-RED acknowledges what arrives, before it is stored; ingest afterwards"
            )
        title = f"draining a queue of {options.uplinks:,} uplinks"
        if options.workers > 1:
            title += f" with {options.workers} ingest processes"
        hub.share(options.workers)
        figures = drain_rounds(hub, options.uplinks, options.rounds, cores, options.node_red)
        report.add(title, figures)
        hub.share(1)
    if "replay" in wanted:
        report.add("replay (one run)", replay_figures(hub, options.uplinks))
    if "latency" in wanted:
        latency = latency_rounds(hub, rate=1000, seconds=20, rounds=options.rounds, cores=cores)
        report.add("latency", latency)
    if "charts" in wanted:
        charts = chart_queries(hub, options.rounds)
        report.add("charts", [Figure(f"{name}, p95", "ms", each) for name, each in charts.items()])
    if "bulkheads" in wanted:
        report.add("/latest of another town, p95", bulkheads(hub, options.rounds))


def _database_note(hub: Stack) -> str:
    settings = ("server_version", "fsync", "synchronous_commit", "full_page_writes")
    values = []
    for name in settings:
        row = hub.owner.execute("select current_setting(%s) as value", [name]).fetchone()
        assert row is not None
        values.append(f"{name} {row['value']}")
    row = hub.owner.execute("select engine from core.deployment").fetchone()
    assert row is not None
    return f"database: {row['engine']}, {', '.join(values)}"


main()
