"""Devices and inbox: whether all that was installed is heard and understood."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from regionhub.access import Viewer
from regionhub.portal.frame import open_town
from regionhub.portal.rendering import Renderer
from regionhub.portal.sources import FATES, source_rows
from regionhub.portal.texts import mark
from regionhub.store import devices as device_store
from regionhub.store import operations, portal, sites

#: Dead letters shown for each reason.
EXAMPLES = 5
PREVIEW_BYTES = 300


@dataclass(frozen=True, slots=True)
class _Reason:
    label: str
    advice: str


REASONS = {
    "unknown_device": _Reason(
        mark("Unbekanntes Gerät"),
        mark(
            "Melden Sie das Gerät mit seiner DevEUI an, dann werden seine Nachrichten gespeichert."
        ),
    ),
    "wrong_tenant": _Reason(
        mark("Gerät einer anderen Stadt"),
        mark(
            "Diese DevEUI ist für eine andere Stadt angemeldet. "
            "Prüfen Sie, ob das Gerät im richtigen Netzwerkserver steht."
        ),
    ),
    "not_decodable": _Reason(
        mark("Nutzdaten nicht lesbar"),
        mark(
            "Geräteprofil und Firmware des Geräts passen nicht zusammen. "
            "Prüfen Sie das Profil des Geräts."
        ),
    ),
    "not_parseable": _Reason(
        mark("Nachricht nicht lesbar"),
        mark(
            "Format der Quelle und Netzwerkserver passen nicht zusammen. "
            "Prüfen Sie das Format und das Topic der Quelle."
        ),
    ),
    "too_large": _Reason(
        mark("Nachricht zu groß"),
        mark(
            "So groß ist keine LoRaWAN-Nachricht. "
            "Prüfen Sie, ob das Topic der Quelle zu weit gefasst ist."
        ),
    ),
    "store_rejected": _Reason(
        mark("Von der Datenbank abgelehnt"),
        mark("Wenden Sie sich mit dem Grund im Einzelnen an den Betrieb der Plattform."),
    ),
}
OTHER_REASON = _Reason(
    mark("Anderer Grund"),
    mark("Wenden Sie sich mit dem Grund im Einzelnen an den Betrieb der Plattform."),
)


def create_router(renderer: Renderer) -> APIRouter:
    """Two pages."""
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
        word = suche.strip().casefold()
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

    @router.get("/eingang")
    def inbox(request: Request, visit: Viewer) -> Response:
        with open_town(visit) as (connection, frame):
            rows = source_rows(connection, frame, renderer.language(request))
            errors = operations.decode_errors(connection)
            reasons = portal.dead_letter_reasons(connection)
            for reason in reasons:
                reason["words"] = REASONS.get(reason["reason"], OTHER_REASON)
                reason["examples"] = operations.dead_letters(
                    connection, reason=reason["reason"], limit=EXAMPLES
                )
        for letter in (letter for reason in reasons for letter in reason["examples"]):
            letter["preview"] = preview(bytes(letter["body"]))
        return renderer.page(
            request,
            "inbox.html",
            **frame.values(),
            sources=rows,
            fates=FATES,
            decode_errors=errors,
            reasons=reasons,
        )

    return router


def preview(body: bytes) -> str:
    """The beginning of a message as text; bytes that are no text as hexadecimal digits."""
    head = body[:PREVIEW_BYTES]
    text = head.decode("utf-8", errors="ignore")
    readable = len(text.encode()) >= len(head) - 3 and all(
        character.isprintable() or character in "\n\r\t" for character in text
    )
    shown = text if readable else head.hex(" ")
    return shown + (" …" if len(body) > len(head) else "")


def _searched(row: dict[str, Any]) -> str:
    texts = (row["name"], row["dev_eui"], row["profile_id"], row["site_name"] or "")
    return " ".join(texts).casefold()
