"""What somebody who sends statements through a login for dashboards does to the others.

Each test has roles of its own: what is set for a role outlives a database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from regionhub.archive.retention import apply_retention
from regionhub.cli.assembly import migrate
from regionhub.cli.checks.database import judge_logins
from regionhub.cli.work import WATCHES
from regionhub.errors import StoreBusy
from regionhub.store import readers
from regionhub.store.database import Database
from regionhub.store.databases import create_database
from regionhub.store.jobs import Locks, Schedule, Work
from regionhub.store.readers import altered_logins, end_transactions, restore_logins
from regionhub.store.roles import set_role_password
from tests.conftest import TimescaleDatabase
from tests.devices import Frame
from tests.rows import Connection, connect
from tests.world import World


@dataclass
class Hub:
    """A database with two towns, whose owner's connection is in autocommit."""

    url: str
    owner: Connection
    soest: str
    olpe: str

    def login(self, role: str, **more: str) -> psycopg.Connection[Any]:
        """A session of somebody who has the password of a role and nothing of this program."""
        info = conninfo_to_dict(self.url) | {"user": role} | more
        return psycopg.connect(make_conninfo("", **info), autocommit=True)


@pytest.fixture(scope="module")
def hub(postgres: str) -> Iterator[Hub]:
    url = create_database(postgres, "logins")
    with connect(url, autocommit=True) as owner:
        migrate(owner, role_prefix="lg")
        world = World(owner)
        for slug in ("soest", "olpe"):
            world.town(slug)
            set_role_password(owner, kind=f"g_{slug}", password="at first")
        yield Hub(url, owner, "lg_g_soest", "lg_g_olpe")


def verifier(hub: Hub) -> str:
    [row] = hub.owner.execute(
        "select rolpassword from pg_authid where rolname = %s", [hub.soest]
    ).fetchall()
    return str(row["rolpassword"])


def works(hub: Hub) -> bool:
    """Whether the dashboards of Soest get an answer."""
    with hub.login(hub.soest) as session:
        session.execute("select count(*) from api.site, pg_sleep(0.01)")
    return True


@pytest.mark.parametrize(
    "attack",
    [
        "alter role current_user set statement_timeout = '1ms'",
        "alter role current_user in database logins set statement_timeout = '1ms'",
        "alter role current_user set search_path = 'nowhere'",
        "alter role current_user set default_transaction_isolation = 'serializable'",
        "alter role current_user set role = 'none'",
        "alter role current_user reset all",
        "alter role current_user reset statement_timeout",
        "alter role current_user password 'mine'",
        "alter role current_user password null",
        "alter role current_user password 'mine'; alter role current_user set work_mem = '64kB'",
    ],
)
def test_what_a_reader_does_to_its_role_is_undone_and_said(hub: Hub, attack: str) -> None:
    before = verifier(hub)
    with hub.login(hub.soest) as viewer:
        viewer.execute(attack)
    found = altered_logins(hub.owner)
    assert {each.role for each in found} == {hub.soest}
    assert judge_logins(found).problem == "logins_altered"
    assert restore_logins(hub.owner) == found

    assert altered_logins(hub.owner) == []
    assert judge_logins([]).level == "ok"
    assert verifier(hub) == before
    assert works(hub)
    with hub.login(hub.soest) as session:
        limits = {"statement_timeout": "30s", "lock_timeout": "10s", "temp_file_limit": "256MB"}
        for name, value in limits.items():
            row = session.execute("select current_setting(%s)", [name]).fetchone()
            assert row == (value,)


def test_a_new_password_is_what_is_restored(hub: Hub) -> None:
    set_role_password(hub.owner, kind="g_olpe", password="the second one")
    kept = hub.owner.execute("select verifier from auth.login where role_name = 'lg_g_olpe'")
    assert altered_logins(hub.owner) == []
    [row] = kept.fetchall()
    assert row["verifier"].startswith("SCRAM-SHA-256$")


@pytest.mark.parametrize(
    "statement",
    [
        "set temp_file_limit = -1",
        "alter role current_user set temp_file_limit = -1",
        "alter role current_user reset temp_file_limit",
        "set log_temp_files = -1",
        "select verifier from auth.login",
        "select * from core.restore_logins()",
    ],
)
def test_what_a_reader_cannot_undo_or_see(hub: Hub, statement: str) -> None:
    with hub.login(hub.soest) as viewer, pytest.raises(psycopg.errors.InsufficientPrivilege):
        viewer.execute(statement)


def test_a_sort_that_would_fill_the_disk_ends(hub: Hub) -> None:
    with hub.login(hub.soest) as viewer:
        viewer.execute("set work_mem = '64kB'")
        with pytest.raises(psycopg.errors.ConfigurationLimitExceeded, match="temp_file_limit"):
            viewer.execute(
                "select repeat(md5(n::text), 30) as t from generate_series(1, 400000) n order by t"
            )


