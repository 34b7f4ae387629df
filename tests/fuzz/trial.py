"""One mutated message through formats, codecs, mapping and units: it has a fate, and quickly."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import structlog

from regionhub.archive.items import Item, NewDeadLetter, NewDeviceEvent, NewIgnored, NewUplink
from regionhub.devices import Device, Source
from regionhub.envelope import Envelope
from regionhub.profiles import DeviceProfile, load_profiles
from regionhub.series.normalize import measured
from regionhub_ingest.decode import Codecs
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry
from tests.fuzz.mutate import message
from tests.fuzz.samples import load_payloads, load_samples
from tests.messages import arrived

#: No message may take longer.
LIMIT_SECONDS = 0.1
_NOW_NS = 1_778_572_000 * 10**9  # 2026-05-12, when the samples were sent
_TRIES = 3


_trials: dict[int, Trial] = {}


def run_chunk(job: tuple[int, int, int]) -> Outcome:
    """Seed, first number and count; a process keeps its trial from one chunk to the next."""
    seed, first, count = job
    if seed not in _trials:
        _trials[seed] = Trial(seed)
    return _trials[seed].run(first, count)


class _EveryDevice:
    """A registry that knows every DevEUI; all of them have one profile at a time."""

    profile_id = ""

    def __init__(self) -> None:
        self.profiles: dict[str, DeviceProfile] = {}  # none beside those of the files

    def find(self, tenant_id: int, dev_eui: str) -> Device:
        return Device(
            device_id=1, tenant_id=1, dev_eui=dev_eui, profile_id=self.profile_id, parameters={}
        )


@dataclass(slots=True)
class Outcome:
    """What became of the messages of one chunk."""

    fates: dict[str, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def count(self, fate: str) -> None:
        """One message more with this fate."""
        self.fates[fate] = self.fates.get(fate, 0) + 1


class Trial:
    """Belongs to one process."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        # what went wrong is told at the end, with the message
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        self._samples = load_samples()
        profiles = load_profiles()
        self._payloads = load_payloads(profiles)
        self._profiles = list(profiles)
        self._registry = _EveryDevice()
        self._pipeline = Pipeline(cast("Registry", self._registry), Codecs(profiles))

    def run(self, first: int, count: int) -> Outcome:
        """The messages with these numbers; number and seed make a message."""
        outcome = Outcome()
        for number in range(first, first + count):
            self._one(number, outcome)
        return outcome

    def _one(self, number: int, outcome: Outcome) -> None:
        rng = random.Random(self._seed << 40 | number)
        profile_id = self._registry.profile_id = self._profiles[number % len(self._profiles)]
        format_, topic, body = message(rng, self._samples, self._payloads[profile_id])
        source = Source(
            source_id=1, tenant_id=1, tenant="fuzz", name="fuzz", format=format_,
            broker_url="mqtt://127.0.0.1", topics=("#",),
        )  # fmt: skip
        received = _NOW_NS + rng.choice((0, 0, 10**9, 86400 * 10**9, -_NOW_NS))
        envelope = Envelope(topic=topic, body=body, arrival=arrived(received))
        said = f"number {number}, {format_}, {profile_id}, topic {topic!r}, body {body.hex()}"
        try:
            seconds, item = self._prepare(source, envelope)
        except Exception as error:  # noqa: BLE001 - a crash is what we look for
            outcome.failures.append(f"{type(error).__name__}: {error}: {said}")
            return
        outcome.seconds.append(seconds)
        if seconds > LIMIT_SECONDS:
            # the machine may have been busy; a message that is slow is slow each time
            again = min(self._prepare(source, envelope)[0] for _ in range(_TRIES))
            if again > LIMIT_SECONDS:
                outcome.failures.append(f"took {again:.3f} s: {said}")
        outcome.count(_fate(item))
        if isinstance(item, NewDeadLetter) and item.reason == "unexpected":
            outcome.failures.append(f"{item.detail}: {said}")

    def _prepare(self, source: Source, envelope: Envelope) -> tuple[float, Item]:
        # of this process: how long the machine was busy with others says nothing, and the codecs,
        # which run beside it, have a limit of their own
        started = time.process_time()
        (item,) = self._pipeline.prepare_all([(source, envelope)])
        if isinstance(item, NewUplink):
            measured([1], np.array([item.uplink.time_ns], dtype=np.int64), [item.measurements])
        return time.process_time() - started, item


def _fate(item: Item) -> str:
    match item:
        case NewUplink():
            return "stored"
        case NewDeviceEvent():
            return f"stored {item.event.kind}"
        case NewDeadLetter():
            return f"dead_letter {item.reason}"
        case NewIgnored():
            return "ignored"
