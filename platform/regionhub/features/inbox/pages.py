"""Inbox: what the network servers sent, what could not be processed, and processing it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form, Response
from fastapi.responses import RedirectResponse
from pydantic import BeforeValidator

from regionhub.access import Editor, Viewer
from regionhub.archive import runs
from regionhub.archive.fates import anything_arrived
from regionhub.archive.letters import listing
from regionhub.archive.letters.listing import LetterGroup
from regionhub.archive.retention import removals
from regionhub.archive.runs import Replay
from regionhub.errors import UNEXPECTED
from regionhub.euis import read_dev_eui
from regionhub.features.inbox.sources import FATES, shown_sources
from regionhub.features.inbox.words import REASONS, UNASKED, LetterWords
from regionhub.levels import State, by_code
from regionhub.problems import quoted
from regionhub.store.database import Connection
from regionhub.web.api.values import Id
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.texts import mark

PREVIEW_BYTES = 300
#: Rows of the lists below the waiting messages.
_LAST = 10


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """Waiting messages as the page shows them; `busy`: a run that takes them is under way."""

    letters: LetterGroup
    preview: str
    busy: bool


@dataclass(frozen=True, slots=True)
class ShownReason:
    """What waits for one reason."""

    reason: str
    words: LetterWords
    groups: list[ShownGroup]


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
        sources = shown_sources(connection, page.formats, page.gettext)
        errors = listing.decode_errors(connection)
        groups = listing.groups(connection)
        nothing_waits = "" if groups else _nothing_waits(connection, page)
        replays = runs.runs(connection, limit=_LAST)
        resolved = listing.resolved(connection, limit=_LAST)
        removed = removals(connection, limit=_LAST)
    busy = {_aim(run) for run in replays if run.state in {"waiting", "running"}}
    shown = [
        ShownGroup(letters=group, preview=preview(group.body), busy=bool(_covering(group) & busy))
        for group in groups
    ]
    return page.show(
        "inbox/inbox.html",
        **frame.values(),
        sources=sources,
        fates=FATES,
        decode_errors=errors,
        reasons=_by_reason(shown),
        nothing_waits=nothing_waits,
        runs=replays,
        resolved=resolved,
        removals=removed,
        **_words(),
        may_process=visit.principal.may("editor"),
    )


@pages.get("/eingang/laeufe")
def runs_only(page: Here, visit: Viewer) -> Response:
    """The part that follows a running replay."""
    with open_town(visit, page) as (connection, frame):
        replays = runs.runs(connection, limit=_LAST)
    return page.show("inbox/replays.html", **frame.values(), runs=replays, **_words())


@pages.post("/eingang/nachholen")
def process_again(
    page: Here,
    visit: Editor,
    grund: Annotated[str, Form(max_length=80)] = "",
    deveui: Annotated[str | None, BeforeValidator(read_dev_eui), Form()] = None,
    quelle: Annotated[Id | None, Form()] = None,
) -> Response:
    """Start one."""
    _ = page.gettext
    principal = visit.principal
    with visit.town() as connection:
        runs.request_run(
            connection,
            tenant_id=principal.tenant_id,
            requested_by=principal.named,
            why=_("im Portal angefordert"),
            letter_reason=grund or None,
            dev_eui=deveui,
            source_id=quelle,
        )
    return RedirectResponse("/eingang#laeufe", 303)


def _nothing_waits(connection: Connection, page: Page) -> str:
    """Why no message waits: none came, all were understood, or they were processed later."""
    _, fmt = page.gettext, page.formats
    if not anything_arrived(connection):
        return _("Noch keine Nachricht angekommen.")
    accounts = listing.balance(connection)
    resolved = sum(row.stored + row.duplicate + row.ignored for row in accounts)
    removed = sum(row.removed for row in accounts)
    if not resolved and not removed:
        return _("Keine. Alle Nachrichten wurden verstanden.")
    sentences = [_("Keine wartet mehr.")]
    if resolved:
        sentences.append(_("Nachgeholt wurden bisher %(n)s.") % {"n": fmt.number(resolved)})
    if removed:
        words = _("Nach Ablauf der Aufbewahrungsfrist entfernt wurden %(n)s.")
        sentences.append(words % {"n": fmt.number(removed)})
    return " ".join(sentences)


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


def _aim(run: Replay) -> _Aim:
    return run.tenant_id, run.letter_reason, run.dev_eui, run.source_id


def _covering(group: LetterGroup) -> set[_Aim]:
    """The runs that would process this group."""
    return {
        (group.tenant_id, word, device, place)
        for word in (None, group.reason)
        for device in (None, group.dev_eui)
        for place in (None, group.source_id)
    }


def _by_reason(groups: list[ShownGroup]) -> list[ShownReason]:
    """Reasons in the order of their latest message, each with its groups."""
    found: dict[str, list[ShownGroup]] = {}
    for group in groups:
        found.setdefault(group.letters.reason, []).append(group)
    return [
        ShownReason(reason, REASONS.get(reason, REASONS[UNEXPECTED]), groups)
        for reason, groups in found.items()
    ]


def _words() -> dict[str, Any]:
    return {
        "run_states": RUN_STATES,
        "outcomes": OUTCOMES,
        "kept": KEPT,
        "all_reasons": REASONS,
        "unasked": UNASKED,
        "original": quoted,
    }
