"""The people of a town, as its admins and the operator see them.

Functions run under the api role or as the owner; each takes the town that the person has to belong
to. Nobody learns or chooses the password of another person: a one-time link lets them set it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from regionhub.access.accounts import create_account, digest
from regionhub.access.principals import Role
from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

Found = TypeVar("Found")
#: The portal's page that a one-time link leads to.
LINK_PATH = "/kennwort-setzen/"
#: How long a one-time link works if nobody uses it.
LINK_LIFETIME = timedelta(days=3)

_SQL = queries(__package__, "people")
_REFUSALS: Refusals = {
    pg.CheckViolation: InputError("a role is viewer, editor or admin"),
    pg.InsufficientPrivilege: NotAllowed(
        "A link for who operates the hub is made there: `regionhub tenant link`."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account; `link_until` is set while a one-time link can be used."""

    account_id: int
    login: str
    display_name: str
    role: Role
    operator: bool
    active: bool
    has_password: bool
    created_at: datetime
    link_until: datetime | None
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A one-time link that was just made; of its path only a hash is kept."""

    path: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkHolder:
    """Whose password a link sets."""

    login: str
    display_name: str
    tenant_name: str


def people(connection: Connection, *, tenant_id: int) -> list[Person]:
    """Everybody of a town, by name."""
    return select_all(connection, Person, _SQL["people"], _who(tenant_id))


def person(connection: Connection, *, tenant_id: int, account_id: int) -> Person:
    """One of them.

    Raises:
        NotFound: the town has no such person.
    """
    return _found(select_one(connection, Person, _SQL["people"], _who(tenant_id, account_id)))


def person_by_login(connection: Connection, *, tenant_id: int, login: str) -> Person:
    """One of them by what they sign in with, whatever its case.

    Raises:
        NotFound: the town has no such person.
    """
    found = select_one(connection, Person, _SQL["people"], _who(tenant_id, login=login))
    if found is None:
        raise NotFound(f"nobody of this town signs in as {login!r}")
    return found


def invite(
    connection: Connection, *, tenant_id: int, login: str, display_name: str, role: str
) -> Link:
    """A new person, who sets the first password with the link.

    Raises:
        InputError: there is no login or no such role.
        Conflict: the login is taken.
    """
    account_id = create_account(
        connection, tenant_id=tenant_id, login=login, display_name=display_name, role=role
    )
    return one_time_link(connection, tenant_id=tenant_id, account_id=account_id)


def one_time_link(connection: Connection, *, tenant_id: int, account_id: int) -> Link:
    """A link with which a person sets a password once; a former link works no more.

    Until it is used the former password stays.

    Raises:
        NotFound: the town has no such person.
        Conflict: the person is locked.
        NotAllowed: the person operates the hub, and the connection is not the owner's: whoever
            administers the same town would get more than it.
    """
    person(connection, tenant_id=tenant_id, account_id=account_id)
    token = secrets.token_urlsafe(32)
    values = {**_who(tenant_id, account_id), "link_hash": digest(token), "lifetime": LINK_LIFETIME}
    with explained(_REFUSALS):
        until = select_value(connection, datetime, _SQL["make_link"], values)
    if until is None:
        raise Conflict("this person is locked; unlock them first")
    return Link(path=LINK_PATH + token, until=until)


def link_holder(connection: Connection, token: str) -> LinkHolder | None:
    """Whose link this is; None when it was used, is too old, or never was."""
    return select_one(connection, LinkHolder, _SQL["link_holder"], {"link_hash": digest(token)})


def use_link(connection: Connection, token: str, password_hash: str) -> bool:
    """Set the password of whoever the link belongs to and end their sessions; once."""
    values = {"link_hash": digest(token), "password_hash": password_hash}
    return select_value(connection, int, _SQL["use_link"], values) is not None


def set_role(connection: Connection, *, tenant_id: int, account_id: int, role: str) -> None:
    """Give another role: viewer, editor or admin. It holds from the next request on.

    Raises:
        NotFound: the town has no such person.
        InputError: there is no such role.
    """
    values = {**_who(tenant_id, account_id), "role": role}
    with explained(_REFUSALS):
        _found(select_value(connection, int, _SQL["set_role"], values))


def set_operator(
    connection: Connection, *, tenant_id: int, account_id: int, operator: bool
) -> None:
    """Let a person operate the hub, or no more; as the owner, nobody else can.

    Raises:
        NotFound: the town has no such person.
    """
    values = {**_who(tenant_id, account_id), "operator": operator}
    _found(select_value(connection, int, _SQL["set_operator"], values))


def lock(connection: Connection, *, tenant_id: int, account_id: int) -> None:
    """Let a person in no more, and end what they have open.

    Raises:
        NotFound: the town has no such person.
    """
    _found(select_value(connection, int, _SQL["lock"], _who(tenant_id, account_id)))


def unlock(connection: Connection, *, tenant_id: int, account_id: int) -> None:
    """Let a person in again, with the password they had.

    Raises:
        NotFound: the town has no such person.
    """
    _found(select_value(connection, int, _SQL["unlock"], _who(tenant_id, account_id)))


def end_sessions(connection: Connection, *, tenant_id: int, account_id: int) -> None:
    """Sign a person out everywhere.

    Raises:
        NotFound: the town has no such person.
    """
    _found(select_value(connection, int, _SQL["end_sessions"], _who(tenant_id, account_id)))


def end_other_sessions(connection: Connection, *, account_id: int, token: str) -> None:
    """Sign a person out everywhere but here."""
    values = {"account_id": account_id, "token_hash": digest(token)}
    connection.execute(_SQL["end_other_sessions"], values)


def _who(
    tenant_id: int, account_id: int | None = None, login: str | None = None
) -> dict[str, object]:
    return {"tenant_id": tenant_id, "account_id": account_id, "login": login}


def _found(found: Found | None) -> Found:
    if found is None:
        raise NotFound("There is no such person.")
    return found
