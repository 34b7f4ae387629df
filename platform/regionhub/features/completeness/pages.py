"""Completeness in the portal: which messages the devices sent and we do not have, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Any, Literal

from fastapi import Response

from regionhub.access import Viewer
from regionhub.features.completeness import store
from regionhub.features.completeness.store import Completeness, Session
from regionhub.levels import State, by_code
from regionhub.web.api.values import Id
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here
from regionhub.web.portal.routing import one_of, page_router
from regionhub.web.portal.sparklines import GAP_INTERVALS
from regionhub.web.portal.texts import mark

#: Gaps and sessions on the page of a device; the API gives all of them.
MOST_ROWS = 200

Period = Literal["24h", "7d", "30d", "90d"]
PERIODS: dict[Period, tuple[str, timedelta]] = {
    "24h": (mark("24 Stunden"), timedelta(hours=24)),
    "7d": (mark("7 Tage"), timedelta(days=7)),
    "30d": (mark("30 Tage"), timedelta(days=30)),
    "90d": (mark("90 Tage"), timedelta(days=90)),
}

#: Radio always loses some messages. They are gaps where more than this share is missing (%) ...
MISSED_PCT = 1
#: ... or where none came for longer than this (send intervals): there charts break their lines.
MISSED_INTERVALS = GAP_INTERVALS

STATES = by_code(
    State("gaps", "Lücken", "gaps", "!", "warn", 0),
    State("unknown", "nicht bewertbar", "cannot be judged", "?", "none", 1),
    State("nearly", "fast vollständig", "nearly complete", "≈", "plain", 2),
    State("complete", "vollständig", "complete", "✓", "good", 3),
)

#: What the pages say of it.
_RULE: dict[str, Any] = {
    "ledger_states": STATES,
    "missed_pct": MISSED_PCT,
    "missed_intervals": MISSED_INTERVALS,
}

NOT_JUDGED = {
    "no_frames": mark("In diesem Zeitraum kam nichts an."),
    "no_counter": mark("Der Netzwerkserver nennt keinen Paketzähler."),
    "one_frame": mark("Eine einzige Nachricht sagt nichts über fehlende."),
    "stuck_counter": mark("Der Paketzähler des Geräts steht still."),
    "jumping_counter": mark("Der Paketzähler des Geräts springt ständig zurück."),
}

pages = page_router()


@dataclass(frozen=True, slots=True)
class Judged:
    """State, reason, and a share that is 100 only where nothing is missing."""

    state: State
    reason: str | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Total:
    """All devices that can be judged."""

    expected: int | None
    received: int
    recovered: int
    missing: int
    share: float | None


@pages.get("/vollstaendigkeit")
def town_page(page: Here, visit: Viewer, zeitraum: Period = "30d", ort: str = "") -> Response:
    """The ledger of all devices of a town; whoever sees several towns chooses one."""
    with open_town(visit, page) as (connection, frame):
        one_of("ort", ort, map(str, frame.town_names))
        start, end = _period(zeitraum)
        rows = []
        if ort or not frame.several:
            tenant_id = int(ort) if ort else None
            rows = store.devices(connection, start=start, end=end, tenant_id=tenant_id)
    judged = [(row, judge(row)) for row in rows]
    judged.sort(key=lambda one: (one[1].state.rank, -(one[0].missing or 0), one[0].name))
    return page.show(
        "completeness/town.html",
        **frame.values(),
        devices=judged,
        total=_total(rows),
        periods=PERIODS,
        **_RULE,
        chosen=zeitraum,
        town=ort,
    )


@pages.get("/vollstaendigkeit/{device_id}")
def device_page(
    page: Here,
    visit: Viewer,
    device_id: Id,
    zeitraum: Period = "30d",
) -> Response:
    """The ledger of one device with its gaps and sessions."""
    start, end = _period(zeitraum)
    with open_town(visit, page) as (connection, frame):
        device = store.device(connection, device_id, start=start, end=end)
        limit = MOST_ROWS + 1
        sessions = store.sessions(connection, device_id, start=start, end=end, limit=limit)
        gaps = store.gaps(connection, device_id, start=start, end=end, limit=limit)
    return page.show(
        "completeness/device.html",
        **frame.values(),
        device=device,
        judged=judge(device),
        sessions=[(session, judge(session)) for session in sessions[:MOST_ROWS]],
        gaps=gaps[:MOST_ROWS],
        more=len(sessions) > MOST_ROWS or len(gaps) > MOST_ROWS,
        periods=PERIODS,
        **_RULE,
        chosen=zeitraum,
    )


def judge(row: Completeness | Session) -> Judged:
    """What the figures of a device or session mean."""
    reason = row.not_judged if isinstance(row, Completeness) else None
    return Judged(
        STATES[_state(row)],
        None if reason is None else NOT_JUDGED[reason],
        _share(row.completeness_pct),
    )


def _state(row: Completeness | Session) -> str:
    if row.expected is None:
        return "unknown"
    if not row.missing:
        return "complete"
    # between the frames around n missing ones lie n + 1 intervals
    long = (row.longest_gap_missing or 0) + 1 > MISSED_INTERVALS
    return "gaps" if long or 100 * row.missing > MISSED_PCT * row.expected else "nearly"


def _share(percent: float | None) -> float | None:
    return None if percent is None else floor(percent * 10) / 10


def _period(chosen: Period) -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    return now - PERIODS[chosen][1], now


def _total(rows: Sequence[Completeness]) -> Total:
    judged = [row for row in rows if row.expected is not None]
    expected = sum(row.expected or 0 for row in judged)
    missing = sum(row.missing or 0 for row in judged)
    return Total(
        expected=expected or None,
        received=sum(row.received or 0 for row in judged),
        recovered=sum(row.recovered or 0 for row in judged),
        missing=missing,
        share=_share(100 * (expected - missing) / expected) if expected else None,
    )
