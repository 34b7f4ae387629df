"""Registering in the portal: where it begins, and files."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Form, Query, Response, UploadFile
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Visit
from regionhub.errors import InputError
from regionhub.features.onboarding.columns import FIELDS, JOIN_FIELDS, Columns
from regionhub.features.onboarding.drafts import Usual
from regionhub.features.onboarding.files import Imported, import_file
from regionhub.features.onboarding.load import Town
from regionhub.features.onboarding.pages_server import offered, register
from regionhub.features.onboarding.servers.register import not_registered
from regionhub.features.onboarding.unknown import unknown_devices
from regionhub.profiles import DeviceProfile
from regionhub.sites import SiteKind
from regionhub.web.api.registration import Profiles, profiles_seen
from regionhub.web.api.values import Whole
from regionhub.web.portal.frame import Frame, open_town
from regionhub.web.portal.rendering import STREAM, Here, Page
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.texts import Translate

pages = page_router()

#: A file comes back with its confirmation, in a form of at most one megabyte.
MOST_BYTES = 700_000
#: Rows that the preview shows of those that are well; those with faults stand there all.
SHOWN_ROWS = 20
Count = Annotated[Whole, Query(ge=0, le=100_000)]
Kind = Annotated[SiteKind | Literal[""], Form()]
#: A source at which devices are registered as well.
ServerName = Annotated[str, Form(max_length=200)]
#: Devices whose last try failed that are shown.
_SHOWN_FAILED = 50


@dataclass(frozen=True, slots=True)
class Given:
    """A file as it was sent, and what holds for rows that do not say it.

    `server` is where its devices are to be registered too, if anywhere.
    """

    content: bytes
    name: str
    usual: Usual
    server: str = ""


@contextmanager
def open_place(visit: Visit, page: Page) -> Iterator[tuple[Town, Frame]]:
    """The reader's town to register in, and the frame of the page."""
    with open_town(visit, page) as (connection, frame):
        _, principal = page.gettext, visit.principal
        town = Town(
            connection=connection,
            tenant_id=principal.tenant_id,
            profiles=profiles_seen(page.request.app.state, connection),
            who=principal.named,
            why=_("beim Anlegen im Portal"),
        )
        yield town, frame


@pages.get("/anlegen")
def begin(
    page: Here, visit: Editor, geraete: Count | None = None, standorte: Count = 0
) -> Response:
    """Where everything begins; after a file with what was registered."""
    return _begin(page, visit, done=None if geraete is None else (geraete, standorte))


@pages.post("/anlegen/datei")
def read_file(
    page: Here,
    visit: Editor,
    datei: UploadFile | None = None,
    profil: Annotated[str, Form(max_length=80)] = "",
    art: Kind = "",
    netzserver: ServerName = "",
) -> Response:
    """Say what would become of each row of a file."""
    content = b"" if datei is None else datei.file.read(MOST_BYTES + 1)
    name = "" if datei is None else (datei.filename or "")[:120]
    usual = _usual(profil, art, netzserver)
    return _file(page, visit, Given(content, name, usual, netzserver), dry_run=True)


@pages.post("/anlegen/datei/ja")
def take_file(
    page: Here,
    visit: Editor,
    inhalt: Annotated[str, Form()] = "",
    name: Annotated[str, Form(max_length=120)] = "",
    profil: Annotated[str, Form(max_length=80)] = "",
    art: Kind = "",
    netzserver: ServerName = "",
) -> Response:
    """Register the good rows of a file that was looked at."""
    try:
        content = base64.b64decode(inhalt, validate=True)
    except binascii.Error:
        content = b""
    usual = _usual(profil, art, netzserver)
    return _file(page, visit, Given(content, name, usual, netzserver), dry_run=False)


def _usual(profile_id: str, kind: str, server: str) -> Usual:
    return Usual(profile_id=profile_id or None, kind=kind or None, join=bool(server))


def _file(page: Page, visit: Visit, given: Given, *, dry_run: bool) -> Response:
    try:
        _check_size(given)
        with open_place(visit, page) as (town, frame):
            found = import_file(town, given.content, given.usual, dry_run=dry_run, only_good=True)
    except InputError as error:
        problem = page.said(error)
        return _begin(page, visit, usual=given.usual, problem=problem)
    loaded = found.loaded
    if loaded.written:
        devices = sum(row.device is not None for row in loaded.good)
        sites = sum(row.new_site for row in loaded.good)
        register(page, visit, given.server, loaded.wanted)
        return RedirectResponse(f"/anlegen?geraete={devices}&standorte={sites}", 303)
    return page.show(
        "onboarding/file.html",
        **frame.values(),
        status=422 if not loaded.good else 200,
        given=given,
        packed=base64.b64encode(given.content).decode(),
        bad=loaded.bad,
        good=loaded.good[:SHOWN_ROWS],
        counts=_counts(found),
        columns=_columns(found.columns, page.gettext),
        unknown=found.columns.unknown,
        secret=found.columns.secret,
    )


def _check_size(given: Given) -> None:
    if not given.content:
        raise InputError("Choose a file.", de="Wählen Sie eine Datei aus.")
    if len(given.content) > MOST_BYTES:
        raise InputError(
            f"The file is larger than {MOST_BYTES // 1000} kB: split it.",
            de=f"Die Datei ist größer als {MOST_BYTES // 1000} kB: teilen Sie sie auf.",
        )


def _counts(found: Imported) -> Mapping[str, int]:
    loaded = found.loaded
    return {
        "good": len(loaded.good),
        "bad": len(loaded.bad),
        "devices": sum(row.device is not None for row in loaded.good),
        "sites": sum(row.new_site for row in loaded.good),
        "waiting": sum(row.waiting_since is not None for row in loaded.good),
    }


def _columns(columns: Columns, _: Translate) -> list[tuple[str, str]]:
    """Names of columns in the file, and as what they are read."""
    return [(one.name, _(one.field.label)) for one in columns.read]


def profile_choice(profiles: Profiles) -> list[DeviceProfile]:
    """The models in the order of their names."""
    return sorted(profiles.values(), key=lambda one: one.name.casefold())


def _begin(
    page: Page,
    visit: Visit,
    *,
    usual: Usual = Usual(),  # noqa: B008 - never changes
    problem: str = "",
    done: tuple[int, int] | None = None,
) -> Response:
    state = page.request.app.state
    with open_place(visit, page) as (town, frame):
        unknown = unknown_devices(
            town.connection, town.tenant_id, town.profiles, state.read_message
        )
        servers = offered(town.connection, visit)
        failed = not_registered(town.connection, town.tenant_id, _SHOWN_FAILED)
    return page.show(
        "onboarding/begin.html",
        **frame.values(),
        live=STREAM,
        unknown=unknown,
        status=422 if problem else 200,
        models=profile_choice(town.profiles),
        fields=[*FIELDS, *(JOIN_FIELDS if servers else ())],
        servers=servers,
        failed=failed,
        most=MOST_BYTES,
        usual=usual,
        problem=problem,
        done=done,
    )
