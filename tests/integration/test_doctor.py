"""`regionhub doctor` against real servers: each fault has its line and exit status 1."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.devices import Frame
from tests.mosquitto import PASSWORD, Mosquitto, mosquitto
from tests.rows import Connection, connect
from tests.town import KEY_FILE
from tests.world import World

from regionhub.archive.write.ingest import IngestStore, SourceState
from regionhub.cli import main
from regionhub.cli.checks import facts as questions
from regionhub.errors import StoreFull
from regionhub.store.database import Database
from regionhub.store.databases import create_database
from regionhub.store.leases import Leases


class Doctor:
    """Runs the command and keeps what it said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.status = 0
        self.checks: dict[str, dict[str, Any]] = {}

    def __call__(self, url: str, *arguments: str) -> str:
        self._monkeypatch.setenv("REGIONHUB_DATABASE_URL", url)
        self._monkeypatch.setattr("sys.argv", ["regionhub", "doctor", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        self.status = int(ended.value.code or 0)
        said = self._capsys.readouterr()
        assert said.err == ""
        return said.out

    def problems(self, url: str) -> dict[str, str | None]:
        """What is wrong, by check."""
        told = json.loads(self(url, "--json"))
        assert told["ok"] is (self.status == 0)
        self.checks = {check["check"]: check for check in told["checks"]}
        return {name: c["problem"] for name, c in self.checks.items() if c["level"] != "ok"}


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    monkeypatch.setenv("REGIONHUB_KEY_FILE", str(KEY_FILE))
    return Doctor(monkeypatch, capsys)


def begin(connection: Connection) -> None:
    """Let `work` live, and set what a copy of a database does not take along."""
    connection.execute("select core.apply_settings()")
    questions.beat(connection, "work")


@pytest.fixture
def owner(database_url: str) -> Iterator[Connection]:
    with connect(database_url, autocommit=True) as connection:
        begin(connection)
        yield connection


def test_nothing_is_wrong_with_a_new_hub(
    doctor: Doctor, database_url: str, owner: Connection
) -> None:
    lines = doctor(database_url).splitlines()
    assert doctor.status == 0
    checks = [line.split(" ", 1)[1].split(":")[0] for line in lines]
    assert checks == [
        *("settings", "database", "schema", "rights", "statements"),
        *("logins", "notices", "disk"),
        *("clock", "work", "decisions", "alarms", "ingest", "profiles", "messages"),
    ]
    assert [line[0] for line in lines] == ["!" if c == "ingest" else "✓" for c in checks]


def test_no_database(doctor: Doctor, postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.problems("") == {"settings": "database_not_set"}
    assert doctor.problems("postgresql://x@127.0.0.1:1/x") == {"database": "database_unreachable"}
    assert doctor.problems("postgresql://x@nowhere.invalid/x") == {
        "database": "database_host_unknown"
    }
    missing = postgres.replace("/postgres?", "/not_there?")
    assert doctor.problems(missing) == {"database": "database_missing"}
    nobody = postgres.replace("postgres@", "nobody_at_all@")
    assert doctor.problems(nobody) == {"database": "database_user_missing"}
    monkeypatch.setenv("REGIONHUB_HTTP_PORT", "many")
    assert doctor.problems(postgres) == {"settings": "settings_unusable"}
    assert doctor.status == 1


def test_wrong_password_of_the_database(doctor: Doctor, postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("create role rh_locked login password 'right'")
        row = admin.execute("show hba_file").fetchone()
        assert row is not None
        hba = Path(row[0])
        before = hba.read_text()
        hba.write_text(f"local all rh_locked scram-sha-256\n{before}")
        admin.execute("select pg_reload_conf()")
        try:
            url = postgres.replace("postgres@", "rh_locked:wrong@")
            assert doctor.problems(url) == {"database": "database_wrong_password"}
            assert "wrong@" not in doctor.checks["database"]["sentence"]
            allowed = postgres.replace("postgres@", "rh_locked:right@")
            assert doctor.problems(allowed) == {"schema": "schema_missing"}
        finally:
            hba.write_text(before)
            admin.execute("select pg_reload_conf()")


def test_an_empty_an_old_and_a_new_database(
    doctor: Doctor, postgres: str, database_url: str, owner: Connection
) -> None:
    empty = create_database(postgres, "doctor_empty")
    assert doctor.problems(empty) == {"schema": "schema_missing"}
    owner.execute("insert into core.migration (name, digest) values ('9999_future', '')")
    assert doctor.problems(database_url) == {"schema": "schema_differs"}
    assert "newer than this program" in doctor.checks["schema"]["sentence"]
    owner.execute(
        "delete from core.migration where name in ('9999_future', 'archive/0003_retention')"
    )
    assert doctor.problems(database_url) == {"schema": "schema_differs"}
    assert "run `regionhub migrate`" in doctor.checks["schema"]["sentence"]


def test_rights(doctor: Doctor, database_url: str, owner: Connection) -> None:
    api = database_url.replace("postgres@", "rh_api@")
    assert doctor.problems(api) == {"rights": "not_owner"}
    World(owner).town("arnsberg")
    owner.execute("revoke insert on core.reading from rh_ingest")
    owner.execute("revoke rh_t_arnsberg from rh_api")
    try:
        assert doctor.problems(database_url)["rights"] == "rights_missing"
        said = doctor.checks["rights"]["sentence"]
        assert "rh_ingest may not insert core.reading" in said
        assert "rh_api may not take the role rh_t_arnsberg" in said
    finally:
        owner.execute("grant rh_t_arnsberg to rh_api")  # roles belong to the server


def test_settings(doctor: Doctor, database_url: str, owner: Connection) -> None:
    World(owner).town("arnsberg")
    owner.execute("alter role rh_g_arnsberg reset statement_timeout")
    owner.execute(f"alter role rh_g_arnsberg in database {owner.info.dbname} set jit = on")
    owner.execute(f"alter database {owner.info.dbname} reset jit")
    assert doctor.problems(database_url)["statements"] == "settings_differ"
    said = doctor.checks["statements"]["sentence"]
    assert "jit of the database is not set instead of off" in said
    assert "jit of role rh_g_arnsberg is on instead of off" in said
    assert "statement_timeout of role rh_g_arnsberg is not set instead of 30s" in said


def test_a_full_disk(
    doctor: Doctor, database_url: str, owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_connection: Connection) -> None:
        raise StoreFull("could not extend file: No space left on device")

    monkeypatch.setattr(questions, "write_something", full)
    found = doctor.problems(database_url)
    assert (found["disk"], doctor.status) == ("disk_full", 1)
    assert doctor.checks["clock"]["level"] == "ok", "the rest is still looked at"


def test_a_wrong_clock(
    doctor: Doctor, database_url: str, owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "clock_ahead", lambda _: -3 * 3600.0)
    assert doctor.problems(database_url)["clock"] == "clock_wrong"
    assert "this machine is 3 h behind" in doctor.checks["clock"]["sentence"]


def test_work_does_not_run(doctor: Doctor, database_url: str, owner: Connection) -> None:
    owner.execute("update core.heartbeat set updated_at = now() - interval '2 days'")
    assert doctor.problems(database_url)["work"] == "work_not_running"
    assert "2 days ago" in doctor.checks["work"]["sentence"]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as running:
        yield running


@pytest.mark.mosquitto
# paho leaves the socket of a failed TLS handshake to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_sources(doctor: Doctor, database_url: str, owner: Connection, broker: Mosquitto) -> None:
    world = World(owner)
    town = world.town("arnsberg")
    login = {
        "topics": ["town/#"],
        "username": "town",
        "password": PASSWORD,
        "broker_url": f"mqtt://127.0.0.1:{broker.plain}",
    }
    long = {"connected_since": world.ago(days=1)}
    heard = {"last_message_at": world.now}
    for name, changes, state in (
        ("good", {}, long | heard),
        ("silent", {"username": "stranger"}, long),
        ("password", {"password": "wrong"}, {"problem": "wrong_password"}),
        ("away", {"broker_url": "mqtt://127.0.0.1:1"}, {"problem": "broker_unreachable"}),
        (
            "tls",
            {"broker_url": f"mqtts://127.0.0.1:{broker.plain}"},
            {"problem": "tls_failed"},
        ),
        ("full", {}, heard | {"connected_since": world.now, "problem": "database_full"}),
    ):
        town.source_state(town.source(name, **login | changes), **state)
    town.source("unstarted", **login)
    owner.execute("update core.source set created_at = now() - interval '1 day'")
    with Database(database_url, size=1, role="ingest") as database, closing(Leases(database)) as me:
        me.fair_share(1)  # stands for a process of ingest
        found = doctor.problems(database_url)
    assert found == {
        "arnsberg, source silent": "source_silent",
        "arnsberg, source password": "wrong_password",
        "arnsberg, source away": "broker_unreachable",
        "arnsberg, source tls": "tls_failed",
        "arnsberg, source full": "database_full",
        "arnsberg, source unstarted": "ingest_not_running",
    }
    said = json.dumps(doctor.checks)
    assert PASSWORD not in said
    assert doctor.checks["arnsberg, source silent"]["level"] == "warning"


def test_what_ingest_writes_is_what_the_doctor_reads(
    doctor: Doctor, new_database: Callable[[], str]
) -> None:
    url = new_database()
    with connect(url, autocommit=True) as owner, Database(url, role="ingest") as database:
        begin(owner)
        key = World(owner).town("olpe").source()
        store = IngestStore(database)
        store.write_source_states(
            [
                SourceState(key, session, 17 * 10**17, 18 * 10**17, None, None, 7, lag)
                for session, lag in enumerate((0.0, 200.0))
            ]
        )
        owner.execute("update core.source set sessions = 2")
        assert doctor.problems(url)["ingest"] == "ingest_silent", "what it wrote is all there is"
        leases = Leases(database)
        assert leases.fair_share(2) == 2
        ingest = questions.ingest(owner)
        assert ingest.workers == 1
        assert ingest.clock_ahead_seconds is not None
        assert abs(ingest.clock_ahead_seconds) < 5
        # the doctor's own try fails, and ingest says that it works
        found = doctor.problems(url)
        assert found == {"olpe, source lns": "broker_unreachable"}
        assert doctor.checks["olpe, source lns"]["level"] == "warning"
        assert doctor.status == 0
        leases.close()


def test_what_comes_late_says_nothing_of_clocks(world: World) -> None:
    town = world.town()
    held, filled = (town.device(town.tree(), profile_id="acme/soil") for _ in "ab")
    steady, history = (town.source(name) for name in ("steady", "history"))
    for number, time in enumerate(world.times(8, every=timedelta(minutes=1))):
        held.uplinks(
            [Frame(time - timedelta(minutes=10), number)],
            received_at=time,
            source_id=steady,
            time_source="network",
        )
    filled.uplinks(
        [
            Frame(time, number)
            for number, time in enumerate(
                world.times(50, every=timedelta(minutes=20), until=world.ago(minutes=76))
            )
        ],
        received_at=world.ago(minutes=1),
        source_id=history,
        time_source="network",
    )
    assert [(row.name, row.least_seconds) for row in questions.arrival_delays(world.owner)] == [
        ("steady", 600.0)
    ]


def test_settings_are_listed_without_secrets(doctor: Doctor, database_url: str) -> None:
    said = doctor(database_url, "--settings")
    assert "REGIONHUB_METRICS_TOKEN" in said
    assert "(set)" in said
    assert "postgres@" not in said
