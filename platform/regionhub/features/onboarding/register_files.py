"""The file of a tree register between looking at it and taking it over."""

from __future__ import annotations

import hashlib

from regionhub.errors import InputError
from regionhub.store.database import Connection, select_value
from regionhub.store.jobs import Work
from regionhub.store.statements import queries

_SQL = queries(__package__, "register")

#: A register of 20,000 trees with all its columns has some megabytes.
MOST_BYTES = 12_000_000


def keep_file(connection: Connection, tenant_id: int, content: bytes, *, name: str, by: str) -> str:
    """Keep a file in the place of the former one; returns what it is asked for with."""
    digest = hashlib.sha256(content).hexdigest()
    values = {"tenant_id": tenant_id, "name": name, "content": content, "digest": digest, "by": by}
    connection.execute(_SQL["keep"], values)
    return digest


def take_file(connection: Connection, tenant_id: int, digest: str) -> bytes:
    """The file that was looked at, once.

    Raises:
        InputError: another one came since, or it is gone.
    """
    values = {"tenant_id": tenant_id, "digest": digest}
    content = select_value(connection, bytes, _SQL["take"], values)
    if content is None:
        raise InputError(
            "This file is not there any more: choose it again.",
            de="Diese Datei ist nicht mehr da: wählen Sie sie noch einmal aus.",
        )
    return content


def forget_files(work: Work) -> None:
    """Delete files that nobody took over within a day."""
    with work.owner() as connection:
        connection.execute(_SQL["forget"])
