"""From what is to be told to messages that arrived."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from tests.features.alarms.hub import AlarmTown, alarm_town
from tests.features.alarms.standins import HERE, StandIn, standin
from tests.rows import connect
from tests.town import SECRETS
from tests.world import World

from regionhub.features.alarms.jobs import Sender
from regionhub.features.alarms.outbox import bundle, claim
from regionhub.store.database import Database
from regionhub.store.jobs import Locks, Work


@pytest.fixture(scope="module")
def url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
def service() -> Iterator[StandIn]:
    with standin() as made:
        yield made


@pytest.fixture
def olpe(url: str) -> Iterator[AlarmTown]:
    """A town of this test's own, whose rows are committed."""
    with connect(url, autocommit=True) as owner:
        owner.execute("delete from core.alarm_notice; delete from core.alarm_link")
        owner.execute("delete from core.alarm_message")
        yield alarm_town(World(owner))


@pytest.fixture
def work(url: str) -> Iterator[Work]:
    with Database(url, size=4, role="ingest") as database, Locks(database) as locks:
        yield Work(
            owner=lambda: connect(url, autocommit=True),
            database=database,
            locks=locks,
            secrets=SECRETS,
            portal="https://hub.example",
            alarm_networks=HERE,
        )


def alarms(olpe: AlarmTown, *levels: int) -> None:
    """Alarms of these levels at gauges of their own, all of one rule."""
    known = olpe.world.select(
        "select rule_id from core.alarm_rule where tenant_id = %s", olpe.town.tenant_id
    )
    if not known:
        olpe.rule("signal", "Hochwasser", signal="gauges")
    for level in levels:
        site = olpe.town.gauge(stage_1_cm=100.0, stage_2_cm=200.0, stage_3_cm=300.0)
        points = [(olpe.world.ago(minutes=minutes), 100.0 * level) for minutes in (15, 5)]
        olpe.town.sensor(site, "water_level", *points)
    olpe.look()


def send_all(work: Work) -> None:
    """What the sender does until nothing is left to do now."""
    with ThreadPoolExecutor(4) as pool:
        sender = Sender(work, pool)
        while sender.step(more=True) or sender.flying:
            time.sleep(0.002)


def messages(olpe: AlarmTown) -> list[dict[str, object]]:
    return olpe.world.select(
        "select * from core.alarm_message where tenant_id = %s order by message_id",
        olpe.town.tenant_id,
    )


def test_a_message_says_what_is_so_and_how_to_acknowledge(
    olpe: AlarmTown, work: Work, service: StandIn
) -> None:
    olpe.told("Leitung", address=service.webhook)
    alarms(olpe, 2)
    send_all(work)
    [got] = service.got
    assert got["title"].startswith("Stufe 2: gauge")
    assert "200 cm, gemessen" in got["message"]
    assert "Regel Hochwasser" in got["message"]
    assert "keine amtliche Warnung" in got["message"]
    assert "https://hub.example/alarm/" in got["message"]
    assert olpe.log() == ["raised", "confirmed", "told"]
    assert messages(olpe)[0]["delivered_at"] is not None


def test_a_flood_of_alarms_is_one_message(olpe: AlarmTown, work: Work, service: StandIn) -> None:
    olpe.told("Leitung", address=service.webhook)
    alarms(olpe, *[1] * 30, 3)
    send_all(work)
    assert len(service.got) == 1
    assert service.subjects()[0].startswith("31 Alarme: Stufe 3: ")


def test_after_some_messages_others_wait_unless_it_is_worse(
    olpe: AlarmTown, work: Work, service: StandIn
) -> None:
    olpe.told("Leitung", address=service.webhook)
    for _ in range(3):
        alarms(olpe, 1)
        send_all(work)
    alarms(olpe, 1)
    send_all(work)
    assert len(service.got) == 3
    alarms(olpe, 3)
    send_all(work)
    assert service.subjects()[3].startswith("2 Alarme: Stufe 3")


