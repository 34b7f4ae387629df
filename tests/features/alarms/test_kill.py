"""Whoever watches and sends is killed at random: nothing is lost, and what comes twice says so."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.features.alarms.hub import alarm_town
from tests.features.alarms.standins import standin
from tests.rows import connect
from tests.town import KEY_FILE
from tests.world import World

from regionhub.features.alarms.words import REPEATED

_ALARMS = 30
_CONTACTS = 40
_DONE = {"alarms": _ALARMS, "told": _ALARMS * _CONTACTS, "waiting": 0}


@contextmanager
def worker(url: str) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.features.alarms.killed", url, str(KEY_FILE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            process.kill()


def until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_kills_lose_nothing(database_url: str) -> None:
    chance = random.Random()
    with connect(database_url, autocommit=True) as owner, standin() as service:
        service.delay_seconds = 0.1
        town = alarm_town(World(owner))
        for number in range(_CONTACTS):
            town.told(f"Wache {number}", address=f"json://{service.host}/{number}")
        town.rule("signal", "Hochwasser", signal="gauges")
        for number in range(_ALARMS):
            site = town.town.gauge(f"Pegel {number:02}", stage_1_cm=100.0)
            town.town.sensor(site, "water_level", (town.world.ago(minutes=5), 150.0))
        town.world.decide()

        def done() -> bool:
            [row] = town.world.select(
                "select (select count(*) from core.alarm) as alarms, "
                "(select count(message_id) from core.alarm_notice) as told, "
                "(select count(*) from core.alarm_message where delivered_at is null) as waiting"
            )
            return bool(row == _DONE)

        with worker(database_url):
            arrived = chance.choice((0, chance.randint(1, _CONTACTS - 1)))
            until(lambda: len(service.got) >= arrived)
            time.sleep(chance.uniform(0, 0.2))
        with worker(database_url):
            until(done)
        sent = town.world.select(
            "select shown, count(*) as messages from core.alarm_message "
            "join core.alarm_contact using (contact_id) group by shown"
        )
    assert len(sent) == _CONTACTS
    got = Counter(service.paths)
    first = Counter(
        path
        for path, title in zip(service.paths, service.subjects(), strict=True)
        if REPEATED not in title
    )
    for row in sent:
        path = "/" + row["shown"].rstrip("/").rpartition("/")[2]
        assert got[path] >= row["messages"] >= first[path], path
