"""EUIs of devices and gateways: 16 lower-case hexadecimal digits, written in many ways elsewhere.

Network servers write them in few ways, and a message is read strictly. People paste them out of
labels, data sheets, tables and web pages, with whatever stands around and between the digits.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import Field

from regionhub.errors import BadValue

#: The one spelling that is kept and answered.
Eui = Annotated[str, Field(description="DevEUI, 16 lower-case hex digits.")]

_PLAIN = re.compile(r"[0-9a-f]{16}")
# Solid with or without a prefix ("eui-", a vendor's name), or pairs with one separator.
_BY_SERVER = re.compile(
    r"(?:[A-Za-z]\w*-)?([0-9A-Fa-f]{16})|([0-9A-Fa-f]{2}(?:([-:])[0-9A-Fa-f]{2})(?:\3[0-9A-Fa-f]{2}){6})",
    re.ASCII,
)
_LEVEL = re.compile(r"(?:^|/)(?:eui-)?((?:[0-9a-f]{2}[-:]?){7}[0-9a-f]{2})(?=/|$)", re.IGNORECASE)
# What people write has lower case here, and one space for all that stands between its signs.
_BY_PERSON = re.compile(r"(?:(?:dev(?:ice)? ?)?eui ?)?(?:0x ?)?((?:[0-9a-f] ?){15}[0-9a-f])")
_BETWEEN = frozenset("\"'`‚„:._=\N{MINUS SIGN}")
#: Dashes, quotation marks that open and close, and what cannot be seen.
_BETWEEN_CATEGORIES = frozenset({"Pd", "Pi", "Pf", "Cf"})
#: All of one of these digits is no device: an empty field, or erased memory.
_PLACEHOLDERS = "0f"
#: Characters; what is longer is no DevEUI, however it is written.
_LONGEST = 200


def eui_by_server(text: str) -> str | None:
    """Read an EUI as network servers write them, None if it is none.

    Hexadecimal digits in either case, as pairs with `-` or `:`, or after a prefix such as `eui-`.
    """
    if _PLAIN.fullmatch(text):
        return text
    written = _BY_SERVER.fullmatch(text)
    if written is None:
        return None
    return (written[1] or written[2].replace(written[3], "")).lower()


def euis_in_topic(topic: str) -> list[str]:
    """Every level of a topic that is an EUI."""
    return [eui.replace("-", "").replace(":", "").lower() for eui in _LEVEL.findall(topic)]


def read_dev_eui(written: object) -> str:
    """Read a DevEUI from a person: typed, pasted, or written into a file.

    Case, spaces, separators, quotation marks and invisible characters do not matter, and `eui-`,
    `0x` or `DevEUI:` may stand before the digits. Base64 is not read: most texts of 12 characters
    would be some device.

    Raises:
        BadValue: it is none.
    """
    if isinstance(written, str) and len(written) <= _LONGEST:
        signs = "".join(" " if _stands_between(sign) else sign for sign in written.lower())
        if match := _BY_PERSON.fullmatch(" ".join(signs.split()).strip(" ,;")):
            eui = match[1].replace(" ", "")
            if len(set(eui)) == 1 and eui[0] in _PLACEHOLDERS:
                raise BadValue(
                    f"{eui} is no DevEUI but what stands where one is missing: take the one from "
                    "the label of the device",
                    de=f"{eui} ist ein Platzhalter: nehmen Sie die DevEUI vom Etikett des Geräts",
                )
            return eui
    wanted = (
        "must be a DevEUI of 16 hexadecimal digits, as on the label of the device and in its "
        "network server"
    )
    german = (
        "muss 16 Stellen aus 0–9 und A–F haben, wie auf dem Etikett des Geräts und in seinem "
        "Netzserver"
    )
    if not isinstance(written, str):
        raise BadValue(wanted, de=german)
    shown = written if len(written) <= 60 else f"{written[:57]}..."
    raise BadValue(f"{wanted}, not {shown!r}", de=f"{german}, nicht „{shown}“")


def _stands_between(sign: str) -> bool:
    return sign in _BETWEEN or unicodedata.category(sign) in _BETWEEN_CATEGORIES
