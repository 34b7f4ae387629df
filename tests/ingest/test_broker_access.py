"""Network servers that push to the hub's own broker: each writes its own, and reads nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tests.ingest.conftest import Intake, Run, make_worker, until
from tests.ingest.test_worker import message, running
from tests.mosquitto import Mosquitto, mosquitto
from tests.town import SECRETS

from regionhub.archive.write.ingest import IngestStore
from regionhub.cli.work import jobs
from regionhub.errors import InputError
from regionhub.sealing import Secrets
from regionhub.settings import Settings
from regionhub.store.jobs import Locks, Work

pytestmark = pytest.mark.mosquitto
READER = "of-the-reader"


@dataclass
class Client:
    """Somebody at the broker."""

    client: paho.Client
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    answers: list[bool] = field(default_factory=list)

    def say(self, topic: str, body: bytes = b"x") -> None:
        self.client.publish(topic, body, qos=1).wait_for_publish(5)


@dataclass
class OwnBroker:
    """The hub's broker with the files of `regionhub source acl`."""

    ports: Mosquitto
    users: dict[str, str]

    @contextmanager
    def client(self, user: str | None, password: str | None) -> Iterator[Client]:
        client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        found = Client(client)
        client.username_pw_set(user, password)
        client.on_message = lambda _c, _d, m: found.heard.append((m.topic, bytes(m.payload)))
        client.on_connect = lambda _c, _d, _f, code, _p: found.answers.append(not code.is_failure)
        client.connect("127.0.0.1", self.ports.plain)
        client.loop_start()
        try:
            until(lambda: bool(found.answers), 5)
            assert found.answers[0], "refused"
            client.subscribe([("#", 1), ("$SYS/#", 1)])
            time.sleep(0.2)
            yield found
        finally:
            client.disconnect()
            client.loop_stop()


