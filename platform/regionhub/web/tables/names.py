"""Names of columns, however they are written."""

from __future__ import annotations

import re
import unicodedata

#: A unit at the end of the name of a column: "Tiefe [cm]", "Tiefe in cm".
UNIT = re.compile(r"[(\[]([^)\]]*)[)\]]|\bin\s+(\w+)\s*$")
_PLAIN = re.compile(r"[^a-z0-9]+")


def plain(name: str) -> str:
    """A name without case, umlauts, signs and unit: "Einbauhöhe [cm]" is einbauhoehe."""
    bare = UNIT.sub("", name).casefold()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        bare = bare.replace(umlaut, letters)
    ascii_only = unicodedata.normalize("NFKD", bare).encode("ascii", "ignore").decode()
    return _PLAIN.sub("", ascii_only)
