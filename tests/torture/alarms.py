"""Alarms while everything that makes and sends them is killed at random.

Two hundred gauges reach a stage, group by group; each group has a rule, and people of its own who
are told. `regionhub work`, the database and single processes of it die meanwhile. The verdict comes
from whoever received the messages: each of them has heard of each gauge of the group, and what came
twice said so.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from regionhub.features.alarms.contacts import create_chain
from regionhub.features.alarms.words import REPEATED
from tests.devices import Device
from tests.features.alarms.hub import AlarmTown, alarm_town
from tests.features.alarms.standins import StandIn, standin
from tests.rows import connect
from tests.torture.database import DatabaseServer
from tests.town import KEY_FILE
from tests.world import World

_GROUPS = 10
_GAUGES = 20
_PEOPLE = 4
_QUIET_SECONDS = 60.0
_BEGIN_SECONDS = 15.0
_ROLE = "regionhub_ingest"


@dataclass
class AlarmReport:
    """What became of the alarms; `lost` and `doubled` name a person and a gauge or a message."""

    raised: int = 0
    messages: int = 0
    repeated: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """All were raised and told, and none twice without a word."""
        return self.raised == _GROUPS * _GAUGES and not (self.lost or self.doubled)


@dataclass(frozen=True)
class _Group:
    gauges: list[str]
    devices: list[Device]
    people: list[str]


def torture_alarms(folder: Path, database: DatabaseServer, seed: int) -> AlarmReport:
    """Raise two hundred alarms while everything is killed, and see who was told of which."""
    chance, report = random.Random(seed), AlarmReport()
    with standin() as service:
        service.delay_seconds = 0.3
        groups = _set_up(database.url, service)
        with _Worker(database.url, folder / "work.log").running() as worker:
            for first in range(0, _GROUPS, 2):
                for group in groups[first : first + 2]:
                    _rise(database.url, group)
                _await_some(service, len(service.got))
                time.sleep(chance.uniform(0, service.delay_seconds))
                _kill(chance, worker, database, report.kills)
            _await_told(database, service, groups, worker)
        with connect(database.url, autocommit=True) as owner:
            [row] = World(owner).select("select count(*) as alarms from core.alarm")
            report.raised = row["alarms"]
    _judge(service, groups, report)
    return report


def _set_up(url: str, service: StandIn) -> list[_Group]:
    with connect(url, autocommit=True) as owner:
        town = alarm_town(World(owner))
        return [_group(town, number, service) for number in range(_GROUPS)]


def _group(town: AlarmTown, number: int, service: StandIn) -> _Group:
    gauges = [f"Pegel {number:02}-{place:02}" for place in range(_GAUGES)]
    sites = [town.town.gauge(name, stage_1_cm=100.0) for name in gauges]
    with town.town.acting(decided=False) as connection:
        name = f"Nacht {number}"
        chain = create_chain(connection, town.town.tenant_id, name=name, minutes=60)
    people = [f"/{number}-{person}" for person in range(_PEOPLE)]
    own = AlarmTown(town.town, chain)
    for path in people:
        own.told(f"Wache {path[1:]}", address=f"json://{service.host}{path}")
    own.rule("signal", f"Hochwasser {number}", signal="gauges", site_ids=sites)
    return _Group(gauges, [town.town.device(site) for site in sites], people)


def _rise(url: str, group: _Group) -> None:
    with connect(url, autocommit=True) as owner:
        world = World(owner)
        for device in group.devices:
            town = world.town_of(device.town.slug)
            here = Device(town, device.device_id, device.dev_eui, device.profile_id)
            here.readings("water_level", [(world.ago(minutes=1), 150.0)])


class _Worker:
    """`regionhub work` as a process of its own."""

    def __init__(self, url: str, log: Path) -> None:
        self._environment = os.environ | {
            "REGIONHUB_DATABASE_URL": url,
            "REGIONHUB_KEY_FILE": str(KEY_FILE),
            "REGIONHUB_ALARM_NETWORKS": "127.0.0.0/8",
        }
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def supervise(self) -> None:
        """Start it if it does not run."""
        if self._process is None or self._process.poll() is not None:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "regionhub", "work"],
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )

    def kill(self) -> None:
        """`kill -9`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @contextmanager
    def running(self) -> Iterator[_Worker]:
        """Until the end of the block."""
        self.supervise()
        try:
            yield self
        finally:
            self.kill()


def _kill(
    chance: random.Random, worker: _Worker, database: DatabaseServer, kills: Counter[str]
) -> None:
    what = chance.choices(("work", "database", "backend"), (5, 3, 2))[0]
    kills[what] += 1
    if what == "work":
        worker.kill()
    elif what == "database":
        database.kill()
    else:
        database.kill_backend(database.busiest(_ROLE))
    database.wait()
    worker.supervise()


def _await_some(service: StandIn, before: int) -> None:
    """Until messages arrive: then several are on their way."""
    since = time.monotonic()
    while len(service.got) == before and time.monotonic() - since < _BEGIN_SECONDS:
        time.sleep(0.02)


def _await_told(
    database: DatabaseServer, service: StandIn, groups: list[_Group], worker: _Worker
) -> None:
    """Until everybody has heard of everything, or nothing comes any more."""
    heard, since = -1, time.monotonic()
    while _unheard(service, groups) and time.monotonic() - since < _QUIET_SECONDS:
        if len(service.got) > heard:
            heard, since = len(service.got), time.monotonic()
        database.wait()
        worker.supervise()
        time.sleep(0.2)


def _told(service: StandIn) -> list[tuple[str, str, str]]:
    received = list(zip(service.paths, service.got, strict=False))
    return [(path, got["title"], got["message"]) for path, got in received]


def _unheard(service: StandIn, groups: list[_Group]) -> list[str]:
    said = Counter[str]()
    texts: dict[str, str] = {}
    for path, title, message in _told(service):
        texts[path] = texts.get(path, "") + title + message
        said[path] += 1
    return [
        f"{person} has not heard of {gauge}"
        for group in groups
        for person in group.people
        for gauge in group.gauges
        if gauge not in texts.get(person, "")
    ]


def _judge(service: StandIn, groups: list[_Group], report: AlarmReport) -> None:
    report.lost = _unheard(service, groups)
    first = Counter[tuple[str, str]]()
    for path, title, message in _told(service):
        report.messages += 1
        report.repeated += REPEATED in title
        if REPEATED not in title:
            # of one gauge somebody is told once that it rose
            first.update((path, gauge) for gauge in _named(message, groups))
    report.doubled = [f"{path}: {gauge}" for (path, gauge), times in first.items() if times > 1]


def _named(message: str, groups: list[_Group]) -> list[str]:
    return [gauge for group in groups for gauge in group.gauges if gauge in message]
