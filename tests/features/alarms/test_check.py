"""The chain tries itself: what it says when it works, and where it broke when it does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.devices import Device
from tests.features.alarms.standins import StandIn, standin
from tests.pages import text
from tests.rows import Connection, connect
from tests.served import served
from tests.town import SECRETS
from tests.world import World

from regionhub.features.alarms.check import SLUG, check_chain, last_check
from regionhub.features.alarms.jobs import Sender
from regionhub.features.alarms.watch import watch
from regionhub.store.database import Database
from regionhub.store.jobs import HubBroker, Locks, Work
from regionhub_simulators import probe


@dataclass
class Chain:
    """A hub, and how far its messages come: to ingest, the rules and the channels."""

    owner: Connection
    work: Work
    works: tuple[str, ...] = ("ingest", "rules", "channels")

    def publish(self, dev_eui: str, temperature_c: float) -> None:
        if "ingest" in self.works:
            world = World(self.owner)
            [row] = world.select(
                "select device_id, profile_id from core.device where dev_eui = %s", dev_eui
            )
            device = Device(world.town_of(SLUG), dev_eui=dev_eui, **row)
            device.readings("air_temperature", [(world.now, temperature_c)])
            self.owner.execute("update core.latest set received_at = clock_timestamp()")
        if "rules" in self.works:
            with self.work.database.transaction() as connection:
                watch(connection)
        if "channels" in self.works:
            with ThreadPoolExecutor(1) as pool:
                sender = Sender(self.work, pool)
                while sender.step(more=True) or sender.flying:
                    time.sleep(0.002)

    def check(self) -> None:
        broker = HubBroker(
            url="mqtt://127.0.0.1:1",
            user="",
            password="",
            format=probe.FORMAT,
            profile=probe.PROFILE,
            publish=self.publish,
        )
        check_chain(replace(self.work, broker=broker), seconds=0)


@pytest.fixture
def operator() -> Iterator[StandIn]:
    with standin() as made:
        yield made


@pytest.fixture
def chain(database_url: str, operator: StandIn) -> Iterator[Chain]:
    """A hub that has just begun to try itself."""
    with (
        connect(database_url, autocommit=True) as owner,
        Database(database_url, size=3, role="ingest") as database,
        Locks(database) as locks,
    ):
        work = Work(
            owner=lambda: connect(database_url, autocommit=True),
            database=database,
            locks=locks,
            secrets=SECRETS,
            operator=operator.webhook,
            heartbeat=f"http://{operator.host}/heartbeat",
        )
        made = Chain(owner, work)
        made.check()  # makes its town; ingest has to hear of that first
        assert last_check(owner).begun_at is None
        owner.execute("update core.source set created_at = now() - interval '5 minutes'")
        yield made


def test_what_works_is_said_and_nobody_is_disturbed(
    chain: Chain, operator: StandIn, database_url: str
) -> None:
    chain.check()
    last = last_check(chain.owner)
    assert (last.problem, last.passed_at is not None) == (None, True)
    assert (operator.got, operator.pings) == ([], ["/heartbeat"])
    world = World(chain.owner)
    town = world.town("olpe")
    with served(database_url, world) as hub:
        page = hub.signed_in(town.account("viewer"), accept="text/html")
        assert "Alarmkette zuletzt geprüft gerade eben" in text(page.get("/alarme"))
        assert "Prüfung der Alarmkette" not in page.get("/").text
        assert "regionhub_alarm_check_age_seconds" in hub.client().get("/metrics").text


def test_it_is_tried_once_an_hour_and_each_time_is_an_alarm_of_its_own(chain: Chain) -> None:
    for _ in range(2):
        chain.check()
    assert len(World(chain.owner).select("select 1 as n from core.alarm_check")) == 1
    chain.owner.execute(
        "update core.alarm_check set begun_at = begun_at - interval '2 hours', "
        "passed_at = passed_at - interval '2 hours'"
    )
    chain.check()
    last = last_check(chain.owner)
    assert last.passed_at is not None
    assert datetime.now(UTC) - last.passed_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("works", "problem"),
    [
        ((), "not_stored"),
        (("ingest",), "not_raised"),
        (("ingest", "rules"), "not_delivered"),
    ],
)
def test_where_it_breaks_the_operator_is_told(
    chain: Chain, operator: StandIn, works: tuple[str, ...], problem: str
) -> None:
    chain.works = works
    chain.check()
    assert last_check(chain.owner).problem == problem
    assert operator.pings == []
    assert operator.subjects() == ["Die Alarmkette des Smart Region Hub ist unterbrochen"]
    assert problem in operator.got[0]["message"]
    chain.owner.execute("update core.alarm_check set begun_at = begun_at - interval '3 hours'")
    assert last_check(chain.owner).stopped(datetime.now(UTC))
