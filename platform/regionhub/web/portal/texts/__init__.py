"""The portal's texts: German in the code, other languages in catalogues.

A German sentence is its own key, so German needs no catalogue and a missing translation still
reads as a sentence. `<language>/LC_MESSAGES/portal.po` is read and compiled when it is first
used; nothing has to be built beforehand.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
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


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The texts of one language; German texts for German and for anything unknown."""
    path = files(__package__) / language / "LC_MESSAGES" / "portal.po"
    if language not in LANGUAGES or language == DEFAULT or not path.is_file():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as po:
        write_mo(compiled, read_po(po, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


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
