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

from tests.benchmarks.alarms import alarm_figures
from tests.benchmarks.backlog import backlog_memory
from tests.benchmarks.broker import installed
from tests.benchmarks.bulkheads import bulkheads
from tests.benchmarks.charts import chart_figures
from tests.benchmarks.demo import demo_memory
from tests.benchmarks.drain import drain_rounds
from tests.benchmarks.irrigation import irrigation_figures
from tests.benchmarks.latency import latency_rounds
from tests.benchmarks.region.arrivals import arriving
from tests.benchmarks.region.boards import board_figures
from tests.benchmarks.region.browser import browser_figures, browser_there
from tests.benchmarks.region.disk import disk_figures
from tests.benchmarks.region.fill import Size, fill
from tests.benchmarks.region.place import region
from tests.benchmarks.region.web import web_figures
from tests.benchmarks.replay import replay_figures
from tests.benchmarks.report import Figure, Report
from tests.benchmarks.rounds import round_figures
from tests.benchmarks.stack import Stack, stack

_ALL = ["drain", "replay", "latency", "charts", "bulkheads", "backlog", "alarms", "demo", "rounds"]
#: Takes as long as all the others together, and much room: only where it is named.
_LARGE = ["region", "irrigation"]
#: These share one database, in this order: each finds what the ones before have stored.
_SHARING = {"drain", "replay", "latency", "charts", "bulkheads"}


def main() -> None:
    """Run all measurements, or those that are named."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=")
    parser.add_argument("--only", choices=[*_ALL, *_LARGE], action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--uplinks", type=int, default=200_000, help="in each round of the drain")
    parser.add_argument("--backlog", type=int, default=1_000_000, help="messages that wait")
    parser.add_argument("--workers", type=int, default=1, help="ingest processes in the drain")
    parser.add_argument("--database", metavar="URL", help="a server instead of the embedded one")
    parser.add_argument("--node-red", type=Path, metavar="DIR", help="compare with this Node-RED")
    parser.add_argument("--url", help="region: the database that it lies in, or is built in")
    parser.add_argument("--towns", type=int, default=59, help="region, irrigation")
    parser.add_argument("--sites", type=int, default=50, help="region: in each town")
    parser.add_argument("--days", type=int, default=364, help="region: of readings")
    parser.add_argument(
        "--arriving", type=int, default=200, help="region: uplinks a second while it is read"
    )
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
            report.note(
                "SKIPPED, because Mosquitto is not installed: all but the demo's memory, rounds "
                "and a region to which nothing arrives"
            )
        else:
            _measure_arrivals(Path(folder), wanted, options, report)
        if "region" in wanted:
            _measure_region(Path(folder) / "region", options, report)
        if "irrigation" in wanted:
            with region(Path(folder) / "irrigation", options.url) as place:
                report.note(_database_note(place.hub))
                title = f"irrigation: {options.towns} towns with 2,000 trees each"
                figures = irrigation_figures(place, options.towns, options.rounds * 4)
                report.add(title, figures)
        if "demo" in wanted:
            sizes = demo_memory(Path(folder) / "demo")
            report.add(
                "memory of the whole demo (PSS)",
                [Figure(name, "MB", [size]) for name, size in sizes.items()],
            )
        if "rounds" in wanted:
            report.add("rounds of crews", round_figures())
    if options.json:
        report.write(options.json)
    if options.strict and report.missed():
        sys.exit(f"missed: {'; '.join(report.missed())}")


def _measure_arrivals(
    folder: Path, wanted: list[str], options: argparse.Namespace, report: Report
) -> None:
    if _SHARING.intersection(wanted):
        with stack(folder / "hub", options.database) as hub:
            _measure(hub, wanted, options, report)
    if "backlog" in wanted:
        with stack(folder / "backlog", None) as hub:
            title = f"a backlog of {options.backlog:,} messages"
            report.add(title, backlog_memory(hub, options.backlog, seconds=60))
    if "alarms" in wanted:
        with region(folder / "alarms", None) as place:
            report.add("from a reading to a person", alarm_figures(place))


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
        report.add("charts", chart_figures(hub, options.rounds))
    if "bulkheads" in wanted:
        report.add("/latest of another town, p95", bulkheads(hub, options.rounds))


def _measure_region(folder: Path, options: argparse.Namespace, report: Report) -> None:
    with region(folder, options.url) as place:
        report.note(_database_note(place.hub))
        if place.filled:
            report.note("the region is measured as it is: its options were those of its making")
        else:
            size = Size(options.towns, options.sites, options.days)
            report.note(f"{size.towns} towns with {size.sites} sites each, {size.days} days")
            report.add("building a region", fill(place, size, report.note))
        report.add("room on the disk", disk_figures(place))
        place.world.decide()
        rate = options.arriving if installed() else 0
        report.note(f"{rate} uplinks/s arrive meanwhile")
        with place.hub.process("serve"), place.hub.process("work"), arriving(place, rate):
            place.hub.wait_ready()
            report.add("API and portal", web_figures(place, options.rounds * 20))
            report.add("statements of the dashboards", board_figures(place, options.rounds * 4))
            if browser_there():
                report.add("in a browser", browser_figures(place, options.rounds))
            else:
                report.note(
                    "SKIPPED, because Chromium or Node is not installed: a page in a browser"
                )


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
