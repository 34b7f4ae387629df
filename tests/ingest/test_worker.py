"""The ingest process against a real broker: what is acknowledged is stored."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from psycopg import sql
from tests.ingest.conftest import EM300, Intake, make_worker, register, until

from regionhub.archive.items import Item, Outcome
from regionhub.embedded import BrokerUrls
from regionhub.errors import DecodeError, ProfileError, StoreError, StoreFull, StoreRejected
from regionhub.registry.sources import change_source
from regionhub_ingest.codec import Frame
from regionhub_ingest.decode import Codecs, Decoded
from regionhub_ingest.worker import Worker

SAMPLES = Path(__file__).parents[1] / "data" / "lns"
UP = json.loads((SAMPLES / "chirpstack-v4-up.json").read_text())


def message(f_cnt: int, dev_eui: str = EM300, **changes: Any) -> tuple[str, bytes]:
    """A ChirpStack `up` event as it would come right now, and its topic."""
    application = f"test-{threading.get_ident()}"
    body = json.loads(json.dumps(UP)) | {"fCnt": f_cnt, "deduplicationId": f"id-{f_cnt}"} | changes
    body["deviceInfo"]["devEui"] = dev_eui
    return f"application/{application}/device/{dev_eui}/event/up", json.dumps(body).encode()


@pytest.fixture
def publish(intake: Intake, broker: BrokerUrls) -> Iterator[Callable[..., None]]:
    """Publishes one message for this test only; its source listens to this test's topics."""
    prefix = f"town{id(intake)}"
    intake.owner.execute(
        "update core.source set topics = array[%s] where source_id = %s",
        [f"{prefix}/application/+/device/+/event/+", intake.source.source_id],
    )
    intake.owner.execute(
        "update core.source set enabled = false where source_id = %s",
        [intake.foreign_source.source_id],
    )
    change_source(intake.owner, source_id=intake.source.source_id, broker_url=broker.v5)
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    url = urlsplit(broker.v5)
    client.connect(str(url.hostname), url.port or 0)
    client.loop_start()

    def send(topic: str, body: bytes, *, retain: bool = False) -> None:
        client.publish(f"{prefix}/{topic}", body, qos=1, retain=retain).wait_for_publish(5)

    yield send
    client.disconnect()
    client.loop_stop()


@contextmanager
def running(intake: Intake, store: Any = None, worker: Worker | None = None) -> Iterator[Worker]:
    worker = worker or make_worker(intake, store=store)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        until(
            lambda: intake.rows("select 1 from core.source_state where connected_since is not null")
        )
        yield worker
    finally:
        worker.stop()
        thread.join()


def test_an_uplink_becomes_readings(intake: Intake, publish: Callable[..., None]) -> None:
    with running(intake):
        publish(*message(1))
        until(intake.fates)

    assert intake.fates() == {("stored", ""): 1}
    rows = intake.rows(
        "select quantity, value, quality "
        "from core.reading join core.datastream using (datastream_id) order by 1"
    )
    assert rows == [
        ("air_temperature", 23.3, 1),
        ("battery_level", 100.0, 1),
        ("relative_humidity", 61.5, 1),
    ]


def test_whatever_comes_has_a_fate_and_stops_nothing(
    intake: Intake, publish: Callable[..., None]
) -> None:
    foreign = "24e124136d0c0999"
    register(intake.neighbour, foreign)
    topic, _ = message(1)
    messages = [
        (topic, b"not json"),
        (topic, b""),
        (topic, b"{" + b" " * 270_000 + b"}"),
        message(1, "24e124136d0c0001"),
        message(1, foreign),
        message(2, data="A2c="),  # a temperature that ends too early
        (topic.replace("/up", "/txack"), b"{}"),
        (topic.replace("/up", "/nothing-we-know"), b"{}"),
        message(3),
        message(3),
    ]
    with running(intake):
        for each in messages:
            publish(*each)
        until(lambda: sum(intake.fates().values()) >= len(messages))

    fates = intake.fates()
    assert fates[("stored", "")] == 1
    assert fates[("duplicate", "frame")] == 1
    assert fates[("dead_letter", "not_parseable")] == 2
    assert fates[("dead_letter", "too_large")] == 1
    # one that nobody has, and one of another town: nobody can tell which is which
    assert fates[("dead_letter", "unknown_device")] == 2
    assert fates[("dead_letter", "not_decodable")] == 1
    assert fates[("ignored", "txack")] == 1
    assert sum(fates.values()) == len(messages)
    assert all(
        "Olpe" not in d and "olpe" not in d
        for (d,) in intake.rows("select detail from core.dead_letter")
    )


def test_a_device_registered_a_moment_ago_is_known(
    intake: Intake, publish: Callable[..., None]
) -> None:
    with running(intake):
        register(intake.town, "24e1240000000001")
        time.sleep(0.25)  # a flood of unknown devices asks the database five times a second at most
        publish(*message(1, "24e1240000000001"))
        until(intake.fates)

    assert intake.fates() == {("stored", ""): 1}


