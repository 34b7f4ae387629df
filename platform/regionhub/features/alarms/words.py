"""What messages of alarms say, in German: whoever is woken reads one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regionhub.web.portal.formats import Formats

#: In front of what an alarm says.
_BEFORE = {
    "unconfirmed": "Unbestätigt: ",
    "confirmed": "",
    "higher": "Jetzt ",
    "escalated": "Nicht quittiert: ",
    "closed": "Beendet: ",
}
_SENTENCE = {
    "unconfirmed": "Bisher sagt das ein einzelner Messwert. Bestätigt er sich, kommt eine weitere "
    "Nachricht.",
    "escalated": "Bisher hat niemand quittiert.",
    "higher": "Die Lage hat sich verschärft.",
}
EXERCISE = "ÜBUNG"
REPEATED = "Wiederholung"
_OFFICIAL = "Messwert, keine amtliche Warnung."
#: Of a bundle, in the message itself; the rest is in the portal.
_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One alarm in a message."""

    alarm_id: int
    what: str
    level: int
    said: str
    place: str
    rule_name: str
    value: float | None
    unit: str | None
    decimals: int | None
    measured_at: datetime | None
    raised_at: datetime
    closed_at: datetime | None


def subject(told: Sequence[Told], *, exercise: bool) -> str:
    """One line; the most urgent first."""
    first = told[0]
    line = _line(first)
    if len(told) > 1:
        line = f"{len(told)} Alarme: {line} und weitere"
    return f"{EXERCISE} – {line}" if exercise else line


def body(told: Sequence[Told], now: datetime, *, exercise: bool) -> str:
    """The message; who sends it adds the link."""
    formats = Formats("de", now)
    parts = [_paragraph(one, formats) for one in told[:_MOST]]
    if len(told) > _MOST:
        parts.append(f"Und {len(told) - _MOST} weitere, siehe Portal.")
    if exercise:
        parts.insert(0, f"{EXERCISE}, kein Einsatz.")
    return "\n\n".join([*parts, _OFFICIAL])


def measured(
    value: float | None,
    unit: str | None,
    decimals: int | None,
    at: datetime | None,
    formats: Formats,
) -> str:
    """312 cm, gemessen 02:14 Uhr; empty for an alarm of something that is not there."""
    if value is None or at is None:
        return ""
    return f"{formats.number(value, decimals or 0)} {unit or ''}".rstrip() + (
        f", gemessen {formats.clock(at)}"
    )


def _line(told: Told) -> str:
    return f"{_BEFORE[told.what]}{told.said}: {told.place}"


def _paragraph(told: Told, formats: Formats) -> str:
    value = measured(told.value, told.unit, told.decimals, told.measured_at, formats)
    since = f"Regel {told.rule_name}, Alarm seit {formats.clock(told.raised_at)}"
    if told.closed_at is not None:
        since += f", beendet {formats.clock(told.closed_at)}"
    lines = [_line(told), value, f"{since}.", _SENTENCE.get(told.what, "")]
    return "\n".join(line for line in lines if line)
