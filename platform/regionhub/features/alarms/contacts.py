"""Who is told, over which channel and in which order, under the town's role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated, TypeVar

from pydantic import Field

from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.features.alarms.channels import check_address
from regionhub.lines import read_name
from regionhub.sealing import Secrets
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

Found = TypeVar("Found")
_SQL = queries(__package__, "contacts")
_REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict("There is one of this name already."),
    pg.ForeignKeyViolation: Conflict("Rules still use this chain: give them another one first."),
    pg.CheckViolation: InputError("Quiet hours have a beginning and an end."),
    pg.InsufficientPrivilege: NotAllowed("Contacts of another town cannot be changed."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody, or something, that alarms are sent to; never what is secret in the address."""

    contact_id: int
    tenant_id: int
    name: str
    shown: Annotated[str, Field(description="The address without its secrets.")]
    quiet_from: time | None
    quiet_to: time | None
    delivered_at: Annotated[datetime | None, Field(description="The last delivered message.")]
    problem: Annotated[str | None, Field(description="Why messages wait.")]
    waiting: int


@dataclass(frozen=True, slots=True)
class Link:
    """A place in a chain."""

    step: int
    contact_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Who is told first, and who `minutes` later if nobody acknowledges."""

    chain_id: int
    tenant_id: int
    name: str
    minutes: int
    links: list[Link]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """Until then each message says ÜBUNG."""

    until: datetime
    begun_by: str


def contacts(connection: Connection) -> list[Contact]:
    """All of them by name, and how their messages arrive."""
    return select_all(connection, Contact, _SQL["contacts"])


def create_contact(
    connection: Connection,
    tenant_id: int,
    *,
    name: str,
    address: str,
    secrets: Secrets,
    quiet_from: time | None = None,
    quiet_to: time | None = None,
) -> int:
    """Somebody who can be told; returns the id.

    Raises:
        InputError: nothing can be sent to the address, or there is no key to seal it with.
        Conflict: there is one of that name.
    """
    values = {
        "tenant_id": tenant_id,
        "name": read_name("the name of a contact", name),
        "shown": check_address(address.strip()),
        "address": secrets.seal(address.strip()),
        "quiet_from": quiet_from,
        "quiet_to": quiet_to,
    }
    with explained(_REFUSALS):
        return _found(select_value(connection, int, _SQL["create_contact"], values))


def delete_contact(connection: Connection, contact_id: int) -> None:
    """Remove it from all chains; what waits for it is not sent any more.

    Raises:
        NotFound: there is none, or it is another town's.
    """
    values = {"contact_id": contact_id}
    _found(select_value(connection, int, _SQL["delete_contact"], values))


def chains(connection: Connection) -> list[Chain]:
    """All chains by name."""
    return select_all(connection, _chain, _SQL["chains"], {"chain_id": None})


def chain(connection: Connection, chain_id: int) -> Chain:
    """One of them.

    Raises:
        NotFound: there is none, or it is another town's.
    """
    return _found(select_one(connection, _chain, _SQL["chains"], {"chain_id": chain_id}))


def create_chain(connection: Connection, tenant_id: int, *, name: str, minutes: int) -> int:
    """A chain without anybody; returns the id.

    Raises:
        InputError: the name is none.
        Conflict: there is one of that name.
    """
    values = {"tenant_id": tenant_id, "name": read_name("the name of a chain", name)}
    with explained(_REFUSALS):
        created = select_value(connection, int, _SQL["create_chain"], values | {"minutes": minutes})
    return _found(created)


def delete_chain(connection: Connection, chain_id: int) -> None:
    """Remove a chain that no rule uses.

    Raises:
        NotFound: there is none, or it is another town's.
        Conflict: a rule uses it.
    """
    with explained(_REFUSALS):
        _found(select_value(connection, int, _SQL["delete_chain"], {"chain_id": chain_id}))


def put_step(connection: Connection, chain_id: int, *, step: int, contact_id: int) -> None:
    """Put a contact at a step of a chain, from 1 to 9; where it was before it is no more.

    Raises:
        NotFound: there is no such chain or contact of the town.
    """
    values = {"chain_id": chain_id, "contact_id": contact_id}
    select_value(connection, int, _SQL["remove_step"], values)
    _found(select_value(connection, int, _SQL["put_step"], values | {"step": step}))


def remove_step(connection: Connection, chain_id: int, contact_id: int) -> None:
    """Take a contact out of a chain.

    Raises:
        NotFound: it is not in it.
    """
    values = {"chain_id": chain_id, "contact_id": contact_id}
    _found(select_value(connection, int, _SQL["remove_step"], values))


def try_chain(connection: Connection, chain_id: int, *, who: str) -> int:
    """Set off an alarm that is none, marked in each message; returns its id.

    Raises:
        NotFound: there is no such chain.
    """
    values = {"chain_id": chain_id, "who": who}
    return _found(select_value(connection, int, _SQL["try_chain"], values))


def exercise(connection: Connection, tenant_id: int) -> Exercise | None:
    """Whether the town is at an exercise."""
    return select_one(connection, Exercise, _SQL["exercise"], {"tenant_id": tenant_id})


def begin_exercise(connection: Connection, tenant_id: int, *, hours: int, who: str) -> None:
    """Mark each message of the town for some hours."""
    values = {"tenant_id": tenant_id, "hours": hours, "who": who}
    connection.execute(_SQL["begin_exercise"], values)


def end_exercise(connection: Connection, tenant_id: int) -> None:
    """Messages are meant again."""
    connection.execute(_SQL["end_exercise"], {"tenant_id": tenant_id})


def _chain(
    chain_id: int,
    tenant_id: int,
    name: str,
    minutes: int,
    steps: list[int],
    contact_ids: list[int],
    contact_names: list[str],
) -> Chain:
    links = [Link(*parts) for parts in zip(steps, contact_ids, contact_names, strict=True)]
    return Chain(chain_id=chain_id, tenant_id=tenant_id, name=name, minutes=minutes, links=links)


def _found(found: Found | None) -> Found:
    if found is None:
        raise NotFound("There is no such contact or chain.")
    return found
