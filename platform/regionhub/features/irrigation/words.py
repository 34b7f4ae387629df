"""Litres and days in words that a crew understands."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from regionhub.features.irrigation.states import SIGNAL
from regionhub.features.irrigation.store import Basis, Irrigation
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.parts import reason_text
from regionhub.web.portal.texts import Translate, mark

#: Whose values a decision stands on.
BASES: dict[Basis, str] = {
    "measured": mark("am Standort gemessen"),
    "group": mark("aus der Gruppe"),
    "estimate": mark("geschätzt"),
}


class _Texts(Protocol):
    @property
    def gettext(self) -> Translate: ...
    @property
    def formats(self) -> Formats: ...


def due_text(row: Irrigation, texts: _Texts) -> str:
    """When water is due, such as: 12.08. bis 15.08."""
    _ = texts.gettext
    match row.due_state:
        case "due":
            return _("jetzt")
        case "later":
            return _("mehr als 14 Tage")
        case "range" if row.due_from is not None:
            return _range(row.due_from, row.due_to, texts)
        case _:
            reason = reason_text(SIGNAL, row.due_reason, row.reason_since, texts.formats)
            return _("nicht vorhersagbar (%(reason)s)") % {"reason": reason}


def _range(first: date, last: date | None, texts: _Texts) -> str:
    _ = texts.gettext
    begin = first.strftime("%d.%m.")
    if last is None:
        return _("ab %(day)s, vielleicht erst in mehr als 14 Tagen") % {"day": begin}
    if last == first:
        return begin
    return _("%(first)s bis %(last)s") % {"first": begin, "last": last.strftime("%d.%m.")}
