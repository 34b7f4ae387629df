"""How fast a waiting queue of uplinks is committed, and what it costs."""

from __future__ import annotations

import re
import time
import urllib.request
from dataclasses import dataclass

from tests.benchmarks.bare_paho import Bare, bare_drain
from tests.benchmarks.messages import READINGS_PER_UPLINK
from tests.benchmarks.report import Figure
from tests.benchmarks.stack import Stack
from tests.benchmarks.usage import peak_megabytes, spent

_SECONDS = 1200


@dataclass(frozen=True)
class Drained:
    """One round of ingest: rate, processor seconds per 1,000 uplinks by process, and memory."""

    per_second: float
    cpu_seconds_per_1000: dict[str, float]
    mean_batch: float
    peak_megabytes: float


def drain_rounds(hub: Stack, uplinks: int, rounds: int, cores: int) -> list[Figure]:
    """Bare client and ingest in turn, so that both see the same machine."""
    bare: list[Bare] = []
    ours: list[Drained] = []
    for _ in range(rounds):
        bare.append(bare_drain(hub, uplinks))
        ours.append(drain(hub, uplinks))
    rates = [each.per_second for each in ours]
    figures = [
        Figure("uplinks committed", "1/s", rates, _per_core(rates, cores), at_least=5000),
        Figure(
            "readings committed",
            "1/s",
            [rate * READINGS_PER_UPLINK for rate in rates],
        ),
        Figure("bare paho subscriber", "1/s", [each.per_second for each in bare]),
        Figure(
            "uplinks committed / bare paho, same round",
            "",
            [each.per_second / other.per_second for each, other in zip(ours, bare, strict=True)],
            at_least=0.4,
        ),
    ]
    for name in ours[0].cpu_seconds_per_1000:
        costs = [each.cpu_seconds_per_1000[name] for each in ours]
        figures.append(Figure(f"processor time per 1,000 uplinks, {name}", "s", costs))
    totals = [sum(each.cpu_seconds_per_1000.values()) for each in ours]
    return [
        *figures,
        Figure("processor time per 1,000 uplinks, together", "s", totals),
        Figure(
            "processor time per 1,000 messages, bare paho",
            "s",
            [each.cpu_seconds_per_1000 for each in bare],
        ),
        Figure("messages in a batch, mean", "", [each.mean_batch for each in ours]),
        Figure("memory of ingest, peak resident", "MB", [each.peak_megabytes for each in ours]),
    ]


def drain(hub: Stack, uplinks: int) -> Drained:
    """Queue uplinks while ingest is away, then start it and time its commits, first to last."""
    hub.open_session()
    hub.queue(uplinks)
    before, stored_before = hub.counted(), _stored(hub)
    with hub.process("ingest") as ingest:
        pids = {
            "ingest": ingest.pid,
            "database": hub.database_pid,
            "Mosquitto": hub.broker.pid,
        }
        hub.wait_for(before + 1, ingest, _SECONDS)
        first, started = hub.counted(), time.perf_counter()
        with spent(pids) as cpu:
            hub.wait_for(before + uplinks, ingest, _SECONDS)
            seconds = time.perf_counter() - started
            costs = cpu()
        mean_batch = _mean_batch(hub)
        peak = peak_megabytes(ingest.pid)
    stored = tuple(now - then for now, then in zip(_stored(hub), stored_before, strict=True))
    if stored != (uplinks, uplinks * READINGS_PER_UPLINK):
        raise ValueError(f"{uplinks} uplinks became {stored[0]} uplinks and {stored[1]} readings")
    done = before + uplinks - first
    return Drained(
        done / seconds,
        {name: spent_seconds / done * 1000 for name, spent_seconds in costs.items()},
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
    total, count = (
        float(re.search(rf"^regionhub_ingest_batch_messages_{part} (\S+)$", text, re.MULTILINE)[1])  # type: ignore[index]
        for part in ("sum", "count")
    )
    return total / count


def _per_core(rates: list[float], cores: int) -> str:
    return f"{sorted(rates)[len(rates) // 2] / cores:,.0f} per core"
