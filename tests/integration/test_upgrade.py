"""A database of the version before, with rows in it, becomes one of this version."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from tests.rows import Connection, connect

from regionhub.cli import run
from regionhub.cli.assembly import ROOMS, schema
from regionhub.errors import InputError, SchemaError
from regionhub.levels import Signal, State, by_code, no_data
from regionhub.store.databases import create_database
from regionhub.store.migrate import Schema, check_version, migrate

ROOM = "room_of_the_upgrade_test"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with a table and a view of its own."""
    folder = tmp_path / ROOM
    (folder / "migrations").mkdir(parents=True)
    (folder / "__init__.py").touch()
    _write(folder, "migrations/0001_first.sql", "create table core.thing (thing integer);")
    _write(folder, "views.sql", "create view api.thing as select thing from core.thing;")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, ROOM, raising=False)
    return folder


@pytest.fixture
def owner(postgres: str, request: pytest.FixtureRequest) -> Iterator[Connection]:
    name = f"upgraded_{abs(hash(request.node.name))}"
    with connect(create_database(postgres, name), autocommit=True) as connection:
        yield connection


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)


def _with(signals: tuple[Signal, ...] = ()) -> Schema:
    usual = schema()
    return Schema(rooms=(*usual.rooms, ROOM), signals=(*usual.signals, *signals), words=usual.words)


def test_rows_stay_and_what_is_new_is_added(owner: Connection, room: Path) -> None:
    migrate(owner, _with(), role_prefix="up")
    owner.execute("insert into core.thing values (7)")
    _write(room, "migrations/0002_more.sql", "alter table core.thing add column more text;")
    _write(room, "views.sql", "create view api.thing as select thing, more from core.thing;")

    with pytest.raises(SchemaError, match=rf"{ROOM}/0002_more is missing.*regionhub migrate"):
        check_version(owner, _with())
    assert migrate(owner, _with()) == [f"{ROOM}/0002_more"]

    check_version(owner, _with())
    assert owner.execute("select * from api.thing").fetchall() == [{"thing": 7, "more": None}]


def test_a_changed_migration_and_a_newer_database_are_refused(
    owner: Connection, room: Path
) -> None:
    migrate(owner, _with(), role_prefix="up")
    with pytest.raises(SchemaError, match="newer than this program"):
        check_version(owner, schema())
    _write(room, "migrations/0001_first.sql", "create table core.thing (thing bigint);")
    with pytest.raises(SchemaError, match="not the migration this database was made with"):
        migrate(owner, _with())


def test_a_program_with_other_views_vocabulary_or_levels_refuses_to_work(
    owner: Connection, room: Path
) -> None:
    """A quantity that is not there would make every frame of a device a dead letter."""
    migrate(owner, _with(), role_prefix="up")
    _write(room, "views.sql", "create view api.thing as select thing + 1 as thing from core.thing;")
    for other in (_with(), _with_another_quantity(), _with_another_level(owner)):
        with pytest.raises(SchemaError, match=r"of another version.*regionhub migrate"):
            check_version(owner, other)
        migrate(owner, other)
        check_version(owner, other)


def _with_another_quantity() -> Schema:
    changed = _with()
    changed.quantities.append({**changed.quantities[0], "quantity": "snow_depth"})
    return changed


def _with_another_level(owner: Connection) -> Schema:
    decide, view = "decide_observations", "observation_signal"
    states = by_code(State("odd", "seltsam", "odd", "?", "none", 0), no_data(1))
    return _with((Signal(name="odd", decide=decide, view=view, order=9, states=states),))


def test_a_new_database_is_complete_or_empty(owner: Connection, room: Path) -> None:
    _write(room, "views.sql", "create view api.thing as select nothing from core.thing;")
    with pytest.raises(Exception, match="nothing"):
        migrate(owner, _with(), role_prefix="up")
    with pytest.raises(SchemaError, match="the database is empty"):
        check_version(owner, _with())


@pytest.mark.parametrize("name", ["a_town_of_many_letters", "Smart-Region", "2026"])
def test_a_database_no_role_can_be_named_after_is_refused_in_words(
    postgres: str, name: str
) -> None:
    with (
        connect(create_database(postgres, name), autocommit=True) as connection,
        pytest.raises(InputError, match=f"'{name}' cannot stand.*at most 20 characters"),
    ):
        migrate(connection, schema())


def test_no_migration_adds_a_boolean_with_a_default_to_a_series() -> None:
    """TimescaleDB 2.23 cannot filter by one in chunks that were compressed before."""
    adds = re.compile(r"alter table core\.(?:uplink|reading)\b[^;]*\bboolean\b[^;]*\bdefault\b")
    assert adds.search(
        "alter table core.uplink\n    add column late boolean not null default true;"
    )
    for name in schema().rooms:
        folder = files(name) / "migrations"
        if folder.is_dir():
            assert [f.name for f in folder.iterdir() if adds.search(f.read_text("utf-8"))] == []


def test_every_room_is_made() -> None:
    assert set(ROOMS) < set(schema().rooms)


def test_the_command_says_what_has_to_be_restarted(
    postgres: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REGIONHUB_DATABASE_URL", create_database(postgres, "renewed"))
    said = []
    for _ in "ab":
        run.migrate()
        said.append(" ".join(capsys.readouterr().out.split()))
    assert "restart `regionhub serve`, `ingest` and `work`" in said[0]
    assert said[1] == "the database has the version of this program already"
