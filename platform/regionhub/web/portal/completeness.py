"""Completeness: which messages the devices sent and we do not have, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import floor
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from regionhub.access import Viewer
from regionhub.errors import NotFound
from regionhub.features.completeness import store as completeness
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Renderer
from regionhub.web.portal.states import State
from regionhub.web.portal.texts import mark

#: Gaps and sessions on the page of a device; the API gives all of them.
MOST_ROWS = 200

PERIODS = {
    "24h": (mark("24 Stunden"), timedelta(hours=24)),
    "7d": (mark("7 Tage"), timedelta(days=7)),
    "30d": (mark("30 Tage"), timedelta(days=30)),
    "90d": (mark("90 Tage"), timedelta(days=90)),
}

STATES = {
    state.code: state
    for state in (
        State("gaps", mark("Lücken"), "!", "warn", 0),
        State("unknown", mark("nicht bewertbar"), "?", "none", 1),
        State("complete", mark("vollständig"), "✓", "good", 2),
    )
}

NOT_JUDGED = {
    "no_frames": mark("In diesem Zeitraum kam nichts an."),
    "no_counter": mark("Der Netzwerkserver nennt keinen Paketzähler."),
    "one_frame": mark("Eine einzige Nachricht sagt nichts über fehlende."),
    "stuck_counter": mark("Der Paketzähler des Geräts steht still."),
}


def create_router(renderer: Renderer) -> APIRouter:
    """Two pages."""
    router = APIRouter()

    @router.get("/vollstaendigkeit")
    def town_page(request: Request, visit: Viewer, zeitraum: str = "") -> Response:
        with open_town(visit) as (connection, frame):
            # all devices of a region in a month are many frames: whoever wants that asks for it
            chosen, start, end = _period(zeitraum or ("7d" if frame.several else "30d"))
            rows = completeness.devices(connection, start=start, end=end)
        for row in rows:
            _judge(row)
            row["town"] = frame.town_names.get(row["tenant_id"]) if frame.several else None
        rows.sort(key=lambda row: (row["state"].urgency, -(row["missing"] or 0), row["name"]))
        return renderer.page(
            request,
            "completeness.html",
            **frame.values(),
            devices=rows,
            total=_total(rows),
            periods=PERIODS,
            chosen=chosen,
        )

    @router.get("/vollstaendigkeit/{device_id}")
    def device_page(
        request: Request,
        visit: Viewer,
        device_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
        zeitraum: str = "30d",
    ) -> Response:
        chosen, start, end = _period(zeitraum)
        with open_town(visit) as (connection, frame):
            device = completeness.device(connection, device_id, start=start, end=end)
            if device is None:
                raise NotFound("There is no such device.")
            limit = MOST_ROWS + 1
            sessions = completeness.sessions(
                connection, device_id, start=start, end=end, limit=limit
            )
            gaps = completeness.gaps(connection, device_id, start=start, end=end, limit=limit)
        return renderer.page(
            request,
            "completeness_device.html",
            **frame.values(),
            device=_judge(device),
            sessions=[_judge(session) for session in sessions[:MOST_ROWS]],
            gaps=gaps[:MOST_ROWS],
            more=len(sessions) > MOST_ROWS or len(gaps) > MOST_ROWS,
            periods=PERIODS,
            chosen=chosen,
        )

    return router


def _period(chosen: str) -> tuple[str, datetime, datetime]:
    chosen = chosen if chosen in PERIODS else "30d"
    now = datetime.now(UTC)
    return chosen, now - PERIODS[chosen][1], now


def _judge(row: dict[str, Any]) -> dict[str, Any]:
    """Add state, reason and a share that is 100 only where nothing is missing."""
    reason = row.get("not_judged")
    code = "unknown" if row["expected"] is None else "gaps" if row["missing"] else "complete"
    row["state"] = STATES[code]
    row["reason"] = NOT_JUDGED[reason] if reason else None
    percent = row["completeness_pct"]
    row["share"] = None if percent is None else floor(percent * 10) / 10
    return row


def _total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    judged = [row for row in rows if row["expected"] is not None]
    names = ("expected", "received", "recovered", "missing")
    total: dict[str, Any] = {name: sum(row[name] for row in judged) for name in names}
    expected = total["expected"]
    total["completeness_pct"] = 100 * (expected - total["missing"]) / expected if expected else None
    return _judge(total | {"expected": expected or None})
