"""Bring a database to the version of this program.

Migrations run once, in order of their names, and are hashed; a shipped migration never changes.
Views and functions of schema `api` are made anew at every upgrade. A file whose name ends in
`.timescaledb.sql` or `.postgresql.sql` belongs to that engine only.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import LiteralString

from regionhub.errors import SchemaError
from regionhub.quantities import load_vocabulary
from regionhub.store.database import Connection, store_errors
from regionhub.store.statements import queries

_SQL = queries(__package__, "migrate")
_ENGINE = re.compile(r"\.(timescaledb|postgresql)$")


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    text: LiteralString

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrate(connection: Connection, *, role_prefix: str | None = None) -> list[str]:
    """Apply what is missing and re-create the views; returns the names of the new migrations.

    Args:
        connection: as the owner of the database, outside a transaction.
        role_prefix: what the roles of a new database start with; its name if not given.

    Raises:
        SchemaError: the database is newer than this program, or a migration was changed.
    """
    with store_errors(), connection.transaction():
        connection.execute("set local lock_timeout = '5s'")
        connection.execute(_SQL["lock"])
        connection.execute(_SQL["create_migration_table"])
        engine = _engine(connection)
        if engine == "timescaledb":
            connection.execute(_SQL["create_timescaledb"])
        pending = _pending(connection, engine)
        for migration in pending:
            connection.execute(migration.text)
            if migration.name == "0001_tables":
                connection.execute(
                    _SQL["name_deployment"], {"role_prefix": role_prefix, "engine": engine}
                )
            connection.execute(_SQL["record"], {"name": migration.name, "digest": migration.digest})
        _write_quantities(connection)
        connection.execute(_SQL["recreate_api_schema"])
        for view in _files("views", engine):
            connection.execute(view.text)
    return [migration.name for migration in pending]


def check_version(connection: Connection) -> None:
    """Refuse to work with a database of another version.

    Raises:
        SchemaError: says whether the database or the program has to be upgraded.
    """
    with store_errors(), connection.transaction():
        if not _exists(connection, "core.migration"):
            raise SchemaError("the database is empty: run `regionhub migrate` first")
        pending = _pending(connection, _engine(connection))
    if pending:
        raise SchemaError(
            f"the database is older than this program ({pending[0].name} is missing): "
            "run `regionhub migrate`"
        )


def _engine(connection: Connection) -> str:
    """The engine this database was made for; a new one uses TimescaleDB where it is installed."""
    if _exists(connection, "core.deployment"):
        row = connection.execute(_SQL["engine"]).fetchone()
        if row is not None:
            return str(row["engine"])
    row = connection.execute(_SQL["timescaledb_available"]).fetchone()
    return "timescaledb" if row and row["there"] else "postgresql"


def _exists(connection: Connection, relation: str) -> bool:
    row = connection.execute(_SQL["exists"], {"relation": relation}).fetchone()
    return bool(row and row["there"])


def _pending(connection: Connection, engine: str) -> list[_File]:
    ours = {migration.name: migration for migration in _files("migrations", engine)}
    for row in connection.execute(_SQL["applied"]).fetchall():
        migration = ours.pop(row["name"], None)
        if migration is None:
            raise SchemaError(
                f"the database is newer than this program (it has {row['name']}): "
                "upgrade regionhub, or use a database of this version"
            )
        if migration.digest != row["digest"]:
            raise SchemaError(f"{row['name']} is not the migration this database was made with")
    return list(ours.values())


def _files(folder: str, engine: str) -> list[_File]:
    found = []
    for path in sorted((files(__package__) / "sql" / folder).iterdir(), key=lambda p: p.name):
        stem = path.name.removesuffix(".sql")
        only = _ENGINE.search(stem)
        if only is None or only[1] == engine:
            found.append(_File(_ENGINE.sub("", stem), path.read_text(encoding="utf-8")))
    return found


def _write_quantities(connection: Connection) -> None:
    vocabulary = load_vocabulary()
    rows = []
    for quantity in vocabulary.quantities.values():
        unit = vocabulary.units[quantity.unit]
        rows.append(
            {
                "quantity": quantity.name,
                "name_de": quantity.names["de"],
                "name_en": quantity.names["en"],
                "unit": unit.name,
                "ucum": unit.ucum,
                "symbol": unit.symbol,
                "theme": quantity.theme,
                "decimals": quantity.decimals,
            }
        )
    with connection.cursor() as cursor:
        cursor.executemany(_SQL["write_quantity"], rows)
