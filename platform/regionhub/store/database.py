"""Connections, roles and transactions.

One URL leads to the database. What a connection may do is decided by the role it takes: the ingest
role writes series, the api role checks logins, and every request of a town runs under the role of
that town (`SET LOCAL ROLE`), so that the database itself enforces the tenant border. How long a
statement may take and how it is planned is set in the database, by `migrate`: see settings.sql.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString, Self, TypeVar, cast

import orjson
import psycopg
from psycopg import sql
from psycopg.rows import scalar_row, tuple_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool, PoolTimeout

from regionhub.errors import (
    StoreBusy,
    StoreError,
    StoreFull,
    StoreRejected,
    StoreTooSlow,
    StoreUnavailable,
)
from regionhub.store.arrays import NanosecondsLoader, register
from regionhub.store.rows import rows_of
from regionhub.store.statements import queries

_SQL = queries(__package__, "database")
#: What it reads by itself has no type: rows come through the functions below.
Connection = psycopg.Connection[object]
Statement = LiteralString | sql.Composed
Row = TypeVar("Row")
Value = TypeVar("Value")
#: Times in UTC. TimescaleDB unpacks what a statement changes in compressed chunks, by default not
#: more than 100,000 rows: who met that limit once would meet it again with every try. A server
#: that is gone without a word is noticed within half a minute, also while its answer is awaited.
#: The timeouts are seconds, but for the last one (milliseconds).
_CONNECT: dict[str, Any] = {
    "options": "-c timezone=UTC -c timescaledb.max_tuples_decompressed_per_dml_transaction=0",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
#: The pool waits twice as long before each try to connect again, and begins anew after this time:
#: so after a long outage as well it is back within seconds.
_CONNECT_AGAIN_SECONDS = 5
#: What errors of the driver are to us; the first that fits.
_MEANINGS: tuple[tuple[type[psycopg.Error], type[StoreError]], ...] = (
    # such as a text that is too long for an index; the driver calls it operational
    (psycopg.errors.ProgramLimitExceeded, StoreRejected),
    (psycopg.errors.DiskFull, StoreFull),
    (psycopg.errors.LockNotAvailable, StoreBusy),
    (psycopg.errors.QueryCanceled, StoreTooSlow),
    (psycopg.errors.ReadOnlySqlTransaction, StoreUnavailable),  # a standby, until it takes over
    (psycopg.OperationalError, StoreUnavailable),
    (psycopg.DataError, StoreRejected),
    (psycopg.IntegrityError, StoreRejected),
    (psycopg.Error, StoreError),
)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn driver errors into ours: StoreUnavailable may be tried again, StoreRejected never."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise StoreRejected("a text is no Unicode: it holds half of a surrogate pair") from error
    except OverflowError as error:
        raise StoreRejected("a number is too large for its column") from error
    except PoolTimeout as error:
        raise StoreUnavailable("the database does not answer") from error
    except psycopg.Error as error:
        meaning = next(ours for theirs, ours in _MEANINGS if isinstance(error, theirs))
        raise meaning(_sentence(error)) from error


def _sentence(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error)
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__


def connect(url: str, *, autocommit: bool = False) -> Connection:
    """One connection; times in UTC, no server-side prepared statements."""
    with store_errors():
        return psycopg.connect(
            url,
            autocommit=autocommit,
            prepare_threshold=None,
            **_CONNECT,
        )


class Database:
    """A pool of connections that take a role for each transaction.

    Args:
        url: PostgreSQL URL. Its user must be a member of the roles that are taken, or own them.
        size: most connections open at once.
        role: role each connection takes when it is opened ("ingest", "api"), without the prefix;
            None keeps the role of the URL.
    """

    def __init__(self, url: str, *, size: int = 8, role: str | None = None) -> None:
        self._url = url
        self._role = role
        self.size = size
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            kwargs={"prepare_threshold": 2, **_CONNECT},
            configure=self._configure,
            check=ConnectionPool.check_connection,
            timeout=10,
            reconnect_timeout=_CONNECT_AGAIN_SECONDS,
            open=False,
            connection_class=cast("type[Connection]", psycopg.Connection),
        )

    def _configure(self, connection: Connection) -> None:
        if self._role is not None:
            role = select_value(connection, str, _SQL["role_name"], {"kind": self._role})
            assert role is not None
            if role != connection.info.user:
                # before it is taken: the catalog of databases need not be open to it
                connection.execute(_SQL["take_settings"], {"role": role})
                connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        register(connection.adapters)
        connection.commit()

    def __enter__(self) -> Self:
        with store_errors():
            self._pool.open(wait=True, timeout=15)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction under the role of this pool."""
        with store_errors(), self._pool.connection() as connection:
            yield connection

    @contextmanager
    def as_role(self, role: str, *, statement_seconds: int | None = None) -> Iterator[Connection]:
        """One transaction under a town's role, given with its prefix: `rh_t_olpe`.

        A statement may take `statement_seconds`, or what is set for the role of this pool.
        """
        with store_errors(), self._pool.connection() as connection:
            if statement_seconds is not None:
                values = {"milliseconds": str(statement_seconds * 1000)}
                connection.execute(_SQL["limit_statements"], values)
            connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            yield connection

    def own_connection(self) -> Connection:
        """A connection beside the pool, in autocommit and under the role of the URL.

        For what has to last, such as listening; whoever asks closes it.
        """
        return connect(self._url, autocommit=True)


