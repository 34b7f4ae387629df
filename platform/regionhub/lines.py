"""Texts that people write: names in one line, notes in several.

What cannot be seen is refused: a sign that turns the direction of writing makes a name look like
another one, and two names that differ in an invisible sign look the same.
"""

from __future__ import annotations

import unicodedata

from regionhub.errors import BadValue, InputError

#: Characters of a name.
LONGEST_LINE = 120
# Controls, invisible signs, halves of surrogate pairs, separators of lines and of paragraphs.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_LINE_ENDS = "\n\r\t"


def read_line(written: str) -> str:
    """Read a name: one line, without spaces around it.

    Raises:
        BadValue: it is none.
    """
    line = check_visible(written.strip())
    if not line:
        raise BadValue("must not be empty", de="darf nicht leer sein")
    if len(line) > LONGEST_LINE:
        raise BadValue(
            f"must not be longer than {LONGEST_LINE} characters",
            de=f"darf höchstens {LONGEST_LINE} Zeichen lang sein",
        )
    return line


def read_name(what: str, written: str) -> str:
    """The same where nobody else says which field it is.

    Raises:
        InputError: it is none; the sentence begins with `what`.
    """
    try:
        return read_line(written)
    except ValueError as error:
        raise InputError(f"{what} {error}") from None


def check_visible(text: str, besides: str = "") -> str:
    """Return a text of which all can be seen, or is one of `besides`.

    Raises:
        BadValue: it holds a control or an invisible sign, which is named.
    """
    for sign in text:
        if unicodedata.category(sign) in _INVISIBLE and sign not in besides:
            name = unicodedata.name(sign, "a control character").lower()
            raise BadValue(
                f"holds what cannot be seen: U+{ord(sign):04X} ({name})",
                de=f"enthält ein unsichtbares Zeichen (U+{ord(sign):04X}): löschen Sie den Text "
                "und tippen Sie ihn neu ein",
            )
    return text


def read_lines(written: str) -> str:
    """Read a note of several lines, without spaces around it.

    Raises:
        BadValue: it holds what cannot be seen.
    """
    return check_visible(written.strip(), besides=_LINE_ENDS)
