"""Alarms and their log in words."""

from __future__ import annotations

from regionhub.levels import State, by_code
from regionhub.web.portal.texts import mark

ALARMS = by_code(
    State("open", "offen", "open", "!", "alarm", 0),
    State("unconfirmed", "unbestätigt", "unconfirmed", "?", "high", 1),
    State("acknowledged", "quittiert", "acknowledged", "✓", "warn", 2),
    State("clearing", "klingt ab", "subsiding", "↓", "water", 3),
    State("watched", "noch nicht gemeldet", "not reported yet", "…", "none", 4),
    State("closed", "beendet", "closed", "–", "plain", 5),
)
MESSAGES = by_code(
    State("given_up", "nicht zugestellt", "not delivered", "✕", "alarm", 0),
    State("retrying", "wird erneut versucht", "is tried again", "↻", "high", 1),
    State("sending", "unterwegs", "on its way", "→", "none", 2),
    State("waiting", "wartet", "waiting", "…", "none", 3),
    State("delivered", "zugestellt", "delivered", "✓", "good", 4),
)
STEPS = {
    "raised": mark("Regel ist erfüllt"),
    "unconfirmed": mark("gemeldet, noch unbestätigt"),
    "confirmed": mark("bestätigt und gemeldet"),
    "higher": mark("verschärft"),
    "escalated": mark("niemand hat quittiert, nächste Stufe der Kette benachrichtigt"),
    "chain_ended": mark("niemand hat quittiert, Kette ist zu Ende"),
    "acknowledged": mark("quittiert"),
    "cleared": mark("Regel ist nicht mehr erfüllt"),
    "again": mark("Regel ist wieder erfüllt"),
    "closed": mark("beendet"),
    "told": mark("Nachricht zugestellt"),
    "not_told": mark("Nachricht nicht zugestellt"),
}
KINDS = {
    "signal": mark("Zustand eines Standorts"),
    "threshold": mark("Messwert über oder unter einer Grenze"),
    "rate": mark("Messwert ändert sich schnell"),
    "silence": mark("Es kommt nichts mehr"),
    "time_to_stage": mark("Zeit bis zu einer Stufe"),
    "forecast": mark("Vorhersage eines Pegels"),
}
SILENT = {
    "device": mark("ein Gerät"),
    "site": mark("ein Standort"),
    "source": mark("eine Quelle (Netzwerkserver)"),
}
