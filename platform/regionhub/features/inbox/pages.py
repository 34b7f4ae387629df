"""Inbox: what the network servers sent, what could not be processed, and processing it again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any

from fastapi import Form, Response
from fastapi.responses import RedirectResponse
from pydantic import BeforeValidator

from regionhub.access import Editor, Viewer
from regionhub.archive import fates as operations
from regionhub.archive import provenance
from regionhub.errors import UNEXPECTED
from regionhub.euis import read_dev_eui
from regionhub.features.inbox.sources import FATES, source_rows
from regionhub.levels import State, by_code
from regionhub.problems import quoted
from regionhub.web.portal.frame import Frame, open_town
from regionhub.web.portal.rendering import Here
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.texts import mark

PREVIEW_BYTES = 300
#: Rows of the lists below the waiting messages.
_LAST = 10


@dataclass(frozen=True, slots=True)
class _Reason:
    label: str
    sentence: str
    advice: str


REASONS = {
    "unknown_device": _Reason(
        mark("Unbekanntes Gerät"),
        mark("Diese DevEUI ist nicht angemeldet."),
        mark(
            "Melden Sie das Gerät mit seiner DevEUI an. "
            "Danach lassen sich seine wartenden Nachrichten hier nachholen."
        ),
    ),
    "wrong_tenant": _Reason(
        mark("Gerät einer anderen Stadt"),
        mark("Diese DevEUI gehört einer anderen Stadt."),
        mark(
            "Diese DevEUI ist für eine andere Stadt angemeldet. "
            "Prüfen Sie, ob das Gerät im richtigen Netzwerkserver steht."
        ),
    ),
    "not_decodable": _Reason(
        mark("Nutzdaten nicht lesbar"),
        mark("Das Geräteprofil kann die Nutzdaten nicht lesen."),
        mark(
            "Geräteprofil und Firmware des Geräts passen nicht zusammen. "
            "Prüfen Sie das Profil des Geräts, und holen Sie die Nachrichten danach nach."
        ),
    ),
    "unusable_profile": _Reason(
        mark("Geräteprofil nicht brauchbar"),
        mark("Mit dem Geräteprofil oder einer Angabe zum Gerät lässt sich nichts lesen."),
        mark(
            "Das Geräteprofil des Geräts fehlt, oder eine Angabe zum Gerät passt nicht dazu. "
            "Berichtigen Sie das Gerät, und holen Sie die Nachrichten danach nach."
        ),
    ),
    UNEXPECTED: _Reason(
        mark("Fehler der Plattform"),
        mark("An dieser Nachricht ist die Plattform gescheitert."),
        mark("Wenden Sie sich mit den Einzelheiten an den Betrieb der Plattform."),
    ),
    "not_parseable": _Reason(
        mark("Nachricht nicht lesbar"),
        mark("Die Nachricht hat nicht das Format der Quelle."),
        mark(
            "Format der Quelle und Netzwerkserver passen nicht zusammen. "
            "Prüfen Sie das Format und das Topic der Quelle."
        ),
    ),
    "too_large": _Reason(
        mark("Nachricht zu groß"),
        mark("Die Nachricht ist größer, als ein Netzwerkserver sie sendet."),
        mark(
            "So groß ist keine LoRaWAN-Nachricht. "
            "Prüfen Sie, ob das Topic der Quelle zu weit gefasst ist."
        ),
    ),
    "store_rejected": _Reason(
        mark("Von der Datenbank abgelehnt"),
        mark("Die Datenbank nimmt die Werte nicht an."),
        mark("Wenden Sie sich mit den Einzelheiten an den Betrieb der Plattform."),
    ),
}

RUN_STATES = by_code(
    State("running", "läuft", "running", "▶", "none", 0),
    State("waiting", "wartet", "waiting", "…", "none", 1),
    State("stopped", "abgebrochen", "stopped", "!", "alarm", 2),
    State("done", "fertig", "done", "✓", "good", 3),
)
OUTCOMES = {
    "stored": mark("gespeichert"),
    "duplicate": mark("doppelt"),
    "ignored": mark("ohne Messwert"),
}
KEPT = {
    "dead_letter": mark("nicht verarbeitete Nachrichten"),
    "uplink": mark("Funknachrichten"),
    "reading": mark("Messwerte"),
    "reading_version": mark("frühere Messwerte"),
    "device_event": mark("Meldungen von Geräten"),
}


pages = page_router()


@pages.get("/eingang")
def inbox(page: Here, visit: Viewer) -> Response:
    """The inbox."""
    with open_town(visit, page) as (connection, frame):
        rows = source_rows(connection, frame, page.language)
        errors = operations.decode_errors(connection)
        groups = provenance.letter_groups(connection)
        runs = provenance.runs(connection, limit=_LAST)
        resolved = provenance.resolved_letters(connection, limit=_LAST)
        removals = provenance.removals(connection, limit=_LAST)
    busy = {_aim(run) for run in runs if run["state"] in {"waiting", "running"}}
    for group in groups:
        group["preview"] = preview(bytes(group["body"]))
        group["busy"] = bool(_covering(group) & busy)
    _name_towns(frame, groups, runs, resolved, removals)
    return page.show(
        "inbox/inbox.html",
        **frame.values(),
        sources=rows,
        fates=FATES,
        decode_errors=errors,
        reasons=_by_reason(groups),
        runs=runs,
        resolved=resolved,
        removals=removals,
        **_words(),
        may_process=visit.principal.may("editor"),
    )


@pages.get("/eingang/laeufe")
def runs_only(page: Here, visit: Viewer) -> Response:
    """The part that follows a running replay."""
    with open_town(visit, page) as (connection, frame):
        runs = provenance.runs(connection, limit=_LAST)
    _name_towns(frame, runs)
    return page.show("inbox/replays.html", **frame.values(), runs=runs, **_words())


@pages.post("/eingang/nachholen")
def process_again(
    page: Here,
    visit: Editor,
    grund: Annotated[str, Form(max_length=80)] = "",
    deveui: Annotated[str | None, BeforeValidator(read_dev_eui), Form()] = None,
    quelle: Annotated[int | None, Form(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Start one."""
    _ = page.gettext
    principal = visit.principal
    with visit.town() as connection:
        provenance.request_run(
            connection,
            tenant_id=principal.tenant_id,
            requested_by=principal.login or principal.display_name,
            why=_("im Portal angefordert"),
            letter_reason=grund or None,
            dev_eui=deveui,
            source_id=quelle,
        )
    return RedirectResponse("/eingang#laeufe", 303)


