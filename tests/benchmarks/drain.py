"""How fast a waiting queue of uplinks is committed, and what it costs."""

from __future__ import annotations

import re
import statistics
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.bare_paho import Bare, bare_drain
from tests.benchmarks.messages import READINGS_PER_UPLINK
from tests.benchmarks.node_red_drain import Flow, node_red_drain
from tests.benchmarks.report import Figure
from tests.benchmarks.stack import Stack
from tests.benchmarks.usage import peak_megabytes, watch

_SECONDS = 1200


@dataclass(frozen=True)
class Drained:
    """One round of ingest: rate, processor seconds per 1,000 uplinks by process, and memory."""

    per_second: float
    cpu_seconds_per_1000: dict[str, float]
    mean_batch: float
    peak_megabytes: float


def drain_rounds(
    hub: Stack, uplinks: int, rounds: int, cores: int, node_red: Path | None
) -> list[Figure]:
    """Bare client, ingest and Node-RED in turn, so that all see the same machine."""
    bare: list[Bare] = []
    ours: list[Drained] = []
    flow: list[Flow] = []
    for _ in range(rounds):
        bare.append(bare_drain(hub, uplinks))
        ours.append(drain(hub, uplinks))
        if node_red is not None:
            flow.append(node_red_drain(hub, node_red, uplinks))
    return _speed(ours, bare, flow, cores) + _cost(ours, bare, flow)


def _speed(ours: list[Drained], bare: list[Bare], flow: list[Flow], cores: int) -> list[Figure]:
    rates = [each.per_second for each in ours]
    per_core = f"{statistics.median(rates) / cores:,.0f} per core"
    figures = [
        Figure("uplinks committed", "1/s", rates, per_core, at_least=5000),
        Figure("readings committed", "1/s", [rate * READINGS_PER_UPLINK for rate in rates]),
        Figure("bare paho subscriber, messages", "1/s", [each.per_second for each in bare]),
        Figure(
            "uplinks committed / bare paho, same round",
            "",
            [each / other.per_second for each, other in zip(rates, bare, strict=True)],
            at_least=0.4,
        ),
    ]
    if flow:
        figures += [
            Figure("Node-RED flow, messages stored", "1/s", [each.per_second for each in flow]),
            Figure(
                "uplinks committed / Node-RED, same round",
                "",
                [each / other.per_second for each, other in zip(rates, flow, strict=True)],
                at_least=4,
            ),
        ]
    return figures


def _cost(ours: list[Drained], bare: list[Bare], flow: list[Flow]) -> list[Figure]:
    name = "processor time per 1,000 messages"
    totals = [sum(each.cpu_seconds_per_1000.values()) for each in ours]
    bares = [each.cpu_seconds_per_1000 for each in bare]
    figures = [
        *_parts(name, [each.cpu_seconds_per_1000 for each in ours]),
        Figure(f"{name}, these together", "s", totals),
        Figure(f"{name}, bare paho", "s", bares, _times(totals, bares)),
    ]
    if flow:
        flows = [sum(each.cpu_seconds_per_1000.values()) for each in flow]
        figures += [
            *_parts(f"{name}, flow", [each.cpu_seconds_per_1000 for each in flow]),
            Figure(f"{name}, flow, these together", "s", flows, _times(totals, flows)),
        ]
    return [
        *figures,
        Figure("messages in a batch, mean", "", [each.mean_batch for each in ours]),
        Figure("memory of ingest, peak resident", "MB", [each.peak_megabytes for each in ours]),
    ]


def _parts(name: str, rounds: list[dict[str, float]]) -> list[Figure]:
    return [Figure(f"{name}, {part}", "s", [each[part] for each in rounds]) for part in rounds[0]]


def _times(ours: list[float], others: list[float]) -> str:
    return f"ours is {statistics.median(ours) / statistics.median(others):.2g} of it"


def drain(hub: Stack, uplinks: int) -> Drained:
    """Queue uplinks while ingest is away, then start it and time its commits, first to last."""
    hub.open_session()
    hub.queue(uplinks)
    before, stored_before = hub.counted(), _stored(hub)
    with hub.ingest() as processes:
        ingest = processes[0]
        pids = {
            **{f"ingest {i}".removesuffix(" 1"): each.pid for i, each in enumerate(processes, 1)},
            "database": hub.database_pid,
            "broker": hub.broker.pid,
        }
        hub.wait_for(before + 1, ingest, _SECONDS)
        first, started = hub.counted(), time.perf_counter()
        cpu = watch(pids)
        hub.wait_for(before + uplinks, ingest, _SECONDS)
        seconds = time.perf_counter() - started
        costs = cpu()
        mean_batch = _mean_batch(hub)
        peak = max(peak_megabytes(process.pid) for process in processes)
    stored = tuple(now - then for now, then in zip(_stored(hub), stored_before, strict=True))
    if stored != (uplinks, uplinks * READINGS_PER_UPLINK):
        raise ValueError(f"{uplinks} uplinks became {stored[0]} uplinks and {stored[1]} readings")
    done = before + uplinks - first
    return Drained(
        done / seconds,
        {part: each / done * 1000 for part, each in costs.items()},
        mean_batch,
        peak,
    )


def _stored(hub: Stack) -> tuple[int, int]:
    row = hub.owner.execute(
        "select (select count(*) from core.uplink) as uplinks, "
        "(select count(*) from core.reading) as readings"
    ).fetchone()
    assert row is not None
    return row["uplinks"], row["readings"]


def _mean_batch(hub: Stack) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{hub.metrics_port}/metrics") as answer:
        text = answer.read().decode()
    values = dict(
        re.findall(r"^regionhub_ingest_batch_messages_(sum|count) (\S+)$", text, re.MULTILINE)
    )
    return float(values["sum"]) / float(values["count"])
