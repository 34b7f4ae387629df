"""Everything that can be wrong in one place of a room's views."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from tests.mutants.conditions import Token, operands, tokens

_LEFT_OUT = {
    "and": ("true",),
    "or": ("false",),
    "where": ("true",),
    "having": ("true",),
    "on": ("true",),
    "when": ("true", "false"),
    "if": ("true", "false"),
}
_COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "="}
_FUNCTIONS = {"min": "max", "max": "min", "least": "greatest", "greatest": "least"}
_CREATE = re.compile(r"^create(?: or replace)? (view|function) ((?:api|core)\.\w+)", re.MULTILINE)
_RESOLUTIONS = ("raw", "hourly", "daily")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of the views of a room.

    Attributes:
        room: the package.
        kind: view or function.
        of: the one that changes.
        line: where it changes.
        was: what stood there.
        now: what stands there instead.
        place: the line, or lines, with the change in brackets; with a number where the same one
            comes again in the view.
        statement: the statement with the change, which takes the place of the one before.
        original: the statement as it was, likewise.
    """

    room: str
    kind: str
    of: str
    line: int
    was: str
    now: str
    place: str
    statement: str
    original: str

    @property
    def key(self) -> tuple[str, str]:
        """What names it for as long as its line stays as it is."""
        return self.of, self.place

    @property
    def leaves_out(self) -> bool:
        """Whether a condition, or a part of one, is left out or asks for something else."""
        return self.now in {"true", "false"} or self.was.startswith(":")

    def __str__(self) -> str:
        was = " ".join(self.was.split())
        return (
            f"{self.room.rpartition('.')[2]}/views.sql:{self.line} {self.of}: {was} -> {self.now}"
        )


def views_of(room: str) -> str | None:
    """The views of a package as they are written; None where it has none."""
    path = files(room) / "views.sql"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def mutants_of(room: str) -> list[Mutant]:
    """All mutants of a package's views."""
    text = views_of(room)
    return [] if text is None else list(mutants(room, text))


def mutants(room: str, sql: str) -> Iterator[Mutant]:
    """All mutants of the views and functions of a text, each once, in the order of the text."""
    for begin, end in _statements(sql):
        created = _CREATE.search(sql, begin, end)
        if created is not None:
            yield from _of_statement(room, created, sql[begin:end], sql.count("\n", 0, begin))


def _of_statement(
    room: str, created: re.Match[str], sql: str, lines_before: int
) -> Iterator[Mutant]:
    found = tokens(sql)
    changes = {
        (start, end, now)
        for start, end, now in (*_conditions(found), *_words(found))
        if sql[start:end] != now
    }
    places: Counter[str] = Counter()
    for start, end, now in sorted(changes):
        first = sql.rfind("\n", 0, start) + 1
        last = sql.find("\n", end)
        rest = sql[end:] if last < 0 else sql[end:last]
        place = f"{sql[first:start]}[{sql[start:end]} -> {now}]{rest}".strip()
        places[place] += 1
        yield Mutant(
            room=room,
            kind=created[1],
            of=created[2],
            line=lines_before + sql.count("\n", 0, start) + 1,
            was=sql[start:end],
            now=now,
            place=place if places[place] == 1 else f"{place} #{places[place]}",
            statement=_replacing(sql[:start] + now + sql[end:]),
            original=_replacing(sql),
        )


_Change = tuple[int, int, str]


def _conditions(found: list[Token]) -> Iterator[_Change]:
    """A condition or a part of it left out."""
    for operand in operands(found):
        for now in _LEFT_OUT[operand.joined_by]:
            yield operand.start, operand.end, now


def _words(found: list[Token]) -> Iterator[_Change]:
    """Another comparison, border, resolution, function or order."""
    for token, following in zip(found, [*found[1:], None], strict=True):
        start, end = token.start, token.end
        calls = following is not None and following.text == "("
        if token.kind == "mark" and token.text in _COMPARISONS:
            yield start, end, _COMPARISONS[token.text]
        elif token.text in _FUNCTIONS and calls:
            yield start, end, _FUNCTIONS[token.text]
        elif token.text == "desc":
            yield start, end, "asc"
        elif token.text.startswith(":granted"):
            head, _, resolution = token.text.rstrip(")").rpartition(" ")
            place = _RESOLUTIONS.index(resolution)
            for other in (place - 1, place + 1):
                if 0 <= other < len(_RESOLUTIONS):
                    yield start, end, f"{head} {_RESOLUTIONS[other]})"
        elif token.kind == "macro":
            yield start, end, "true"


def _statements(sql: str) -> Iterator[tuple[int, int]]:
    """From where to where each goes."""
    begin, quoted = 0, False
    for token in tokens(sql):
        quoted ^= token.text == "$$"
        if token.text == ";" and not quoted:
            yield begin, token.end
            begin = token.end
    yield begin, len(sql)


def _replacing(statement: str) -> str:
    return _CREATE.sub(r"create or replace \1 \2", statement, count=1)
