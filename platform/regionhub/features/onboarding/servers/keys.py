"""What people write into the fields of keys and a JoinEUI.

What is wrong is said without what was written: it may be most of a key.
"""

from __future__ import annotations

import re

from regionhub.errors import BadValue
from regionhub.web.tables.sheets import Cell

_BETWEEN = re.compile(r"[\s:.\-_\"']|^0x", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]+")
_KEY_DIGITS, _EUI_DIGITS = 32, 16


def root_key(cell: Cell) -> str:
    """An AppKey, or the NwkKey of LoRaWAN 1.1: 32 hexadecimal digits.

    Raises:
        BadValue: it is none, or stands where one is missing.
    """
    found = _digits(cell, _KEY_DIGITS)
    if len(set(found)) == 1:
        raise BadValue(
            "is a placeholder: take the key of this device from its label or the list of its maker",
            de="ist ein Platzhalter: nehmen Sie den Schlüssel dieses Geräts vom Etikett oder aus "
            "der Liste des Herstellers",
        )
    return found


def join_eui(cell: Cell) -> str:
    """A JoinEUI (AppEUI until LoRaWAN 1.0.3); sixteen zeros are one.

    Raises:
        BadValue: it is none.
    """
    return _digits(cell, _EUI_DIGITS)


def _digits(cell: Cell, wanted: int) -> str:
    found = _BETWEEN.sub("", str(cell).strip()).lower()
    if not isinstance(cell, str) or len(found) != wanted or not _HEX.fullmatch(found):
        raise BadValue(
            f"must have {wanted} digits of 0-9 and A-F, in a table as text",
            de=f"muss {wanted} Stellen aus 0–9 und A–F haben, in einer Tabelle als Text",
        )
    return found
