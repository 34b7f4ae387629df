"""Who may do what at the hub's own broker: one user for each source that pushes to it.

A network server writes below the prefix that is its own and reads nothing; only ingest reads.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from regionhub.errors import InputError
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "broker_access")
#: The one who reads.
READER = "ingest"
#: Below it the hub writes to itself.
OWN_PREFIX = "alarm-check"
#: As `mosquitto_passwd` does it (its default, and the length of its salt).
_ROUNDS = 101
_SALT_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a network server writes to the hub's broker; the password is known only now."""

    user: str
    password: str

    @property
    def prefix(self) -> str:
        """What each of its topics has to begin with."""
        return f"{self.user}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class _User:
    name: str
    password_hash: str


def give_access(connection: Connection, *, source_id: int) -> Access:
    """Make a source one that pushes to the hub's broker, as the owner or the operator.

    Its topics get a prefix.
    """
    return _written(connection, "give_access", source_id)


def renew_access(connection: Connection, *, source_id: int) -> Access:
    """Give a source that pushes to the hub's broker a new password, as `give_access`.

    Raises:
        InputError: the town has a broker of its own.
    """
    return _written(connection, "renew_access", source_id)


def pushing_source(connection: Connection, *, tenant_id: int) -> int | None:
    """The first source of a town that pushes to the hub's broker, as the owner or the operator."""
    return select_value(connection, int, _SQL["pushing"], {"tenant_id": tenant_id})


def _written(connection: Connection, statement: str, source_id: int) -> Access:
    password = secrets.token_urlsafe(24)
    values = {"source_id": source_id, "hash": _hashed(password)}
    user = select_value(connection, str, _SQL[statement], values)
    if user is None:
        raise InputError("this source has a broker of its own, which gives its passwords itself")
    return Access(user=user, password=password)


class AccessFiles:
    """Mosquitto's files `acl` and `passwords` in a folder, as the database says.

    Args:
        folder: where they are written.
        reader_password: of ingest.

    Raises:
        InputError: there is no password for ingest.
    """

    def __init__(self, folder: Path, *, reader_password: str) -> None:
        if not reader_password:
            raise InputError(
                "REGIONHUB_BROKER_PASSWORD is not set: the password of the user `ingest`"
            )
        self._folder = folder
        self._reader_password = reader_password
        self._written: list[_User] | None = None

    def write(self, connection: Connection) -> bool:
        """Write what is new since the last time, as the owner; says whether anything was.

        Raises:
            InputError: the folder cannot be written to.
        """
        users = select_all(connection, _User, _SQL["users"])
        if users == self._written:
            return False
        hashes = {READER: _hashed(self._reader_password)}
        hashes |= {user.name: user.password_hash for user in users}
        # the hub tries its own chain of alarms with messages below this prefix
        reader = f"user {READER}\ntopic read #\ntopic read $SYS/#\ntopic write {OWN_PREFIX}/#\n"
        writers = (f"\nuser {user.name}\ntopic write {user.name}/#\n" for user in users)
        self._replace("passwords", "".join(f"{name}:{each}\n" for name, each in hashes.items()))
        self._replace("acl", "".join([reader, *writers]))
        self._written = users
        return True

    def _replace(self, name: str, text: str) -> None:
        fresh = self._folder / f".{name}"
        try:
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self._folder / name)  # the broker never reads half of one
        except OSError as error:
            raise InputError(f"{self._folder} cannot be written: {error.strerror}") from None


def _hashed(password: str) -> str:
    """As Mosquitto 2 keeps it: PBKDF2 with SHA-512."""
    salt = os.urandom(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    parts = (base64.b64encode(part).decode() for part in (salt, digest))
    return f"$7${_ROUNDS}${'$'.join(parts)}"
