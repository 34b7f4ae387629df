"""Everything that can be wrong in one place of a room's views."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

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
_RESOLUTIONS = ("raw", "hourly", "daily")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of the views of a room.

    Attributes:
        room: the package.
        of: the view or function that changes.
        line: where it changes.
        was: what stood there.
        now: what stands there instead.
        place: the line, or lines, with the change in brackets.
        text: all views of the room with the change.
    """

    room: str
    of: str
    line: int
    was: str
    now: str
    place: str
    text: str

    @property
    def key(self) -> tuple[str, str]:
        """What names it for as long as its line stays as it is."""
        return self.of, self.place

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
    """All mutants of a text, each once, in the order of the text."""
    found = tokens(sql)
    changes = {
        (start, end, now)
        for start, end, now in (*_conditions(found), *_words(found))
        if sql[start:end] != now
    }
    for start, end, now in sorted(changes):
        first = sql.rfind("\n", 0, start) + 1
        last = sql.find("\n", end)
        yield Mutant(
            room=room,
            of=_object(found, start),
            line=sql.count("\n", 0, start) + 1,
            was=sql[start:end],
            now=now,
            place=f"{sql[first:start]}[{sql[start:end]} -> {now}]{sql[end:last]}".strip(),
            text=sql[:start] + now + sql[end:],
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


def _object(found: list[Token], place: int) -> str:
    """The view or function in whose definition a place is."""
    name = ""
    for kind, following in pairwise(found):
        if kind.start > place:
            break
        if kind.text in {"view", "function"} and following.text.startswith(("api.", "core.")):
            name = following.text
    return name
