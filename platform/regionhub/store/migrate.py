"""Bring a database to the version of this program.

A room (a package) may hold `migrations/` and `views.sql`. Migrations run once, room by room and in
order of their names, and are hashed; a shipped migration never changes. Views and functions of
schema `api`, the vocabulary and the levels are written anew at every upgrade. A migration whose
name ends in `.timescaledb.sql` or `.postgresql.sql` belongs to that engine only.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, LiteralString

from psycopg import sql

from regionhub.errors import InputError, SchemaError
from regionhub.levels import Signal, State
from regionhub.quantities import load_vocabulary
from regionhub.store.database import Connection, select_all, select_value, store_errors
from regionhub.store.readers import unhindered
from regionhub.store.statements import expand, queries

_SQL = queries(__package__, "migrate")
_ENGINE = re.compile(r"\.(timescaledb|postgresql)$")
#: Dashboards may be disturbed by an upgrade: it does not wait for statements that take longer.
_READERS_SECONDS = 5.0
#: After this one the database has a name for its roles.
_FIRST = "store/0001_deployment"
#: With the short name of a town behind it a role's name stays within PostgreSQL's 63 bytes.
_PREFIX = re.compile(r"[a-z][a-z0-9_]{0,19}")


@dataclass(frozen=True, slots=True)
class _Migration:
    name: str
    text: str

    @property
    def digest(self) -> str:
        """Of the file: what a macro stands for may change without changing a shipped migration."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def statements(self) -> LiteralString:
        return expand(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Applied:
    """A migration that a database was made with."""

    name: str
    digest: str


@dataclass(frozen=True)
class Schema:
    """Everything a database is made of.

    Args:
        rooms: packages with migrations or views, each before those that refer to it.
        words: states that are not of sites, by what has them.
        signals: what features say about sites; together they are the view api.signal.
    """

    rooms: Sequence[str]
    signals: Sequence[Signal] = ()
    words: Mapping[str, Mapping[str, State]] = field(default_factory=dict)

    def migrations(self, engine: str) -> list[_Migration]:
        """All migrations of an engine in the order in which they run."""
        found = []
        for room in self.rooms:
            for path in _sorted(files(room) / "migrations"):
                stem = path.name.removesuffix(".sql")
                only = _ENGINE.search(stem)
                if only is None or only[1] == engine:
                    name = f"{room.rpartition('.')[2]}/{_ENGINE.sub('', stem)}"
                    found.append(_Migration(name, path.read_text(encoding="utf-8")))
        return found

    @cached_property
    def views(self) -> list[LiteralString]:
        """The statements that make schema api, room by room."""
        paths = [files(room) / "views.sql" for room in self.rooms]
        return [_read(path) for path in paths if path.is_file()]

    @cached_property
    def quantities(self) -> list[dict[str, Any]]:
        """Rows of core.quantity."""
        vocabulary = load_vocabulary()
        return [
            {
                "quantity": quantity.name,
                "name_de": quantity.names["de"],
                "name_en": quantity.names["en"],
                "unit": (unit := vocabulary.units[quantity.unit]).name,
                "ucum": unit.ucum,
                "symbol": unit.symbol,
                "theme": quantity.theme,
                "decimals": quantity.decimals,
                "measures_level": quantity.measures_level,
            }
            for quantity in vocabulary.quantities.values()
        ]

    @cached_property
    def levels(self) -> list[dict[str, Any]]:
        """Rows of core.level."""
        known = [
            *((signal.name, signal.order, signal.states) for signal in self.signals),
            *((name, None, states) for name, states in self.words.items()),
        ]
        return [
            {
                "signal": name,
                "order": order,
                "state": state.code,
                "level": state.level,
                "urgency": state.urgency,
                "rank": state.rank,
                "label_de": state.de,
                "label_en": state.en,
                "sign": state.sign,
                "tone": state.tone,
                "colour": state.colour,
            }
            for name, order, states in known
            for state in states.values()
        ]

    @cached_property
    def reasons(self) -> list[dict[str, Any]]:
        """Rows of core.reason."""
        return [
            {
                "signal": signal.name,
                "reason": code,
                "label_de": reason.de.replace("{since}", ""),
                "label_en": reason.en.replace("{since}", ""),
                "level": reason.level,
                "urgency": reason.urgency,
            }
            for signal in self.signals
            for code, reason in signal.reasons.items()
        ]

    @cached_property
    def renewed(self) -> str:
        """Hash of what every upgrade writes anew."""
        signals = [(signal.name, signal.decide, signal.view) for signal in self.signals]
        parts = (self.views, _last_steps(), self.quantities, self.levels, self.reasons, signals)
        return hashlib.sha256(repr(parts).encode()).hexdigest()


def migrate(connection: Connection, schema: Schema, *, role_prefix: str | None = None) -> list[str]:
    """Apply what is missing and write anew what belongs to the program.

    Args:
        connection: as the owner of the database, outside a transaction.
        schema: what the database is made of.
        role_prefix: what the roles of a new database start with; its name if not given.

    Returns:
        The names of the new migrations.

    Raises:
        InputError: roles cannot be named after this database.
        SchemaError: the database is newer than this program, or a migration was changed.
        StoreBusy: somebody held a table for a minute.
    """
    return unhindered(
        connection,
        lambda: _migrate(connection, schema, role_prefix),
        older_than_seconds=_READERS_SECONDS,
    )


def _migrate(connection: Connection, schema: Schema, role_prefix: str | None) -> list[str]:
    connection.execute(_SQL["lock"])
    connection.execute(_SQL["create_migration_table"])
    engine = _engine(connection)
    if engine == "timescaledb":
        connection.execute(_SQL["create_timescaledb"])
    pending = _pending(connection, schema, engine)
    for migration in pending:
        connection.execute(migration.statements)
        if migration.name == _FIRST:
            values = {"role_prefix": _prefix(connection, role_prefix), "engine": engine}
            connection.execute(_SQL["name_deployment"], values)
        connection.execute(_SQL["record"], {"name": migration.name, "digest": migration.digest})
    _renew(connection, schema)
    return [migration.name for migration in pending]


def _prefix(connection: Connection, given: str | None) -> str:
    """What roles start with."""
    prefix = connection.info.dbname if given is None else given
    if not _PREFIX.fullmatch(prefix):
        raise InputError(
            f"the roles of a database are named after it, and {prefix!r} cannot stand in their "
            "names: name the database with at most 20 characters out of a to z, 0 to 9 and _, "
            "a letter first"
        )
    return prefix


def check_version(connection: Connection, schema: Schema) -> None:
    """Refuse to work with a database of another version.

    Raises:
        SchemaError: says whether the database or the program has to be upgraded.
    """
    with store_errors(), connection.transaction():
        if not _exists(connection, "core.migration"):
            raise SchemaError("the database is empty: run `regionhub migrate` first")
        pending = _pending(connection, schema, _engine(connection))
        if pending:
            raise SchemaError(
                f"the database is older than this program ({pending[0].name} is missing): "
                "run `regionhub migrate`"
            )
        renewed = select_value(connection, str, _SQL["renewed"])
    if renewed != schema.renewed:
        raise SchemaError(
            "views, vocabulary or levels of the database are of another version than this "
            "program: run `regionhub migrate`"
        )


def _renew(connection: Connection, schema: Schema) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(_SQL["write_quantity"], schema.quantities)
        cursor.execute(_SQL["forget_levels"])
        cursor.executemany(_SQL["write_level"], schema.levels)
        cursor.execute(_SQL["forget_reasons"])
        cursor.executemany(_SQL["write_reason"], schema.reasons)
    connection.execute(_SQL["recreate_api_schema"])
    for views in schema.views:
        connection.execute(views)
    if schema.signals:
        _unite(connection, schema.signals)
        if select_value(connection, str, _SQL["renewed"]) != schema.renewed:
            connection.execute(_SQL["decide_anew"])
    for step in _last_steps():
        connection.execute(step)
    connection.execute(_SQL["record_renewed"], {"renewed": schema.renewed})


def _unite(connection: Connection, signals: Sequence[Signal]) -> None:
    """Make api.signal of the features' views; each of them has a barrier of its own."""
    parts = [sql.SQL(_SQL["signal_columns"]) + sql.Identifier(signal.view) for signal in signals]
    united = sql.SQL("\nunion all\n").join(parts)
    connection.execute(sql.SQL("create view api.signal as\n") + united)
    connection.execute(
        "comment on view api.signal is 'What each feature says about each site: level 0 in order, "
        "1 watch, 2 act, 3 emergency, null unknown, since when, and when that was decided; words "
        "and colours of a state in api.level.'"
    )


def _engine(connection: Connection) -> str:
    """The engine this database was made for; a new one uses TimescaleDB where it is installed."""
    if _exists(connection, "core.deployment"):
        engine = select_value(connection, str, _SQL["engine"])
        if engine is not None:
            return engine
    there = select_value(connection, bool, _SQL["timescaledb_available"])
    return "timescaledb" if there else "postgresql"


def _exists(connection: Connection, relation: str) -> bool:
    return bool(select_value(connection, bool, _SQL["exists"], {"relation": relation}))


def _pending(connection: Connection, schema: Schema, engine: str) -> list[_Migration]:
    ours = {migration.name: migration for migration in schema.migrations(engine)}
    for applied in select_all(connection, _Applied, _SQL["applied"]):
        migration = ours.pop(applied.name, None)
        if migration is None:
            raise SchemaError(
                f"the database is newer than this program (it has {applied.name}): "
                "upgrade regionhub, or use a database of this version"
            )
        if migration.digest != applied.digest:
            raise SchemaError(f"{applied.name} is not the migration this database was made with")
    return list(ours.values())


def _last_steps() -> list[LiteralString]:
    """Settings and rights, when everything that they are about is there."""
    return [_read(files(__package__) / name) for name in ("settings.sql", "grants.sql")]


def _sorted(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():
        return []
    return sorted(folder.iterdir(), key=lambda path: path.name)


def _read(path: Traversable) -> LiteralString:
    return expand(path.read_text(encoding="utf-8"))
