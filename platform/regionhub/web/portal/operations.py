"""Devices: whether all that was installed is heard."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter, Request, Response

from regionhub.access import Viewer
from regionhub.euis import read_dev_eui
from regionhub.registry import devices as device_store
from regionhub.registry import sites
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Renderer


def create_router(renderer: Renderer) -> APIRouter:
    """One page."""
    router = APIRouter()

    @router.get("/geraete")
    def devices(
        request: Request, visit: Viewer, zustand: str = "", ort: str = "", suche: str = ""
    ) -> Response:
        with open_town(visit) as (connection, frame):
            rows = device_store.device_health(connection)
            names = {row["site_id"]: row["name"] for row in sites.sites(connection)}
        for row in rows:
            row["site_name"] = names.get(row["site_id"])
            row["town"] = frame.town_names.get(row["tenant_id"]) if frame.several else None
        word = _word(suche)
        shown = [
            row
            for row in rows
            if zustand in ("", row["state"])
            and ort in ("", str(row["tenant_id"]))
            and word in _searched(row)
        ]
        return renderer.page(
            request,
            "devices.html",
            **frame.values(),
            devices=shown,
            on_site=False,
            total=len(rows),
            counts=Counter(row["state"] for row in rows),
            chosen={"state": zustand, "town": ort, "search": suche},
        )

    return router


def _word(search: str) -> str:
    """What is looked for: a part of a name or, however it is written, a DevEUI."""
    try:
        return read_dev_eui(search)
    except ValueError:
        return search.strip().casefold()


def _searched(row: dict[str, Any]) -> str:
    texts = (row["name"], row["dev_eui"], row["profile_id"], row["site_name"] or "")
    return " ".join(texts).casefold()
