"""How each source of a town is doing: connection, flow, and what became of its messages."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from regionhub.archive.fates import Fate, ingest_fates
from regionhub.levels import State, by_code
from regionhub.problems import Language, explain_source
from regionhub.registry.sources import Source, sources
from regionhub.store.database import Connection
from regionhub.web.portal.formats import BERLIN
from regionhub.web.portal.texts import mark


@dataclass(frozen=True, slots=True)
class ShownSource:
    """A source as the page shows it; `today` and `week` count its messages by fate."""

    source: Source
    state: State
    explanation: str | None
    today: Counter[str]
    week: Counter[str]


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
        mark("Verwaltungsnachricht ohne Messwert, zum Beispiel ein Join."),
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


def shown_sources(connection: Connection, language: str) -> list[ShownSource]:
    """The sources that the reader sees, those that need somebody first.

    Args:
        connection: under the reader's town.
        language: of the sentence that explains a problem.
    """
    now = datetime.now(UTC)
    midnight = now.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
    today = _count(ingest_fates(connection, start=midnight, end=now))
    week = _count(ingest_fates(connection, start=now - timedelta(days=7), end=now))
    shown = [
        ShownSource(
            source=source,
            state=STATES[_state(source)],
            explanation=explain_source(source, cast("Language", language)),
            today=today[source.source_id],
            week=week[source.source_id],
        )
        for source in sources(connection)
    ]
    return sorted(shown, key=lambda one: (one.state.rank, one.source.name))


def _state(source: Source) -> str:
    if not source.enabled:
        return "off"
    if source.problem == "connecting":
        return "waiting"
    if source.problem:
        return "problem"
    if not source.connected_since:
        return "waiting"
    return "behind" if (source.lag_seconds or 0) >= BEHIND_SECONDS else "connected"


def _count(fates: list[Fate]) -> defaultdict[int, Counter[str]]:
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in fates:
        found[row.source_id][row.fate] += row.messages
    return found
