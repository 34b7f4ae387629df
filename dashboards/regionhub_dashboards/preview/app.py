"""`regionhub dashboards preview`: pages for one person on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from html import escape
from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from regionhub.registry.tenants import Tenant
from regionhub.store.database import Connection
from regionhub_dashboards.preview.answers import Answers, Json
from regionhub_dashboards.preview.panels import drawn

#: Height of a row of Grafana's grid, in pixels.
_ROW = 38


def reader_of(tenant: Tenant) -> str:
    """As whom its dashboards are asked: a region sees what is shared with it."""
    return "region" if tenant.kind == "region" else tenant.slug


def preview_app(
    boards: Mapping[str, Json],
    *,
    town: str,
    days: float,
    connect: Callable[[], AbstractContextManager[Connection]],
) -> FastAPI:
    """The pages.

    Args:
        boards: dashboards by UID.
        town: as whom statements are asked.
        days: how far dashboards look back.
        connect: opens a connection of the owner.
    """
    app = FastAPI(openapi_url=None)
    portal = files("regionhub.web.portal") / "static" / "vendor"
    app.mount("/vendor", StaticFiles(directory=str(portal), check_dir=False))

    @app.get("/")
    def index() -> HTMLResponse:
        links = [
            f'<li><a href="/{uid}">{escape(board["title"])}</a> {escape(board["description"])}</li>'
            for uid, board in boards.items()
        ]
        return _page("Vorschau der Dashboards", f"<ul>{''.join(links)}</ul>")

    @app.get("/preview.js")
    def script() -> Response:
        text = (files(__package__) / "preview.js").read_text("utf-8")
        return Response(text, media_type="text/javascript")

    @app.get("/{uid}")
    def board(uid: str) -> HTMLResponse:
        if uid not in boards:
            return _page("Kein solches Dashboard", '<p><a href="/">Alle</a></p>', status=404)
        with connect() as connection, connection.transaction():
            answers = Answers(connection, town, boards[uid], days)
            panels = "".join(_panel(each, answers) for each in boards[uid]["panels"])
        return _page(boards[uid]["title"], f'<div class="grid">{panels}</div>')

    return app


def _panel(panel: Json, answers: Answers) -> str:
    grid = panel["gridPos"]
    place = (
        f"grid-column:{grid['x'] + 1}/span {grid['w']};grid-row:{grid['y'] + 1}/span {grid['h']}"
    )
    return (
        f'<section style="{place}"><h2 title="{escape(panel.get("description") or "")}">'
        f"{escape(panel['title'])}</h2>{drawn(panel, answers)}</section>"
    )


def _page(title: str, body: str, *, status: int = 200) -> HTMLResponse:
    text = (files(__package__) / "page.html").read_text("utf-8")
    for place, words in (("title", escape(title)), ("row", f"{_ROW}px"), ("body", body)):
        text = text.replace(f"[[{place}]]", words)
    return HTMLResponse(text, status)
