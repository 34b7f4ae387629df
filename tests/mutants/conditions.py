"""SQL cut into tokens that know where they stand, and the conditions that these make.

What stands between dollar quotes is SQL like the rest, in SQL functions and in PL/pgSQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""(?P<skip>--[^\n]*|\s+)
      | (?P<text>'(?:[^']|'')*'|"[^"]*")
      | (?P<macro>:[a-z]+\([^()]*\))
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_][\w.]*)
      | (?P<mark>\$\$|::|:=|=>|<=|>=|<>|<<|>>|->>|->|\|\||.)""",
    re.VERBOSE | re.DOTALL,
)
_OPENS = {"(": ")", "[": "]", "case": "end", "begin": "end", "if": "end"}
#: Before a condition that may stand alone.
_WHOLE = frozenset({"where", "having", "on", "when", "if"})
#: Where one expression ends and another one, or something else, begins.
_BORDERS = _WHOLE - {"if"} | {
    *("select", "from", "join", "left", "cross", "using", "group", "order", "by", "limit"),
    *("offset", "union", "window", "with", "as", "then", "else", ",", ";", "$$"),
}
#: After these a border is none: `comment on`, `distinct on`, `is distinct from`.
_PLAIN_BEFORE = frozenset({"comment", "distinct"})

#: After these an `if` asks nothing: `end if`, `drop view if exists`.
_NO_CONDITION = frozenset({"end", "view", "function", "trigger"})


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is text, macro, number, word or mark; words are in small letters."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Operand:
    """One part of a condition, from one place of the text to another.

    `joined_by` is "and" or "or"; for a condition as a whole the word before it: where, having, on,
    when or if.
    """

    joined_by: str
    start: int
    end: int


def tokens(sql: str) -> list[Token]:
    """Everything but white space and comments."""
    return [
        Token(str(found.lastgroup), found[0].lower(), found.start(), found.end())
        for found in _TOKEN.finditer(sql)
        if found.lastgroup != "skip"
    ]


@dataclass(slots=True)
class _Expression:
    """Its tokens; what is in brackets is only in the expressions inside."""

    after: str = ""
    parts: list[Token] = field(default_factory=list)

    def operands(self) -> Iterator[Operand]:
        alternatives = _split(self.parts, "or")
        for alternative in alternatives:
            conditions = _split(alternative, "and")
            if len(alternatives) > 1:
                yield _operand("or", alternative)
            if len(conditions) > 1:
                yield from (_operand("and", condition) for condition in conditions)
        if self.after in _WHOLE and self.parts:
            yield _operand(self.after, self.parts)


@dataclass(slots=True)
class _Bracket:
    """Also case ... end. `simple` is a case that compares one value: its whens hold values."""

    closed_by: str = ""
    simple: bool = False
    expression: _Expression = field(default_factory=_Expression)


def operands(found: list[Token]) -> Iterator[Operand]:
    """The parts of all conditions."""
    brackets = [_Bracket()]
    last = ""
    for token, following in zip(found, [*found[1:], None], strict=True):
        bracket = brackets[-1]
        if token.text == bracket.closed_by:
            yield from bracket.expression.operands()
            brackets.pop()
            brackets[-1].expression.parts.append(token)
        elif token.text in _OPENS and not (token.text == "if" and last in _NO_CONDITION):
            bracket.expression.parts.append(token)
            simple = token.text == "case" and following is not None and following.text != "when"
            inside = _Expression(token.text)
            brackets.append(_Bracket(_OPENS[token.text], simple, inside))
        elif token.text in _BORDERS and last not in _PLAIN_BEFORE:
            yield from bracket.expression.operands()
            bracket.expression = _Expression("" if bracket.simple else token.text)
        else:
            bracket.expression.parts.append(token)
        last = token.text
    yield from brackets[0].expression.operands()


def _split(parts: list[Token], word: str) -> list[list[Token]]:
    found: list[list[Token]] = [[]]
    between = False
    for part in parts:
        if part.text == word and not (word == "and" and between):
            found.append([])
        else:
            found[-1].append(part)
        between = part.text == "between" or (between and part.text != "and")
    return found


def _operand(joined_by: str, parts: list[Token]) -> Operand:
    return Operand(joined_by, parts[0].start, parts[-1].end)