@pytest.fixture
def held(hub: Hub) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that somebody left open, without any limit."""
    with closing(hub.login(hub.soest)) as viewer:
        viewer.execute("set statement_timeout = 0; set idle_in_transaction_session_timeout = 0")
        viewer.execute("begin")
        viewer.execute("select count(*) from api.uplink, api.site")
        yield viewer


def test_the_transaction_of_a_reader_does_not_last(hub: Hub, held: psycopg.Connection[Any]) -> None:
    assert end_transactions(hub.owner, 60) == []
    [ended] = end_transactions(hub.owner, 0)
    assert (ended.role, ended.ended) == (hub.soest, True)
    with pytest.raises(psycopg.OperationalError, match="terminating"):
        held.execute("select 1")
    with connect(hub.url) as other:
        other.execute("select 1")
        assert end_transactions(hub.owner, 0) == []  # nobody else's


def test_work_watches_readers(
    hub: Hub, held: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regionhub.cli.work.LONGEST_SECONDS", 0.0)
    held.execute("alter role current_user set statement_timeout = '1ms'")
    with Database(hub.url, size=2, role="ingest") as database, Locks(database) as locks:
        work = Work(owner=lambda: connect(hub.url, autocommit=True), database=database, locks=locks)
        Schedule(WATCHES).run(work)
    with pytest.raises(psycopg.OperationalError):
        held.execute("select 1")
    assert works(hub)
    assert {job.every_seconds for job in WATCHES} == {10}


def test_an_upgrade_does_not_wait_for_a_reader(
    hub: Hub, held: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regionhub.store.migrate._READERS_SECONDS", 0.2)
    monkeypatch.setattr(readers, "_LOCK_SECONDS", 0.2)
    monkeypatch.setattr(readers, "_PAUSE_SECONDS", 0.1)
    assert migrate(hub.owner) == []
    assert held.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS  # as it believes
    with pytest.raises(psycopg.OperationalError):
        held.execute("select 1")


def test_who_may_not_be_ended_is_waited_for_and_then_said(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An administrator's own session is nobody's to end."""
    monkeypatch.setattr(readers, "_LOCK_SECONDS", 0.1)
    monkeypatch.setattr(readers, "_PAUSE_SECONDS", 0.05)
    with connect(hub.url) as admin:
        admin.execute("select count(*) from api.site")
        with pytest.raises(StoreBusy):
            migrate(hub.owner)
    assert migrate(hub.owner) == []


def test_what_was_tried_in_vain_is_undone_before_it_is_tried_again(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "_PAUSE_SECONDS", 0.01)
    tries = []

    def do() -> int:
        tries.append(1)
        hub.owner.execute("insert into core.heartbeat values ('tried', 0, now())")
        if len(tries) < 3:
            raise StoreBusy
        return len(tries)

    assert readers.unhindered(hub.owner, do) == 3


@pytest.mark.timescale
class TestOnTimescale:
    """A server with several connections; the one in WebAssembly has one."""

    @pytest.fixture
    def url(self, timescale: TimescaleDatabase) -> str:
        if "sslmode=disable" in timescale.url:
            pytest.skip("needs a server with several connections")
        return timescale.url

    def test_retention_and_other_towns_do_not_wait_for_a_reader(
        self, timescale: TimescaleDatabase, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(readers, "_LOCK_SECONDS", 0.5)
        monkeypatch.setattr(readers, "_PAUSE_SECONDS", 0.2)
        monkeypatch.setattr(readers, "LONGEST_SECONDS", 1.0)
        owner = timescale.owner()
        world = World(owner)
        town, other = world.town(), world.town()
        for each in (town, other):
            each.device().uplinks([Frame(world.ago(days=days), days) for days in (1, 500, 600)])
        role = f"{timescale.role_prefix}_{town.dashboards}"
        owner.execute(sql.SQL("alter role {} login").format(sql.Identifier(role)))
        info = conninfo_to_dict(url) | {"user": role}
        with closing(psycopg.connect(make_conninfo("", **info), autocommit=True)) as viewer:
            viewer.execute("set statement_timeout = 0; begin")
            viewer.execute("select count(*) from api.uplink")
            with connect(url) as reader:
                removed = []
                job = threading.Thread(target=lambda: removed.extend(apply_retention(owner)))
                job.start()
                slowest = 0.0
                while job.is_alive():
                    began = time.monotonic()
                    reader.execute("select count(*) from core.uplink")
                    reader.rollback()
                    slowest = max(slowest, time.monotonic() - began)
                    time.sleep(0.01)
        assert {row.tenant_id for row in removed if row.what == "uplink"} >= {town.tenant_id}
        assert slowest < 2

    @pytest.mark.parametrize(
        "statement",
        [
            "select add_job('api.rounded', '1 second')",
            "select alter_job(1000, scheduled => false)",
            "call run_job(1000)",
            "select delete_job(1000)",
            "select add_retention_policy('core.reading', interval '1 day')",
            "select _timescaledb_functions.stop_background_workers()",
        ],
    )
    def test_a_reader_has_no_jobs(self, timescale: TimescaleDatabase, statement: str) -> None:
        world = World(timescale.owner())
        town = world.town()
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for"):
            world.ask(town.dashboards, statement)

    def test_a_reader_computes_with_gaps(self, timescale: TimescaleDatabase) -> None:
        world = World(timescale.owner())
        town = world.town()
        rows = world.ask(
            town.dashboards,
            "select time_bucket_gapfill('1 hour', time, now() - interval '3 hours', now()) as t, "
            "locf(avg(value)) from api.reading where time > now() - interval '3 hours' group by 1",
        )
        assert rows is not None
