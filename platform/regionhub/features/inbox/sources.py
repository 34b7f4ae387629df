"""How each source of a town is doing: connection, flow, and what became of its messages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from regionhub.archive.fates import FateCount, ingest_fates, silent_sources
from regionhub.levels import State, Tone, by_code
from regionhub.problems import Language, explain_source
from regionhub.registry.sources import Source, sources
from regionhub.registry.tenants import tenants
from regionhub.store.database import Connection
from regionhub.web.portal.formats import BERLIN, Formats
from regionhub.web.portal.parts import Notice
from regionhub.web.portal.texts import Translate, mark


@dataclass(frozen=True, slots=True)
class ShownSource:
    """A source as the page shows it; `today` and `week` count its messages by fate."""

    source: Source
    state: State
    explanation: str | None
    today: Counter[str]
    week: Counter[str]


@dataclass(frozen=True, slots=True)
class _FateWords:
    code: str
    label: str
    meaning: str


FATES = (
    _FateWords("stored", mark("gespeichert"), mark("Verstanden und gespeichert.")),
    _FateWords(
        "duplicate",
        mark("doppelt"),
        mark("Schon einmal angekommen, nicht noch einmal gespeichert."),
    ),
    _FateWords(
        "ignored",
        mark("ohne Messwert"),
        mark("Verwaltungsnachricht ohne Messwert, etwa wenn sich ein Gerät am Netz anmeldet."),
    ),
    _FateWords(
        "dead_letter",
        mark("nicht verarbeitet"),
        mark("Bei der Ankunft nicht verstanden. Was davon noch wartet, steht unten mit dem Grund."),
    ),
)

STATES = by_code(
    State("problem", "gestört", "faulty", "!", "alarm", 0),
    State("silent", "stumm", "silent", "›", "warn", 1),
    State("behind", "verzögert", "behind", "›", "warn", 2),
    State("waiting", "nicht verbunden", "not connected", "?", "none", 3),
    State("connected", "verbunden", "connected", "✓", "good", 4),
    State("off", "abgeschaltet", "switched off", "–", "none", 5),
)
#: Sources that a notice names at most.
_NAMED = 3
#: From here on a waiting message gets a sign of its own (seconds).
BEHIND_SECONDS = 60


def shown_sources(connection: Connection, formats: Formats, _: Translate) -> list[ShownSource]:
    """The sources that the reader sees, those that need somebody first.

    Args:
        connection: under the reader's town.
        formats: times in the reader's language.
        _: translates the sentence that explains a problem.
    """
    now = datetime.now(UTC)
    midnight = now.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
    today = _count(ingest_fates(connection, start=midnight, end=now))
    week = _count(ingest_fates(connection, start=now - timedelta(days=7), end=now))
    silent = silent_sources(connection)
    shown = [
        ShownSource(
            source=source,
            state=STATES[_state(source, silent)],
            explanation=_explanation(source, silent, formats, _),
            today=today[source.source_id],
            week=week[source.source_id],
        )
        for source in sources(connection)
    ]
    return sorted(shown, key=lambda one: (one.state.rank, one.source.name))


def notices(connection: Connection, formats: Formats, _: Translate) -> list[Notice]:
    """What every page says of sources that are broken or silent: without them values grow old."""
    silent = silent_sources(connection)
    found = [
        source for source in sources(connection) if _state(source, silent) in {"problem", "silent"}
    ]
    if not found:
        return []
    if len(found) == 1:
        text = _single(found[0], silent, formats, _)
    else:
        names = ", ".join(_named(connection, found)[:_NAMED])
        text = _("%(n)s Quellen sind gestört oder stumm: %(names)s.") % {
            "n": len(found),
            "names": names + (" …" if len(found) > _NAMED else ""),
        }
    tone: Tone = "alarm" if any(source.problem for source in found) else "warn"
    return [Notice(text=text, path="/eingang", link=_("Zum Eingang"), tone=tone)]


def _single(source: Source, silent: Mapping[int, datetime], formats: Formats, _: Translate) -> str:
    if source.source_id in silent:
        return _("Quelle „%(name)s“ stumm: keine Nachricht %(since)s.") % {
            "name": source.name,
            "since": formats.since(silent[source.source_id]),
        }
    return _("Quelle „%(name)s“ gestört: %(explanation)s") % {
        "name": source.name,
        "explanation": explain_source(source, cast("Language", formats.language)),
    }


def _named(connection: Connection, found: Sequence[Source]) -> list[str]:
    """Names of sources, with the town where there are several."""
    if len({source.tenant_id for source in found}) == 1:
        return [source.name for source in found]
    towns = {tenant.tenant_id: tenant.name for tenant in tenants(connection)}
    return [f"{source.name} ({towns[source.tenant_id]})" for source in found]


def _explanation(
    source: Source, silent: Mapping[int, datetime], formats: Formats, _: Translate
) -> str | None:
    if source.source_id not in silent:
        return explain_source(source, cast("Language", formats.language))
    return _(
        "Die Verbindung steht, aber %(since)s kam keine Nachricht: Prüfen Sie, ob der "
        "Netzwerkserver sendet, das Topic stimmt und der Benutzer es lesen darf."
    ) % {"since": formats.since(silent[source.source_id])}


def _state(source: Source, silent: Mapping[int, datetime]) -> str:
    if not source.enabled:
        return "off"
    if source.problem == "connecting":
        return "waiting"
    if source.problem:
        return "problem"
    if not source.connected_since:
        return "waiting"
    if source.source_id in silent:
        return "silent"
    return "behind" if (source.lag_seconds or 0) >= BEHIND_SECONDS else "connected"


def _count(fates: list[FateCount]) -> defaultdict[int, Counter[str]]:
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in fates:
        found[row.source_id][row.fate] += row.messages
    return found