def select_all(
    connection: Connection,
    row: Callable[..., Row],
    statement: Statement,
    parameters: dict[str, Any] | None = None,
) -> list[Row]:
    """All rows; `row` is a dataclass, or a function, that takes the columns by their names."""
    # numbers and times are not written and read as text
    with connection.cursor(row_factory=rows_of(row), binary=True) as cursor:
        return cursor.execute(statement, parameters or {}).fetchall()


def select_one(
    connection: Connection,
    row: Callable[..., Row],
    statement: Statement,
    parameters: dict[str, Any] | None = None,
) -> Row | None:
    """The first row as in `select_all`, or None."""
    with connection.cursor(row_factory=rows_of(row), binary=True) as cursor:
        return cursor.execute(statement, parameters or {}).fetchone()


def select_value(
    connection: Connection,
    kind: type[Value],
    statement: Statement,
    parameters: dict[str, Any] | None = None,
) -> Value | None:
    """The one column of the first row; None without a row, or where it is null."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        value = cursor.execute(statement, parameters or {}).fetchone()
    assert value is None or isinstance(value, kind)
    return value


def select_values(
    connection: Connection,
    kind: type[Value],
    statement: LiteralString,
    parameters: dict[str, Any] | None = None,
) -> list[Value]:
    """The one column of all rows, none of which is null."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        values = cursor.execute(statement, parameters or {}).fetchall()
    assert all(isinstance(value, kind) for value in values)
    return values


def as_json(value: object) -> Jsonb:
    """A parameter of type jsonb; NaN and infinities, which JSON does not know, become null."""
    return Jsonb(value, dumps=_without_nan)


def _without_nan(value: object) -> str | bytes:
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return orjson.dumps(value)


def fetch_columns(
    connection: Connection, statement: LiteralString, parameters: dict[str, Any]
) -> tuple[Any, ...]:
    """The one row of a statement that gathers columns into arrays; numbers as numpy has them.

    How nulls stand in them: `regionhub.store.arrays`.
    """
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        row = cursor.execute(statement, parameters).fetchone()
    assert row is not None
    return row


def fetch_portions(
    connection: Connection, statement: LiteralString, parameters: dict[str, Any], size: int
) -> Iterator[list[tuple[Any, ...]]]:
    """All rows, `size` at a time and as they were at the first: one cursor on the server.

    Times are nanoseconds since 1970-01-01 UTC: so many rows have no use for objects.
    """
    with connection.cursor("portions", row_factory=tuple_row) as cursor:
        cursor.adapters.register_loader("timestamptz", NanosecondsLoader)
        cursor.execute(statement, parameters, binary=True)
        while rows := cursor.fetchmany(size):
            yield rows
