"""Which views and functions each test reads, so that a mutant is tried by the tests it concerns.

What a test executes names them; what these are made of is followed through the texts of all rooms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import psycopg

from regionhub.store.migrate import Schema
from regionhub.store.statements import expand
from tests.mutants.conditions import tokens

_NAME = re.compile(r"\b(?:api|core)\.\w+")
_MAKES = frozenset({"view", "function", "table"})

#: By view, function or table what its text names.
Texts = Mapping[str, frozenset[str]]


@contextmanager
def named_meanwhile() -> Iterator[set[str]]:
    """The names in all statements that are executed in this process meanwhile."""
    found: set[str] = set()
    execute = psycopg.Cursor.execute

    def noting(self: Any, query: Any, *args: Any, **options: Any) -> Any:
        text = query.as_string(None) if isinstance(query, psycopg.sql.Composable) else query
        found.update(names(text if isinstance(text, str) else text.decode()))
        return execute(self, query, *args, **options)

    psycopg.Cursor.execute = noting  # type: ignore[method-assign]
    try:
        yield found
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]


def names(text: str) -> set[str]:
    """What SQL names; what is put into a statement is quoted there."""
    return set(_NAME.findall(text.replace('"', "")))


def texts(schema: Schema) -> Texts:
    """What the texts of all rooms make, and what they name there."""
    named: dict[str, set[str]] = {}
    migrations = [migration.text for migration in schema.migrations("postgresql")]
    for text in map(expand, [*migrations, *schema.views]):
        _definitions(text, named)
    # which migrate makes of what features say
    named.setdefault("api.signal", set()).update(f"api.{signal.view}" for signal in schema.signals)
    return {name: frozenset(found) for name, found in named.items()}


def closure(named: set[str], known: Texts) -> frozenset[str]:
    """These names and all that they are made of."""
    found: set[str] = set()
    rest = set(named)
    while rest:
        found |= rest
        rest = {each for name in rest for each in known.get(name, ())} - found
    return frozenset(found)


def _definitions(text: str, named: dict[str, set[str]]) -> None:
    maker = before = ""
    trigger = False
    for token, following in pairwise([*tokens(text), *tokens(";")]):
        if token.text == "trigger" and before in {"create", "constraint"}:
            trigger = True
        elif token.text == ";":
            trigger = False
        if _NAME.fullmatch(following.text):
            # a trigger belongs to its table
            if token.text == "on" if trigger else token.text in _MAKES:
                maker = following.text
            named.setdefault(maker, set()).add(following.text)
        before = token.text
