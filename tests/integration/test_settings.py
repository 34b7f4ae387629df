"""What statements need is set on the database and its roles: who logs in anywhere meets it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.rows import Connection, connect

from regionhub.cli.assembly import migrate
from regionhub.registry.tenants import create_tenant
from regionhub.store.database import Database
from regionhub.store.databases import create_database
from regionhub.store.readers import end_transactions, restore_logins

#: As PostgreSQL shows them.
READER = {
    "jit": "off",
    "plan_cache_mode": "force_custom_plan",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "1min",
}
#: Requests of API and portal are shorter.
API = READER | {"statement_timeout": "10s"}


@pytest.fixture(scope="module")
def url(postgres: str) -> str:
    """A database with roles of its own: their settings outlive a test."""
    made = create_database(postgres, "settings")
    with connect(made, autocommit=True) as owner:
        migrate(owner, role_prefix="rs")
        create_tenant(owner, slug="bad-laasphe", name="Bad Laasphe")
    return made


@pytest.fixture
def owner(url: str) -> Iterator[Connection]:
    with connect(url, autocommit=True) as connection:
        yield connection
        for role in ("rs_api", "rs_ingest", "rs_g_region", "rs_g_bad_laasphe"):
            connection.execute(f"alter role {role} in database settings reset all")
        migrate(connection)


def shown(connection: psycopg.Connection[Any], *names: str) -> dict[str, str]:
    """What a session shows of some settings."""
    with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        row = cursor.execute(
            f"select {', '.join(f'current_setting({name!r})' for name in names)}"
        ).fetchone()
    assert row is not None
    return dict(zip(names, row, strict=True))


def login(url: str, owner: Connection, role: str) -> psycopg.Connection[Any]:
    """A session of somebody who has this role's password and nothing of this program."""
    owner.execute(f"alter role {role} login")
    return psycopg.connect(make_conninfo("", **(conninfo_to_dict(url) | {"user": role})))


@pytest.mark.parametrize("role", ["rs_g_region", "rs_g_bad_laasphe", "rs_api"])
def test_whoever_logs_in_to_read_has_the_limits(url: str, owner: Connection, role: str) -> None:
    with login(url, owner, role) as session:
        assert shown(session, *READER) == (API if role == "rs_api" else READER)


def test_a_town_that_is_added_later_has_them_too(url: str, owner: Connection) -> None:
    create_tenant(owner, slug="hemer", name="Hemer")
    with login(url, owner, "rs_g_hemer") as session:
        assert shown(session, *READER) == READER


def test_nobody_compiles(url: str) -> None:
    with psycopg.connect(url) as session:
        assert shown(session, "jit") == {"jit": "off"}


def test_a_pool_that_takes_a_role_has_its_settings(url: str, owner: Connection) -> None:
    owner.execute("alter role rs_api in database settings set statement_timeout = '7s'")
    with Database(url, role="api") as api:
        with api.transaction() as connection:
            assert shown(connection, *READER) == API | {"statement_timeout": "7s"}
        with api.as_role("rs_t_bad_laasphe") as connection:
            assert shown(connection, "statement_timeout") == {"statement_timeout": "7s"}
        with api.as_role("rs_t_bad_laasphe", statement_seconds=60) as connection:
            assert shown(connection, "statement_timeout") == {"statement_timeout": "1min"}
        with api.transaction() as connection:
            assert shown(connection, "statement_timeout") == {"statement_timeout": "7s"}


def test_no_limit_of_the_database_ends_a_batch(url: str, owner: Connection) -> None:
    owner.execute("alter database settings set statement_timeout = '5s'")
    try:
        with Database(url, role="ingest") as store, store.transaction() as connection:
            assert shown(connection, "statement_timeout", "jit") == {
                "statement_timeout": "0",
                "jit": "off",
            }
        with login(url, owner, "rs_ingest") as session:
            assert shown(session, "statement_timeout") == {"statement_timeout": "0"}
    finally:
        owner.execute("alter database settings reset statement_timeout")


def test_an_upgrade_sets_what_was_taken_away(url: str, owner: Connection) -> None:
    owner.execute("alter role rs_g_bad_laasphe reset all")
    owner.execute("alter role rs_api set jit = on")
    owner.execute("alter database settings reset jit")
    migrate(owner)
    for role, usual in (("rs_g_bad_laasphe", READER), ("rs_api", API)):
        with login(url, owner, role) as session:
            assert shown(session, *READER) == usual
    test_nobody_compiles(url)


def test_an_owner_of_the_tables_only_sets_what_it_may(postgres: str) -> None:
    """Managed servers: the database belongs to the provider's user."""
    made = create_database(postgres, "managed")
    with psycopg.connect(made, autocommit=True) as provider:
        provider.execute("create role hub login createrole")
        provider.execute("grant create on database managed to hub")
    url = make_conninfo("", **(conninfo_to_dict(made) | {"user": "hub"}))
    warnings: list[str] = []
    with connect(url, autocommit=True) as connection:
        connection.add_notice_handler(lambda notice: warnings.append(notice.message_primary or ""))
        migrate(connection, role_prefix="rm")
        differing = connection.execute(
            "select role, name from core.setting where effective is distinct from value"
        ).fetchall()
        # only a superuser may limit temporary files
        assert {(row["role"], row["name"]) for row in differing} == {
            (None, "jit"),
            ("rm_g_region", "temp_file_limit"),
            ("rm_g_region", "log_temp_files"),
        }
        assert [each for each in warnings if "jit of the database was not set" in each]
        with closing(login(url, connection, "rm_g_region")) as session:
            assert shown(session, *READER) == READER
            session.rollback()
            session.execute("alter role current_user set statement_timeout = '1ms'")
            session.commit()
            assert [each.what for each in restore_logins(connection)] == ["statement_timeout"]
            assert restore_logins(connection) == []
            session.execute("select 1")
            assert [each.ended for each in end_transactions(connection, 0)] == [True]