def test_quiet_hours_hold_what_can_wait_and_never_level_three(
    olpe: AlarmTown, work: Work, service: StandIn
) -> None:
    [row] = olpe.world.select(
        "select (now() at time zone 'Europe/Berlin' - interval '1 hour')::time(0) as start, "
        "(now() at time zone 'Europe/Berlin' + interval '1 hour')::time(0) as until"
    )
    olpe.told("Leitung", address=service.webhook, quiet_from=row["start"], quiet_to=row["until"])
    alarms(olpe, 1, 2)
    send_all(work)
    assert service.got == []
    alarms(olpe, 3)
    send_all(work)
    assert [title.split(":")[0] for title in service.subjects()] == ["Stufe 3"]
    olpe.world.owner.execute("update core.alarm_contact set quiet_from = null, quiet_to = null")
    send_all(work)
    assert service.subjects()[1].startswith("2 Alarme")


def test_what_was_refused_is_tried_again_and_is_no_repetition(
    olpe: AlarmTown, work: Work, service: StandIn
) -> None:
    olpe.told("Leitung", address=f"alamos://wrong@{service.host}")
    alarms(olpe, 2)
    send_all(work)
    [message] = messages(olpe)
    assert (message["attempts"], message["repeated"], message["delivered_at"]) == (1, False, None)
    assert message["problem"]
    assert message["due_at"] > olpe.world.now  # type: ignore[operator]


def test_what_nobody_knows_is_sent_again_and_says_so(
    olpe: AlarmTown, work: Work, service: StandIn
) -> None:
    olpe.told("Leitung", address=f"alamos://geheim@{service.host}")
    service.answers = False
    alarms(olpe, 2)
    send_all(work)
    service.answers = True
    olpe.world.owner.execute("update core.alarm_message set due_at = now()")
    send_all(work)
    first, second = (got["data"]["keyword"] for got in service.got)
    assert second == f"Wiederholung: {first}"
    assert {got["data"]["externalId"] for got in service.got} == {
        service.got[0]["data"]["externalId"]
    }


def test_after_a_day_nobody_tries_any_more(olpe: AlarmTown, work: Work) -> None:
    olpe.told("Leitung", address="alamos://x@127.0.0.1:1")
    alarms(olpe, 2)
    send_all(work)
    olpe.world.owner.execute(
        "update core.alarm_message set due_at = now(), created_at = now() - interval '25 hours'"
    )
    send_all(work)
    [message] = messages(olpe)
    assert message["given_up_at"] is not None
    assert olpe.log()[-1] == "not_told"


def test_each_message_of_an_exercise_says_so(olpe: AlarmTown, work: Work, service: StandIn) -> None:
    olpe.told("Leitung", address=service.webhook)
    olpe.world.add(
        "core.alarm_exercise",
        tenant_id=olpe.town.tenant_id,
        until=olpe.world.ago(hours=-1),
        begun_by="anna",
    )
    alarms(olpe, 3)
    send_all(work)
    assert service.subjects()[0].startswith("ÜBUNG – Stufe 3")
    assert service.got[0]["message"].startswith("ÜBUNG, kein Einsatz.")


def test_slow_services_of_a_town_keep_no_other_town_waiting(olpe: AlarmTown, work: Work) -> None:
    soest = alarm_town(World(olpe.world.owner))
    for number in range(20):
        olpe.told(f"langsam {number}")
    soest.told("Leitung")
    alarms(olpe, 3)
    alarms(soest, 1)
    with work.database.transaction() as connection:
        bundle(connection, datetime.now(UTC))
        claim(connection, 16)
        claim(connection, 16)
    sent = [sum(row["sending_at"] is not None for row in messages(town)) for town in (olpe, soest)]
    assert sent == [4, 1]


def test_a_slow_channel_keeps_nobody_else_waiting(
    olpe: AlarmTown, work: Work, service: StandIn
) -> None:
    with standin() as slow:
        slow.delay_seconds = 0.4
        olpe.told("langsam", address=slow.webhook)
        olpe.told("schnell", address=service.webhook)
        alarms(olpe, 2)
        sender = threading.Thread(target=send_all, args=(work,))
        sender.start()
        for _ in range(60):
            if service.got:
                break
            sender.join(0.01)
        rows = {row["contact_name"]: row["delivered_at"] for row in messages(olpe)}
        assert len(service.got) == 1
        assert rows["langsam"] is None
        sender.join()
        assert all(row["delivered_at"] for row in messages(olpe))