@pytest.fixture
def own(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[OwnBroker]:
    monkeypatch.setenv("REGIONHUB_BROKER_URL", "mqtt://127.0.0.1:1")
    monkeypatch.setenv("REGIONHUB_BROKER_PASSWORD", READER)
    users = {}
    for town in ("arnsberg", "olpe"):
        add = ("source", "add", town, "--name", "pushing", "--format", "chirpstack-v4")
        assert run(*add) == 0
        said = capsys.readouterr().out
        user, password = (
            re.search(rf"^{word} +(\S+)$", said, re.MULTILINE) for word in ("user", "password")
        )
        assert user
        assert password
        users[user[1]] = password[1]
    folder = tmp_path / "broker"
    folder.mkdir()
    assert run("source", "acl", "--out", str(folder)) == 0
    with mosquitto(folder) as ports:
        yield OwnBroker(ports, users)


def test_a_source_writes_nowhere_else_and_reads_nothing(own: OwnBroker) -> None:
    (one, password), (other, others) = own.users.items()
    with (
        own.client("ingest", READER) as reader,
        own.client(one, password) as source,
        own.client(other, others) as neighbour,
    ):
        for topic in (f"{other}/up", "application/up", f"{one}x/up", "up", "$SYS/x"):
            source.say(topic)
        source.say(f"{one}/up", b"own")
        neighbour.say(f"{other}/up", b"other's")
        until(lambda: {(f"{one}/up", b"own"), (f"{other}/up", b"other's")} <= set(reader.heard))
        time.sleep(0.3)
        of_towns = [topic for topic, _ in reader.heard if not topic.startswith("$SYS")]
        assert sorted(of_towns) == sorted([f"{one}/up", f"{other}/up"])
        assert source.heard == neighbour.heard == []
        reader.say(f"{one}/up", b"a reader does not write")
        time.sleep(0.3)
        assert len([topic for topic, _ in reader.heard if not topic.startswith("$SYS")]) == 2


@pytest.mark.parametrize(
    ("user", "password"), [("ingest", "wrong"), ("arnsberg-3", READER), ("lns", ""), (None, None)]
)
def test_nobody_else_gets_in(own: OwnBroker, user: str | None, password: str | None) -> None:
    with pytest.raises(AssertionError, match="refused"), own.client(user, password):
        pass


def test_what_it_pushes_is_stored_as_its_towns(own: OwnBroker, intake: Intake) -> None:
    intake.owner.execute("update core.source set enabled = broker_user is not null")
    intake.owner.execute(
        "update core.source set broker_url = %s where broker_user is not null",
        [f"mqtt://127.0.0.1:{own.ports.plain}"],
    )
    store = IngestStore(intake.database, SECRETS)
    (one, password), (other, others) = own.users.items()
    with (
        running(intake, worker=make_worker(intake, store=store)),
        own.client(one, password) as source,
        own.client(other, others) as neighbour,
    ):
        topic, body = message(1)
        neighbour.say(f"{one}/{topic}", body)  # as if it were the other town
        neighbour.say(f"{other}/{topic}", body)
        source.say(f"{one}/{topic}", body)
        until(lambda: sum(intake.fates().values()) == 2)
    assert intake.fates() == {("stored", ""): 1, ("dead_letter", "unknown_device"): 1}


def test_a_new_password_takes_the_place_of_the_old_one(
    own: OwnBroker, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "broker"
    before = (folder / "passwords").read_text()
    assert run("source", "set", "arnsberg", "pushing", "--new-password") == 0
    assert "password" in capsys.readouterr().out
    assert run("source", "acl", "--out", str(folder)) == 0
    after = (folder / "passwords").read_text()
    names = [line.split(":")[0] for line in before.splitlines()]
    assert [line.split(":")[0] for line in after.splitlines()] == names
    assert before.splitlines()[1] != after.splitlines()[1]
    assert before.splitlines()[2] == after.splitlines()[2]
    assert run("source", "set", "arnsberg", "lns", "--new-password") == 1
    assert "a broker of its own" in capsys.readouterr().err


def test_the_broker_follows_what_the_operator_changes(
    intake: Intake, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(broker_access=tmp_path, broker_password=READER)
    [job] = [job for job in jobs(settings, ()) if job.name == "broker_access"]
    at = Work(
        owner=lambda: nullcontext(intake.owner),
        database=intake.database,
        locks=Locks(intake.database),
    )

    def written() -> tuple[str, str]:
        job.run(at)
        return (tmp_path / "acl").read_text(), (tmp_path / "passwords").read_text()

    acl, passwords = written()
    assert acl.count("user ") == passwords.count("\n") == 1
    assert written() == (acl, passwords), "nothing is new"
    monkeypatch.setenv("REGIONHUB_BROKER_URL", "mqtt://127.0.0.1:1")
    assert run("source", "add", "olpe", "--name", "new", "--format", "chirpstack-v4") == 0
    acl, passwords = written()
    assert re.search(r"^user (olpe-\d+)\ntopic write \1/#$", acl, re.MULTILINE)
    assert passwords.count("\n") == 2
    assert run("source", "set", "olpe", "new", "--new-password") == 0
    assert written()[1] != passwords


def test_a_broker_without_a_password_for_ingest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="REGIONHUB_BROKER_PASSWORD"):
        jobs(Settings(broker_access=tmp_path), ())


def test_no_password_stands_in_a_dump(own: OwnBroker, intake: Intake) -> None:
    rows = str(intake.rows("select to_jsonb(s) from core.source s"))
    for password in (*own.users.values(), READER):
        assert password not in rows


@pytest.mark.parametrize(
    ("key", "problem"), [(None, "is not set"), ("z" * 40, "another key"), ("short", "less than")]
)
def test_without_the_right_key_a_source_says_so(
    own: OwnBroker, intake: Intake, tmp_path: Path, key: str | None, problem: str
) -> None:
    file = tmp_path / "other-key"
    file.write_text(key or "")
    make: Callable[[], Secrets] = lambda: Secrets(file) if key else Secrets()  # noqa: E731
    if problem == "less than":
        with pytest.raises(Exception, match=problem):
            make()
        return
    sources = IngestStore(intake.database, make()).sources()
    sealed = [source.sealed for source in sources if source.username == "ingest"]
    assert len(sealed) == 2
    assert all(said and problem in said for said in sealed)
    assert all(source.password is None for source in sources)
