"""`regionhub tenant`: the people of a town."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from regionhub.access import people
from regionhub.access.people import Link, Person
from regionhub.cli.arguments import Town
from regionhub.cli.run import owner_connection
from regionhub.registry.tenants import tenant_by_slug
from regionhub.store.database import Connection

app = typer.Typer()

Login = Annotated[
    str, typer.Argument(metavar="LOGIN", help="What the person signs in with, in any case.")
]
RoleName = Annotated[str, typer.Argument(metavar="ROLE", help="viewer, editor or admin.")]


@app.command("accounts")
def list_accounts(slug: Town) -> None:
    """The people of a town."""
    table = Table("Login", "Name", "Role", "State", "Sessions")
    with owner_connection() as connection:
        tenant = tenant_by_slug(connection, slug)
        for person in people.people(connection, tenant_id=tenant.tenant_id):
            table.add_row(
                person.login,
                person.display_name,
                person.role,
                _state(person),
                str(person.sessions),
            )
    Console().print(table if table.row_count else "nobody yet: `regionhub tenant account`")


@app.command("account")
def add_account(
    slug: Town,
    login: Annotated[str, typer.Argument(help="What the person signs in with.")],
    display_name: Annotated[str, typer.Option("--name", help="Name of the person.")],
    role: Annotated[str, typer.Option(help="viewer, editor or admin.")] = "viewer",
) -> None:
    """Add a person; prints the one-time link with which they set their password."""
    with owner_connection() as connection, connection.transaction():
        tenant = tenant_by_slug(connection, slug)
        link = people.invite(
            connection,
            tenant_id=tenant.tenant_id,
            login=login,
            display_name=display_name,
            role=role,
        )
    _print_link(link)


@app.command("link")
def make_link(slug: Town, login: Login) -> None:
    """Print a one-time link with which a person sets a new password."""
    with owner_connection() as connection:
        person = _person(connection, slug, login)
        _print_link(people.one_time_link(connection, **person))


@app.command("role")
def set_role(slug: Town, login: Login, role: RoleName) -> None:
    """Give a person another role; it holds at once."""
    with owner_connection() as connection:
        people.set_role(connection, **_person(connection, slug, login), role=role)
    Console().print(f"{login} is {role} now")


@app.command("operator")
def set_operator(
    slug: Town,
    login: Login,
    end: Annotated[bool, typer.Option("--end", help="Take it away again.")] = False,
) -> None:
    """Let a person set up new towns in the portal, at once; a new password only you can give."""
    with owner_connection() as connection:
        people.set_operator(connection, **_person(connection, slug, login), operator=not end)
    Console().print(f"{login} operates the hub{' no more' if end else ' now'}", highlight=False)


@app.command("lock")
def lock(slug: Town, login: Login) -> None:
    """Let a person in no more, and end their sessions."""
    _act(people.lock, slug, login, "is locked and signed out")


@app.command("unlock")
def unlock(slug: Town, login: Login) -> None:
    """Let a person in again, with the password they had."""
    _act(people.unlock, slug, login, "can sign in again")


@app.command("sign-out")
def sign_out(slug: Town, login: Login) -> None:
    """End all sessions of a person."""
    _act(people.end_sessions, slug, login, "is signed out everywhere")


def _act(action: Callable[..., None], slug: str, login: str, done: str) -> None:
    with owner_connection() as connection:
        action(connection, **_person(connection, slug, login))
    Console().print(f"{login} {done}", highlight=False)


def _person(connection: Connection, slug: str, login: str) -> dict[str, int]:
    tenant = tenant_by_slug(connection, slug)
    found = people.person_by_login(connection, tenant_id=tenant.tenant_id, login=login)
    return {"tenant_id": tenant.tenant_id, "account_id": found.account_id}


def _print_link(link: Link) -> None:
    console = Console(stderr=True)
    console.print(
        f"Give this to the person alone, behind the portal's address (https://…). It works once, "
        f"until {link.until:%Y-%m-%d %H:%M} UTC, and is not shown again:"
    )
    print(link.path)


def _state(person: Person) -> str:
    if not person.active:
        return "locked"
    return "active" if person.has_password else "no password yet"
