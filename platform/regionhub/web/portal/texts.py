"""The portal's texts: German in the code, other languages in catalogues.

A German sentence is its own key, so German needs no catalogue and a missing translation still
reads as a sentence. Each package that has texts keeps them in `texts/<language>.po`; they are read
and compiled when they are first used, nothing has to be built beforehand.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

#: Turns a German text into the reader's language.
Translate = Callable[[str], str]

#: Shown in this order; the first one is the default.
LANGUAGES = {"de": "Deutsch", "en": "English"}
DEFAULT = "de"


def mark(text: str) -> str:
    """Mark a text for the catalogues that is translated later, where it is shown."""
    return text


class Texts:
    """The catalogues of several packages as one; the first that knows a text translates it."""

    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = packages

    def catalogue(self, language: str) -> gettext.NullTranslations:
        """The texts of one language; German texts for German and for anything unknown."""
        if language not in LANGUAGES or language == DEFAULT:
            return gettext.NullTranslations()
        return _united(tuple(self._packages), language)


@cache
def _united(packages: tuple[str, ...], language: str) -> gettext.NullTranslations:
    first = gettext.NullTranslations()
    for package in reversed(packages):
        path = files(package) / "texts" / f"{language}.po"
        if path.is_file():
            compiled = BytesIO()
            with path.open("rb") as po:
                write_mo(compiled, read_po(po, locale=language))
            compiled.seek(0)
            read = gettext.GNUTranslations(compiled)
            read.add_fallback(first)
            first = read
    return first


def choose_language(chosen: str | None, accepted: str) -> str:
    """The language a person chose before, else the best of what the browser accepts.

    Args:
        chosen: value of the language cookie.
        accepted: the Accept-Language header.
    """
    if chosen in LANGUAGES:
        return chosen
    wanted = [part.partition(";")[0].strip() for part in accepted.split(",")]
    found = negotiate_locale([w for w in wanted if w], list(LANGUAGES), sep="-")
    return found or DEFAULT
