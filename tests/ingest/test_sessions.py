"""Several ingest processes: they share sources, and take up what another one leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tests.ingest.conftest import Intake, Run, make_worker, until
from tests.ingest.test_worker import message
from tests.mosquitto import PASSWORD, mosquitto
from tests.town import KEY_FILE, SECRETS

from regionhub.archive.write.ingest import IngestStore
from regionhub.store import leases

pytestmark = pytest.mark.mosquitto


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as broker:
        yield broker.plain


@pytest.fixture
def publish(intake: Intake, port: int) -> Iterator[Callable[[int], None]]:
    """Publishes the uplinks with these numbers for the one source of this test."""
    prefix = f"town/{id(intake)}"
    intake.owner.execute("update core.source set enabled = false")
    intake.owner.execute(
        "update core.source set enabled = true, broker_url = %s, topics = array[%s], "
        "username = 'town', password = %s where source_id = %s",
        [
            f"mqtt://127.0.0.1:{port}",
            f"{prefix}/application/+/device/+/event/+",
            SECRETS.seal(PASSWORD),
            intake.source.source_id,
        ],
    )
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.username_pw_set("town", PASSWORD)
    client.connect("127.0.0.1", port)
    client.loop_start()

    def send(number: int) -> None:
        topic, body = message(number)
        client.publish(f"{prefix}/{topic}", body, qos=1).wait_for_publish(5)

    yield send
    client.disconnect()
    client.loop_stop()


@contextmanager
def process(intake: Intake) -> Iterator[None]:
    worker = make_worker(intake, store=IngestStore(intake.database, SECRETS))
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join()


def sessions(intake: Intake, number: int) -> None:
    intake.owner.execute(
        "update core.source set sessions = %s where source_id = %s",
        [number, intake.source.source_id],
    )


def settled(intake: Intake, processes: int) -> None:
    """Wait until so many processes hold all sessions, and these are connected."""
    holders = (
        "select count(distinct pid)::int from pg_locks where locktype = 'advisory' and granted "
        "and classid = %s and database = (select oid from pg_database "
        "where datname = current_database())"
    )
    until(lambda: intake.rows(holders, leases._SESSIONS) == [(processes,)])
    ((then,),) = intake.rows("select clock_timestamp()")
    everything = (
        "select (select count(*) from core.source_state "
        "where connected_since is not null and updated_at > %s) "
        "= (select sum(sessions) from core.source where enabled)"
    )
    until(lambda: intake.rows(everything, then) == [(True,)])


def stored(intake: Intake) -> int:
    return sum(intake.fates().values())


def test_two_processes_share_the_messages_of_a_source(
    intake: Intake, publish: Callable[[int], None]
) -> None:
    sessions(intake, 2)
    with process(intake), process(intake):
        settled(intake, 2)
        for number in range(1, 101):
            publish(number)
        until(lambda: stored(intake) == 100)
        until(
            lambda: (
                intake.rows("select sum(messages_last_minute)::int from core.source_state")
                == [(100,)]
            )
        )
        shares = intake.rows("select messages_last_minute from core.source_state")

    assert intake.fates() == {("stored", ""): 100}
    assert len(shares) == 2
    assert all(messages for (messages,) in shares)


def test_what_a_process_leaves_another_one_takes_up(
    intake: Intake, publish: Callable[[int], None]
) -> None:
    sessions(intake, 2)
    with process(intake):
        with process(intake):
            settled(intake, 2)
        for number in range(1, 51):
            publish(number)
        until(lambda: stored(intake) == 50)
    assert intake.fates() == {("stored", ""): 50}


def test_a_source_with_one_session_has_one_process_at_a_time(
    intake: Intake, publish: Callable[[int], None]
) -> None:
    with process(intake):
        with process(intake):
            settled(intake, 1)
            publish(1)
            until(lambda: stored(intake) == 1)
        publish(2)
        until(lambda: stored(intake) == 2)
    assert intake.fates() == {("stored", ""): 2}


def test_fewer_sessions_leave_nothing_behind(
    intake: Intake, publish: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regionhub_ingest.mqtt._DRAINED_SECONDS", 0.5)
    sessions(intake, 3)
    with process(intake):
        settled(intake, 1)
    for number in range(1, 31):
        publish(number)  # the broker keeps a share for each session
    sessions(intake, 1)

    with ExitStack() as running:
        running.enter_context(process(intake))
        until(lambda: stored(intake) == 30)
        until(lambda: intake.rows("select session::int from core.source_state") == [(0,)])
        publish(31)
        until(lambda: stored(intake) == 31)
    assert intake.fates() == {("stored", ""): 31}


def test_a_topic_that_a_source_has_no_more_is_ended_at_its_broker(
    intake: Intake, publish: Callable[[int], None], run: Run
) -> None:
    """Also where nobody was connected when it was changed: the broker keeps subscriptions."""
    ((topics,),) = intake.rows("select topics from core.source where enabled")
    with process(intake):
        settled(intake, 1)
        publish(1)
        until(lambda: stored(intake) == 1)
    assert run("source", "set", "arnsberg", "lns", "--topic", "elsewhere/#") == 0
    with process(intake):
        settled(intake, 1)
        publish(2)
    assert run("source", "set", "arnsberg", "lns", "--topic", topics[0]) == 0
    with process(intake):
        settled(intake, 1)
        publish(3)
        until(lambda: stored(intake) == 2)
    assert intake.fates() == {("stored", ""): 2}
    assert intake.rows("select topics, former_topics from core.source where enabled") == [
        (topics, ["elsewhere/#"])
    ]


def test_a_source_is_changed_at_the_command_line(
    intake: Intake,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def row() -> tuple[object, ...]:
        (found,) = intake.rows(
            "select broker_url, protocol, username, password, enabled from core.source "
            f"where source_id = {intake.source.source_id}"
        )
        return found

    change = ("source", "set", "arnsberg", "lns")
    broker = "mqtts://broker.example"
    (tmp_path / "password").write_text("b\n")
    password = ("--password-file", str(tmp_path / "password"))
    monkeypatch.delenv("REGIONHUB_KEY_FILE")
    assert run(*change, "--broker", broker, "--username", "a", *password) == 1
    assert "REGIONHUB_KEY_FILE" in capsys.readouterr().err
    monkeypatch.setenv("REGIONHUB_KEY_FILE", str(KEY_FILE))
    assert run(*change, "--broker", broker, "--username", "a", *password) == 0
    *rest, sealed, enabled = row()
    assert (*rest, enabled) == (broker, "5", "a", True)
    assert SECRETS.open(str(sealed)) == "b"
    assert run(*change, "--username", "", "--disable") == 0
    assert row() == (broker, "5", None, None, False)
    assert run(*change, "--enable", "--protocol", "3.1.1") == 0
    assert row() == (broker, "3.1.1", None, None, True)
    assert run(*change, "--protocol", "5") == 0
    assert run("source", "sessions", "arnsberg", "lns", "2") == 0
    assert run(*change, "--protocol", "3.1.1") == 1
    assert "regionhub source sessions" in capsys.readouterr().err
    assert run("source", "sessions", "arnsberg", "lns", "1") == 0
    assert run(*change, "--protocol", "3.1.1") == 0
    for option, wrong in {"broker": "http://broker", "topic": "a/#/b", "protocol": "6"}.items():
        assert run(*change, f"--{option}", wrong) == 1
    assert row() == (broker, "3.1.1", None, None, True)
