"""Labels of devices: QR codes of their makers are read, and labels of the hub printed.

A maker's code is a text as in LoRa Alliance TR005, `LW:D0:<JoinEUI>:<DevEUI>:<ProfileID>` and then
fields that begin with their letter (`S` is the serial number), or as in one of its drafts, which
many a label still has, `URN:LW:DP:<JoinEUI>:<DevEUI>:<ProfileID>:%V…%S…` and
`URN:DEV:LW:<JoinEUI>_<DevEUI>_<ProfileID>_V…_S…`; or a text of the maker's own that holds the
DevEUI somewhere. Keys in it are passed over. The checksum of TR005 is not looked at: what a camera
got wrong does not read as a DevEUI of sixteen digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import segno
from markupsafe import Markup

from regionhub.errors import BadValue, InputError
from regionhub.euis import read_dev_eui
from regionhub.lines import read_line

#: Characters; the largest QR code holds 4,296.
LONGEST = 4300
#: Where a label of the hub leads to; a DevEUI follows.
LABEL_PATH = "/g/"
_TR005 = re.compile(
    r"(LW:D0|URN:LW:DP|URN:DEV:LW):([0-9A-F]*)([:_])([0-9A-F]{16})\3[0-9A-F]*"
    r"((?:\3[A-Z0-9%.\-*+/$ ]*)*)",
    re.IGNORECASE,
)
#: What begins like one is nothing else: its first EUI is the JoinEUI.
_LIKE_TR005 = re.compile(r"(?:LW|URN:LW|URN:DEV):", re.IGNORECASE)
# Named, or after a slash; a JoinEUI or a key is neither.
_NAMED = re.compile(
    r"(?<![a-z])dev[\s_-]?(?:ice)?[\s_-]?eui[\"'\s:=]*((?:[0-9a-f]{2}[\s:-]?){7}[0-9a-f]{2})(?![0-9a-f])",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"(?<![a-z])(?:S/?N|serial\w*)[\"'\s:=]+([A-Z0-9-]{4,40})", re.IGNORECASE)
_ALONE = re.compile(r"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is taken from a label."""

    dev_eui: str
    serial: str | None = None
    join_eui: str | None = None


def read_label(text: str) -> Label:
    """Read what a camera saw, or what was typed from a label.

    Raises:
        InputError: there is no DevEUI in it, or more than one that it could be.
    """
    written = text.strip()[:LONGEST]
    if match := _TR005.fullmatch(written):
        head, join_eui, between, dev_eui, more = match.groups()
        fields = re.split(between if head.upper() == "LW:D0" else "[:_%]", more)
        serials = [field[1:] for field in fields if field[:1] in ("S", "s")]
        return _label(dev_eui, serials, join_eui.lower() if len(join_eui) == 16 else None)
    if _LIKE_TR005.match(written):
        raise _nothing()
    named = [match[1] for match in _NAMED.finditer(written)]
    found = {eui.lower() for eui in named or _ALONE.findall(written)}
    if len(found) == 1:
        return _label(found.pop(), _SERIAL.findall(written))
    try:
        return Label(dev_eui=read_dev_eui(written))
    except BadValue:
        raise _nothing() from None


def _nothing() -> InputError:
    return InputError(
        "no DevEUI was found in it: type the sixteen digits behind DevEUI from the label",
        de="Darin steht keine eindeutige DevEUI: tippen Sie die 16 Stellen hinter „DevEUI“ vom "
        "Etikett ab.",
    )


def _label(dev_eui: str, serials: list[str], join_eui: str | None = None) -> Label:
    try:
        eui = read_dev_eui(dev_eui)
        serial = read_line(serials[0]) if serials else None
    except BadValue as error:
        raise InputError(str(error), de=f"Die DevEUI {error.de}.") from None
    return Label(dev_eui=eui, serial=serial, join_eui=join_eui)


def code(address: str) -> Markup:
    """A QR code as a drawing (SVG) in the colour of the text around it."""
    drawn = segno.make(address, error="m", micro=False)
    return Markup(  # noqa: S704 - drawn by us
        drawn.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None, dark="#000")
    )