def test_retained_copies_are_ignored(intake: Intake, publish: Callable[..., None]) -> None:
    topic, body = message(1)
    publish(topic, body, retain=True)
    with running(intake):
        publish(*message(2))
        until(lambda: intake.fates().get(("stored", "")))
    publish(topic, b"", retain=True)

    assert set(intake.fates()) <= {("stored", ""), ("ignored", "retained")}
    assert intake.fates()[("stored", "")] == 1


class _Failing:
    """A store that cannot write until it is told that it can."""

    def __init__(self, intake: Intake, error: Exception | None = None) -> None:
        self._store = intake.store
        self._error = error or StoreFull()
        self.away = True
        self.attempts = 0

    def commit(self, items: list[Item]) -> list[Outcome]:
        self.attempts += 1
        if self.away:
            raise self._error
        return self._store.commit(items)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_while_the_database_is_away_the_message_waits(
    intake: Intake, publish: Callable[..., None]
) -> None:
    store = _Failing(intake)

    def state() -> tuple[Any, ...]:
        [row] = intake.rows(
            "select problem, lag_seconds, messages_last_minute "
            "from core.source_state where source_id = %s",
            intake.source.source_id,
        )
        return row

    with running(intake, store):
        publish(*message(1))
        until(lambda: store.attempts >= 2)
        # the lag grows, and the page says why
        until(lambda: state()[0] == "database_full" and state()[1] > 1)
        store.away = False
        until(intake.fates)
        until(lambda: state() == (None, 0.0, 1))

    assert intake.fates() == {("stored", ""): 1}


@pytest.mark.parametrize(
    "error", [StoreRejected("no message explains it"), StoreError("no such table"), KeyError("x")]
)
def test_what_no_message_explains_is_tried_again(
    intake: Intake, publish: Callable[..., None], error: Exception
) -> None:
    store = _Failing(intake, error)
    with running(intake, store):
        publish(*message(1))
        until(lambda: store.attempts >= 2)
        problem = "select problem from core.source_state where source_id = %s"
        until(lambda: intake.rows(problem, intake.source.source_id) == [("storing_fails",)])
        store.away = False
        until(intake.fates)
    assert intake.fates() == {("stored", ""): 1}


def test_what_was_not_committed_is_not_acknowledged(
    intake: Intake, publish: Callable[..., None]
) -> None:
    store = _Failing(intake)
    with running(intake, store):
        publish(*message(1))
        until(lambda: store.attempts >= 1)
    assert intake.fates() == {}

    with running(intake):
        until(intake.fates)
    assert intake.fates() == {("stored", ""): 1}


def test_messages_sent_while_ingest_is_down_arrive_at_the_next_start(
    intake: Intake, publish: Callable[..., None]
) -> None:
    with running(intake):
        publish(*message(1))
        until(intake.fates)
    for f_cnt in range(2, 50):
        publish(*message(f_cnt))

    with running(intake):
        until(lambda: sum(intake.fates().values()) == 49)
    assert intake.fates() == {("stored", ""): 49}


class _Faulty(Codecs):
    """Codecs with a fault that only some payloads meet."""

    def decode_all(
        self, frames: Sequence[tuple[str, Frame]]
    ) -> list[Decoded | ProfileError | DecodeError]:
        if any(frame.payload == b"\x03\x67\x00\x00" for _, frame in frames):
            raise KeyError("a fault of this program")
        return super().decode_all(frames)


def test_a_fault_of_the_program_costs_one_message_and_not_all(
    intake: Intake, publish: Callable[..., None]
) -> None:
    worker = make_worker(intake, codecs=_Faulty)
    with running(intake, worker=worker):
        publish(*message(1, data="A2cAAA=="))
        publish(*message(2))
        until(lambda: sum(intake.fates().values()) >= 2)

    assert intake.fates() == {("dead_letter", "unexpected"): 1, ("stored", ""): 1}


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("format", "of-tomorrow", "format_unknown"),
        ("broker_url", "mqtt://127.0.0.1:123456", "address_invalid"),
        ("broker_url", "mqtt://[::1", "address_invalid"),
        ("broker_url", "mqtt://..:1883", "address_invalid"),
        ("topics", ["application/#/up"], "topic_invalid"),
    ],
)
def test_a_source_that_was_set_up_wrongly_stops_no_other(
    intake: Intake,
    broker: BrokerUrls,
    publish: Callable[..., None],
    column: str,
    value: Any,
    problem: str,
) -> None:
    wrong = intake.foreign_source.source_id
    change_source(intake.owner, source_id=wrong, broker_url=broker.v5)
    intake.owner.execute(
        sql.SQL("update core.source set enabled = true, {} = %s where source_id = %s").format(
            sql.Identifier(column)
        ),
        [value, wrong],
    )
    with running(intake):
        publish(*message(1))
        until(intake.fates)
        until(lambda: _problem(intake, wrong) == problem)
    assert intake.fates() == {("stored", ""): 1}


def _problem(intake: Intake, source_id: int) -> str | None:
    rows = intake.rows("select problem from core.source_state where source_id = %s", source_id)
    return rows[0][0] if rows else None


def test_a_source_that_cannot_connect_says_so(intake: Intake) -> None:
    worker = make_worker(intake)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        until(
            lambda: intake.rows(
                "select 1 from core.source_state where problem = 'broker_unreachable'"
            )
        )
    finally:
        worker.stop()
        thread.join()
