"""Logins, sessions and API keys. Every function runs under the api role.

Of session tokens and keys only the SHA-256 is kept: they are random and long, so a slow hash would
add nothing, and a copy of the database lets nobody in.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from regionhub.store.database import Connection, fetch_all, fetch_one
from regionhub.store.statements import queries

#: What a key starts with, so that people and scanners recognise one that got lost.
KEY_PREFIX = "rhk_"

_SQL = queries(__package__, "accounts")


class NewKey(NamedTuple):
    """A key that was just made; `secret` is never shown again."""

    secret: str
    row: dict[str, Any]


def account_by_login(connection: Connection, login: str) -> dict[str, Any] | None:
    """account_id, password_hash and active of a login, whatever its case."""
    return fetch_one(connection, _SQL["account_by_login"], {"login": login})


def replace_password_hash(connection: Connection, account_id: int, password_hash: str) -> None:
    """Keep a hash with today's cost for the password that was just checked."""
    values = {"account_id": account_id, "password_hash": password_hash}
    connection.execute(_SQL["replace_password_hash"], values)


def create_session(connection: Connection, account_id: int, lifetime: timedelta) -> str:
    """Begin a session and return its token."""
    token = secrets.token_urlsafe(32)
    values = {"token_hash": _digest(token), "account_id": account_id, "lifetime": lifetime}
    connection.execute(_SQL["create_session"], values)
    return token


def session_principal(connection: Connection, token: str) -> dict[str, Any] | None:
    """Who a session belongs to; None when it ended or the account is inactive."""
    return fetch_one(connection, _SQL["session_principal"], {"token_hash": _digest(token)})


def end_session(connection: Connection, token: str) -> None:
    """Sign out."""
    connection.execute(_SQL["end_session"], {"token_hash": _digest(token)})


def key_principal(connection: Connection, secret: str) -> dict[str, Any] | None:
    """Whom a key belongs to; None when it is unknown, expired or revoked."""
    return fetch_one(connection, _SQL["key_principal"], {"secret_hash": _digest(secret)})


def create_api_key(
    connection: Connection,
    *,
    tenant_id: int,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key with the scopes read, or read and write."""
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    row = fetch_one(
        connection,
        _SQL["create_api_key"],
        {
            "tenant_id": tenant_id,
            "name": name,
            "secret_hash": _digest(secret),
            "scopes": list(scopes),
            "expires_at": expires_at,
        },
    )
    return NewKey(secret, row or {})


def api_keys(connection: Connection, *, tenant_id: int) -> list[dict[str, Any]]:
    """The keys of a town, also the revoked ones; never a secret."""
    return fetch_all(connection, _SQL["api_keys"], {"tenant_id": tenant_id})


def revoke_api_key(connection: Connection, *, tenant_id: int, api_key_id: int) -> bool:
    """Stop a key at once; False when the town has no such key."""
    values = {"tenant_id": tenant_id, "api_key_id": api_key_id}
    return fetch_one(connection, _SQL["revoke_api_key"], values) is not None


def _digest(secret: str) -> bytes:
    # a header may hold any bytes; what is no text cannot be a secret of ours
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
