"""Accounts, sessions and API keys. Functions run under the api role unless they say otherwise.

Of session tokens and keys only the SHA-256 is kept: they are random and long, so a slow hash would
add nothing, and a copy of the database lets nobody in.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

from pydantic import Field

from regionhub.access.passwords import checked, hash_password
from regionhub.access.principals import Principal
from regionhub.errors import Conflict, InputError
from regionhub.lines import read_name
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

#: What a key starts with, so that people and scanners recognise one that got lost.
KEY_PREFIX = "rhk_"

_SQL = queries(__package__, "accounts")
_REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict(
        "this login is taken",
        de="Dieser Benutzername ist vergeben: Wählen Sie einen anderen, zum Beispiel die "
        "E-Mail-Adresse.",
    ),
    pg.CheckViolation: InputError("an account has a login and is viewer, editor or admin"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is compared when somebody signs in."""

    account_id: int
    password_hash: str | None
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key; the secret is not kept."""

    api_key_id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeApiKey(ApiKey):
    """A key that was just made."""

    secret: Annotated[str, Field(description="Shown this once.", examples=["rhk_..."])]


def create_account(
    connection: Connection,
    *,
    tenant_id: int,
    login: str,
    display_name: str,
    role: str,
    password: str | None = None,
) -> int:
    """A person; role is viewer, editor or admin. Returns its id.

    Without a password nobody can sign in until it was set by a one-time link, see `people.invite`.

    Raises:
        InputError: the password is too short, login or name is none, or there is no such role.
        Conflict: the login is taken.
    """
    values = {
        "tenant_id": tenant_id,
        "login": read_name("the login", login),
        "display_name": read_name("the name of a person", display_name),
        "password_hash": None if password is None else hash_password(checked(password)),
        "role": role,
    }
    with explained(_REFUSALS):
        account_id = select_value(connection, int, _SQL["create_account"], values)
    assert account_id is not None
    return account_id


def account_by_login(connection: Connection, login: str) -> Account | None:
    """The account with a login, whatever its case."""
    return select_one(connection, Account, _SQL["account_by_login"], {"login": login})


def replace_password_hash(connection: Connection, account_id: int, password_hash: str) -> None:
    """Keep a hash with today's cost for the password that was just checked."""
    values = {"account_id": account_id, "password_hash": password_hash}
    connection.execute(_SQL["replace_password_hash"], values)


def create_session(connection: Connection, account_id: int, lifetime: timedelta) -> str:
    """Begin a session and return its token."""
    token = secrets.token_urlsafe(32)
    values = {"token_hash": digest(token), "account_id": account_id, "lifetime": lifetime}
    connection.execute(_SQL["create_session"], values)
    return token


def session_principal(connection: Connection, token: str) -> Principal | None:
    """Who a session belongs to; None when it ended or the account is inactive."""
    values = {"token_hash": digest(token)}
    return select_one(connection, Principal, _SQL["session_principal"], values)


def end_session(connection: Connection, token: str) -> None:
    """Sign out."""
    connection.execute(_SQL["end_session"], {"token_hash": digest(token)})


def key_principal(connection: Connection, secret: str) -> Principal | None:
    """Whom a key belongs to; None when it is unknown, expired or revoked."""
    values = {"secret_hash": digest(secret)}
    return select_one(connection, Principal, _SQL["key_principal"], values)


def create_api_key(
    connection: Connection,
    *,
    tenant_id: int,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
) -> MadeApiKey:
    """Make a key with the scopes read, or read and write; also as the owner.

    Raises:
        InputError: the name is none.
    """
    name = read_name("the name of a key", name)
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    values = {
        "tenant_id": tenant_id,
        "name": name,
        "secret_hash": digest(secret),
        "scopes": list(scopes),
        "expires_at": expires_at,
    }
    made = select_one(
        connection, partial(MadeApiKey, secret=secret), _SQL["create_api_key"], values
    )
    assert made is not None
    return made


def api_keys(connection: Connection, *, tenant_id: int) -> list[ApiKey]:
    """The keys of a town, also the revoked ones; never a secret."""
    return select_all(connection, ApiKey, _SQL["api_keys"], {"tenant_id": tenant_id})


def revoke_api_key(connection: Connection, *, tenant_id: int, api_key_id: int) -> bool:
    """Stop a key at once; False when the town has no such key."""
    values = {"tenant_id": tenant_id, "api_key_id": api_key_id}
    return select_value(connection, int, _SQL["revoke_api_key"], values) is not None


def digest(secret: str) -> bytes:
    """What is kept of a session token, a key or a link."""
    # a header may hold any bytes; what is no text cannot be a secret of ours
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