def preview(body: bytes) -> str:
    """The beginning of a message as text; bytes that are no text as hexadecimal digits."""
    head = body[:PREVIEW_BYTES]
    text = head.decode("utf-8", errors="ignore")
    readable = len(text.encode()) >= len(head) - 3 and all(
        character.isprintable() or character in "\n\r\t" for character in text
    )
    shown = text if readable else head.hex(" ")
    return shown + (" …" if len(body) > len(head) else "")


_Aim = tuple[int, str | None, str | None, int | None]


def _aim(run: dict[str, Any]) -> _Aim:
    return run["tenant_id"], run["letter_reason"], run["dev_eui"], run["source_id"]


def _covering(group: dict[str, Any]) -> set[_Aim]:
    """The runs that would process this group."""
    tenant, reason = group["tenant_id"], group["reason"]
    own, source = group["dev_eui"], group["source_id"]
    return {
        (tenant, word, device, place)
        for word in (None, reason)
        for device in (None, own)
        for place in (None, source)
    }


def _by_reason(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Reasons in the order of their latest message, each with its groups."""
    order = list(dict.fromkeys(group["reason"] for group in groups))
    groups = sorted(groups, key=lambda group: order.index(group["reason"]))
    return [
        {"reason": reason, "words": REASONS.get(reason, REASONS[UNEXPECTED]), "groups": list(found)}
        for reason, found in groupby(groups, key=lambda group: str(group["reason"]))
    ]


def _name_towns(frame: Frame, *lists: Iterable[dict[str, Any]]) -> None:
    for row in (row for rows in lists for row in rows):
        row["town"] = frame.town_names.get(row["tenant_id"]) if frame.several else None


def _words() -> dict[str, Any]:
    return {
        "run_states": RUN_STATES,
        "outcomes": OUTCOMES,
        "kept": KEPT,
        "all_reasons": REASONS,
        "original": quoted,
    }
