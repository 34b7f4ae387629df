"""How each source of a town is doing: connection, flow, and what became of its messages."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from regionhub.archive import fates as operations
from regionhub.levels import State, Tone, by_code
from regionhub.problems import Language, explain_source
from regionhub.registry.tenants import tenants
from regionhub.store.database import Connection
from regionhub.web.portal.formats import BERLIN, Formats
from regionhub.web.portal.frame import Frame
from regionhub.web.portal.parts import Notice
from regionhub.web.portal.texts import Translate, mark


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


def source_rows(
    connection: Connection, frame: Frame, formats: Formats, _: Translate
) -> list[dict[str, Any]]:
    """The sources that the reader sees, those that need somebody first.

    Args:
        connection: under the reader's town.
        frame: names the towns where there are several.
        formats: times in the reader's language.
        _: translates the sentence that explains a problem.
    """
    now = datetime.now(UTC)
    midnight = now.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = operations.sources(connection)
    today = _count(operations.ingest_fates(connection, start=midnight, end=now))
    week = _count(operations.ingest_fates(connection, start=now - timedelta(days=7), end=now))
    for row in rows:
        row["state"] = STATES[_state(row)]
        row["town"] = frame.town_names.get(row["tenant_id"]) if frame.several else None
        row["explanation"] = _explanation(row, formats, _)
        row["today"], row["week"] = today[row["source_id"]], week[row["source_id"]]
    rows.sort(key=lambda row: (row["state"].rank, row["name"]))
    return rows


def notices(connection: Connection, formats: Formats, _: Translate) -> list[Notice]:
    """What every page says of sources that are broken or silent: without them values grow old."""
    rows = [row for row in operations.sources(connection) if _state(row) in {"problem", "silent"}]
    if not rows:
        return []
    if len(rows) == 1:
        text = _single(rows[0], formats, _)
    else:
        names = ", ".join(_named(connection, rows)[:_NAMED])
        text = _("%(n)s Quellen sind gestört oder stumm: %(names)s.") % {
            "n": len(rows),
            "names": names + (" …" if len(rows) > _NAMED else ""),
        }
    broken = any(_state(row) == "problem" for row in rows)
    tone: Tone = "alarm" if broken else "warn"
    return [Notice(text=text, path="/eingang", link=_("Zum Eingang"), tone=tone)]


def _single(row: dict[str, Any], formats: Formats, _: Translate) -> str:
    if row["silent_since"] is None:
        explanation = explain_source(row, cast("Language", formats.language))
        return _("Quelle „%(name)s“ gestört: %(explanation)s") % {
            "name": row["name"],
            "explanation": explanation,
        }
    return _("Quelle „%(name)s“ stumm: keine Nachricht %(since)s.") % {
        "name": row["name"],
        "since": formats.since(row["silent_since"]),
    }


def _named(connection: Connection, rows: list[dict[str, Any]]) -> list[str]:
    """Names of sources, with the town where there are several."""
    if len({row["tenant_id"] for row in rows}) == 1:
        return [row["name"] for row in rows]
    towns = {tenant.tenant_id: tenant.name for tenant in tenants(connection)}
    return [f"{row['name']} ({towns[row['tenant_id']]})" for row in rows]


def _explanation(row: dict[str, Any], formats: Formats, _: Translate) -> str | None:
    if row["silent_since"] is None:
        return explain_source(row, cast("Language", formats.language))
    return _(
        "Die Verbindung steht, aber %(since)s kam keine Nachricht: Prüfen Sie, ob der "
        "Netzwerkserver sendet, das Topic stimmt und der Benutzer es lesen darf."
    ) % {"since": formats.since(row["silent_since"])}


def _state(row: dict[str, Any]) -> str:
    if not row["enabled"]:
        return "off"
    if row["problem"] == "connecting":
        return "waiting"
    if row["problem"]:
        return "problem"
    if not row["connected_since"]:
        return "waiting"
    if row["silent_since"]:
        return "silent"
    return "behind" if (row["lag_seconds"] or 0) >= BEHIND_SECONDS else "connected"


def _count(rows: list[dict[str, Any]]) -> defaultdict[int, Counter[str]]:
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[row["source_id"]][row["fate"]] += row["messages"]
    return found
