"""How each source of a town is doing: connection, flow, and what became of its messages."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from regionhub.archive import fates as operations
from regionhub.levels import State, by_code
from regionhub.problems import Language, explain_source
from regionhub.store.database import Connection
from regionhub.web.portal.formats import BERLIN
from regionhub.web.portal.frame import Frame
from regionhub.web.portal.texts import mark


@dataclass(frozen=True, slots=True)
class _Fate:
    code: str
    label: str
    meaning: str


FATES = (
    _Fate("stored", mark("gespeichert"), mark("Verstanden und gespeichert.")),
    _Fate(
        "duplicate",
        mark("doppelt"),
        mark("Schon einmal angekommen, nicht noch einmal gespeichert."),
    ),
    _Fate(
        "ignored",
        mark("ohne Messwert"),
        mark("Verwaltungsnachricht ohne Messwert, etwa wenn sich ein Gerät am Netz anmeldet."),
    ),
    _Fate(
        "dead_letter",
        mark("nicht verarbeitet"),
        mark("Nicht verstanden; steht unten mit dem Grund."),
    ),
)

STATES = by_code(
    State("problem", "gestört", "faulty", "!", "alarm", 0),
    State("behind", "verzögert", "behind", "›", "warn", 1),
    State("waiting", "nicht verbunden", "not connected", "?", "none", 2),
    State("connected", "verbunden", "connected", "✓", "good", 3),
    State("off", "abgeschaltet", "switched off", "–", "none", 4),
)
#: From here on a waiting message gets a sign of its own (seconds).
BEHIND_SECONDS = 60


def source_rows(connection: Connection, frame: Frame, language: str) -> list[dict[str, Any]]:
    """The sources that the reader sees, those that need somebody first.

    Args:
        connection: under the reader's town.
        frame: names the towns where there are several.
        language: of the sentence that explains a problem.
    """
    now = datetime.now(UTC)
    midnight = now.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = operations.sources(connection)
    today = _count(operations.ingest_fates(connection, start=midnight, end=now))
    week = _count(operations.ingest_fates(connection, start=now - timedelta(days=7), end=now))
    for row in rows:
        row["state"] = STATES[_state(row)]
        row["town"] = frame.town_names.get(row["tenant_id"]) if frame.several else None
        row["explanation"] = explain_source(row, cast("Language", language))
        row["today"], row["week"] = today[row["source_id"]], week[row["source_id"]]
    rows.sort(key=lambda row: (row["state"].rank, row["name"]))
    return rows


def _state(row: dict[str, Any]) -> str:
    if not row["enabled"]:
        return "off"
    if row["problem"] == "connecting":
        return "waiting"
    if row["problem"]:
        return "problem"
    if not row["connected_since"]:
        return "waiting"
    return "behind" if (row["lag_seconds"] or 0) >= BEHIND_SECONDS else "connected"


def _count(rows: list[dict[str, Any]]) -> defaultdict[int, Counter[str]]:
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[row["source_id"]][row["fate"]] += row["messages"]
    return found
