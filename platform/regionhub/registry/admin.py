"""What the operator sets up, over the owner's connection: towns, accounts, sources."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from argon2 import PasswordHasher

from regionhub.devices import broker_address, check_topic_filter
from regionhub.errors import Conflict, InputError
from regionhub.store.database import Connection, fetch_all, fetch_one
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "admin")
_TENANT_REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict("a town with this short name or AGS is there already"),
    pg.CheckViolation: InputError(
        "a town needs a short name of small letters, digits and hyphens such as bad-berleburg, "
        "a name, an AGS of digits only (eight for a town), coordinates in degrees, "
        "and is a municipality, district or region"
    ),
}
_ACCOUNT_REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict("this login is taken"),
    pg.CheckViolation: InputError("an account has a login and is viewer, editor or admin"),
}
_SOURCE_REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict("this town has a source of that name already"),
    pg.CheckViolation: InputError(
        "a source needs a name, a broker such as mqtts://broker.example:8883 (the login is given "
        "apart from it) and MQTT 5 or 3.1.1"
    ),
}
_SESSION_REFUSALS: Refusals = {
    pg.CheckViolation: InputError(
        "several sessions need a source that speaks MQTT 5: older brokers cannot share messages"
    ),
}


def create_tenant(
    connection: Connection,
    *,
    slug: str,
    name: str,
    kind: str = "municipality",
    ags: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    shares_with_region: bool = False,
) -> int:
    """A town with its two database roles; returns its id.

    Raises:
        Conflict: slug or AGS is taken.
        InputError: one of the values is malformed.
    """
    with explained(_TENANT_REFUSALS):
        row = fetch_one(
            connection,
            _SQL["create_tenant"],
            {
                "slug": slug,
                "name": name,
                "kind": kind,
                "ags": ags,
                "latitude": latitude,
                "longitude": longitude,
                "shares_with_region": shares_with_region,
            },
        )
    assert row is not None
    return int(row["tenant_id"])


def tenants(connection: Connection) -> list[dict[str, Any]]:
    """All towns with the number of their sites and devices."""
    return fetch_all(connection, _SQL["tenants"])


def tenant_by_slug(connection: Connection, slug: str) -> dict[str, Any]:
    """One town.

    Raises:
        InputError: no town has this slug.
    """
    row = fetch_one(connection, _SQL["tenant_by_slug"], {"slug": slug})
    if row is None:
        known = ", ".join(t["slug"] for t in tenants(connection)) or "none yet"
        raise InputError(f"no town is called {slug!r} (known: {known})")
    return row


def create_account(
    connection: Connection,
    *,
    tenant_id: int,
    login: str,
    display_name: str,
    password: str,
    role: str,
) -> int:
    """A person who can sign in; role is viewer, editor or admin.

    Raises:
        InputError: the password is shorter than ten characters, there is no login or no such role.
        Conflict: the login is taken.
    """
    if len(password) < 10:
        raise InputError("a password needs at least ten characters")
    with explained(_ACCOUNT_REFUSALS):
        row = fetch_one(
            connection,
            _SQL["create_account"],
            {
                "tenant_id": tenant_id,
                "login": login,
                "display_name": display_name,
                "password_hash": PasswordHasher().hash(password),
                "role": role,
            },
        )
    assert row is not None
    return int(row["account_id"])


def create_api_key(connection: Connection, *, tenant_id: int, name: str, scopes: list[str]) -> str:
    """A key for programs; the secret is returned once and kept only as a hash."""
    secret = f"rhk_{secrets.token_urlsafe(32)}"
    fetch_one(
        connection,
        _SQL["create_api_key"],
        {
            "tenant_id": tenant_id,
            "name": name,
            "secret_hash": hashlib.sha256(secret.encode()).digest(),
            "scopes": scopes,
        },
    )
    return secret


def create_source(
    connection: Connection,
    *,
    tenant_id: int,
    name: str,
    format: str,  # noqa: A002 - the word of the whole code base
    broker_url: str,
    topics: list[str],
    protocol: str = "5",
    username: str | None = None,
    password: str | None = None,
    mapping: str | None = None,
) -> int:
    """A connection to a town's network server; ingest picks it up within seconds.

    `mapping` is JSON, as in `devices.Source`.

    Raises:
        InputError: one of the values is malformed.
        Conflict: the town has a source of that name.
    """
    broker_address(broker_url)
    for topic in topics:
        check_topic_filter(topic)
    with explained(_SOURCE_REFUSALS):
        row = fetch_one(
            connection,
            _SQL["create_source"],
            {
                "tenant_id": tenant_id,
                "name": name,
                "format": format,
                "broker_url": broker_url,
                "topics": topics,
                "protocol": protocol,
                "username": username,
                "password": password,
                "mapping": mapping,
            },
        )
    assert row is not None
    return int(row["source_id"])


def source_format(connection: Connection, *, tenant_id: int, name: str) -> tuple[int, str]:
    """Id and format of a town's source.

    Raises:
        InputError: the town has no source of that name.
    """
    row = fetch_one(connection, _SQL["source_format"], {"tenant_id": tenant_id, "name": name})
    if row is None:
        raise InputError(f"this town has no source called {name!r}: see `regionhub source list`")
    return row["source_id"], row["format"]


def set_source_sessions(
    connection: Connection, *, tenant_id: int, name: str, sessions: int
) -> None:
    """Let this many sessions at the broker share the messages of a source.

    Raises:
        InputError: the town has no such source, or it does not speak MQTT 5.
    """
    with explained(_SESSION_REFUSALS):
        row = fetch_one(
            connection,
            _SQL["update_source_sessions"],
            {"tenant_id": tenant_id, "name": name, "sessions": sessions},
        )
    if row is None:
        raise InputError(f"this town has no source {name!r} (`regionhub source list`)")


def set_source_mapping(connection: Connection, *, source_id: int, mapping: str) -> None:
    """Replace the mapping of a source (JSON); ingest picks it up within seconds."""
    connection.execute(_SQL["update_source_mapping"], {"source_id": source_id, "mapping": mapping})


def sources(connection: Connection) -> list[dict[str, Any]]:
    """All sources with their state, without passwords."""
    return fetch_all(connection, _SQL["sources"])


def change_source(
    connection: Connection,
    *,
    source_id: int,
    broker_url: str | None = None,
    topics: list[str] | None = None,
    protocol: str | None = None,
    username: str | None = None,
    password: str | None = None,
    enabled: bool | None = None,
) -> None:
    """Change what is given; ingest picks it up within seconds. An empty login is none.

    Raises:
        InputError: one of the values is malformed, or does not go with the others.
    """
    if broker_url is not None:
        broker_address(broker_url)
    for topic in topics or []:
        check_topic_filter(topic)
    if protocol == "3.1.1":
        row = fetch_one(connection, _SQL["shared_sessions"], {"source_id": source_id})
        if row is not None and row["sessions"] > 1:
            raise InputError(
                "the source has several sessions at its broker, which only MQTT 5 can end: set one "
                "with `regionhub source sessions`, and wait until ingest has emptied the others"
            )
    with explained(_SOURCE_REFUSALS):
        connection.execute(
            _SQL["update_source"],
            {
                "source_id": source_id,
                "broker_url": broker_url,
                "topics": topics,
                "protocol": protocol,
                "username": username,
                "password": password,
                "enabled": enabled,
            },
        )


def counted_messages(connection: Connection) -> int:
    """Messages of all sources that have their fate."""
    row = fetch_one(connection, _SQL["counted_messages"])
    assert row is not None
    return int(row["messages"])
