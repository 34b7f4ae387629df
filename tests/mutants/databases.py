"""The database that a mutant is tried in: a copy of a template, with the mutant's change.

Each trial has a copy of its own, so that nothing of a trial that was ended in the middle of a
statement, or failed behind a commit, is there for the next one.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from regionhub.cli.assembly import migrate
from regionhub.store.databases import create_database
from regionhub.store.statements import expand
from tests.mutants.mutate import Mutant
from tests.rows import Connection, connect

_TEMPLATE, _NAME = "template_mutants", "mutants"


class RefusedError(Exception):
    """The database takes the views as they are, and not with the mutant's change."""


def prepare(server: str) -> None:
    """Make the template on a server, with the views as they are."""
    url = create_database(server, _TEMPLATE)
    with connect(url, autocommit=True) as owner:
        migrate(owner, role_prefix="rh")


def new_database(server: str) -> str:
    """The owner's URL of a new copy of the template; the one before is gone."""
    with connect(server, autocommit=True) as admin:
        drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(_NAME))
        admin.execute(drop)
    return create_database(server, _NAME, template=_TEMPLATE)


def change(url: str, mutant: Mutant) -> None:
    """Give a database the mutant's view or function in the place of the one that it has.

    Raises:
        RefusedError: it cannot be, while it can without the change.
        psycopg.Error: without the change it cannot be either.
    """
    with connect(url, autocommit=True) as owner:
        try:
            _execute(owner, mutant.statement)
        except psycopg.Error as error:
            _execute(owner, mutant.original)
            raise RefusedError(str(error).partition("\n")[0]) from error


def _execute(owner: Connection, statement: str) -> None:
    owner.execute(expand(statement).encode())
