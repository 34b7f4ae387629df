"""Profiles in the portal: which there are, what one says, what it makes of frames."""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from fastapi import Form, Path, Response
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Visit
from regionhub.archive.profile_versions import profile_version, profile_versions
from regionhub.archive.stored_profiles import ListedProfile, listed, remove_profile
from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.features.device_profiles.bench import Bench, Trial, TriedExample
from regionhub.features.device_profiles.payloads import dev_eui, typed_frame
from regionhub.features.device_profiles.saving import Author, read, save
from regionhub.features.device_profiles.store import devices_by_profile, last_frames
from regionhub.profiles import DeviceProfile
from regionhub.profiles.paths import path_text
from regionhub.quantities import load_vocabulary
from regionhub.web.api.registration import profiles_seen
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router

pages = page_router()

Part = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,80}$")]
Port = Annotated[Literal[""] | int, Form()]


@pages.get("/profile")
def list_profiles(page: Here, visit: Editor) -> Response:
    """All profiles that the reader's town can use."""
    with open_town(visit, page) as (connection, frame):
        profiles = profiles_seen(page.request.app.state, connection)
        stored = {row.profile_id: row for row in listed(connection)}
        used = devices_by_profile(connection, visit.principal.tenant_id)
    rows = sorted(profiles.values(), key=lambda one: (one.id not in stored, one.name.casefold()))
    return page.show(
        "device_profiles/profiles.html",
        **frame.values(),
        profiles=rows,
        stored=stored,
        used=used,
        quantities=load_vocabulary().quantities,
    )


@pages.get("/profile/{vendor}/{model}")
def show_profile(page: Here, visit: Editor, vendor: Part, model: Part) -> Response:
    """One profile, with its test bench."""
    return show(page, visit, f"{vendor}/{model}")


@pages.post("/profile/{vendor}/{model}/probe")
def try_profile(
    page: Here,
    visit: Editor,
    vendor: Part,
    model: Part,
    nutzdaten: Annotated[str, Form(max_length=2000)] = "",
    port: Annotated[str, Form(max_length=5)] = "",
    deveui: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Decode what was typed, or the last messages of a device; nothing is stored."""
    profile_id = f"{vendor}/{model}"
    bench: Bench = page.request.app.state.bench
    typed = {"nutzdaten": nutzdaten, "port": port, "deveui": deveui}
    try:
        with visit.town() as town:
            profile = _found(profiles_seen(page.request.app.state, town).get(profile_id))
            frames = (
                last_frames(
                    town,
                    visit.principal.tenant_id,
                    dev_eui(deveui),
                    page.request.app.state.read_message,
                )
                if deveui.strip()
                else [typed_frame(nutzdaten, _port(port))]
            )
    except InputError as error:
        return show(page, visit, profile_id, typed=typed, problem=page.said(error))
    if not frames:
        _ = page.gettext
        problem = _("Von diesem Gerät ist keine Nachricht da.")
        return show(page, visit, profile_id, typed=typed, problem=problem)
    return show(page, visit, profile_id, typed=typed, trials=bench.decode(profile, frames))


@pages.post("/profile/{vendor}/{model}/beispiele")
def run_examples(page: Here, visit: Editor, vendor: Part, model: Part) -> Response:
    """Run the examples of a profile."""
    profile_id = f"{vendor}/{model}"
    with visit.town() as town:
        profile = _found(profiles_seen(page.request.app.state, town).get(profile_id))
    return show(page, visit, profile_id, examples=page.request.app.state.bench.examples(profile))


@pages.post("/profile/{vendor}/{model}/version/{version}")
def use_version(page: Here, visit: Editor, vendor: Part, model: Part, version: Part) -> Response:
    """Let a former version decode again."""
    profile_id = f"{vendor}/{model}"
    with visit.town() as town:
        files = profile_version(town, profile_id, version)
        if files is None:
            raise NotFound("There is no such version.", de="Diese Fassung gibt es nicht.")
        author = Author(town, visit.principal.tenant_id, visit.principal.named)
        profile = read(profile_id, files.profile, files.codec)
        save(author, page.request.app.state.bench, profile)
    return RedirectResponse(f"/profile/{profile_id}", 303)


@pages.post("/profile/{vendor}/{model}/loeschen")
def delete_profile(page: Here, visit: Editor, vendor: Part, model: Part) -> Response:
    """Remove a profile that no device has."""
    profile_id = f"{vendor}/{model}"
    try:
        with visit.town() as town:
            remove_profile(town, profile_id, tenant_id=visit.principal.tenant_id)
    except (Conflict, NotAllowed) as error:
        return show(page, visit, profile_id, problem=page.said(error))
    return RedirectResponse("/profile", 303)


def show(
    page: Page,
    visit: Visit,
    profile_id: str,
    *,
    typed: dict[str, str] | None = None,
    trials: list[Trial] | None = None,
    examples: list[TriedExample] | None = None,
    problem: str = "",
) -> Response:
    """The page of a profile, with what its test bench said."""
    with open_town(visit, page) as (connection, frame):
        profile = _found(profiles_seen(page.request.app.state, connection).get(profile_id))
        stored = next((row for row in listed(connection) if row.profile_id == profile_id), None)
        used = devices_by_profile(connection, visit.principal.tenant_id).get(profile_id, 0)
        versions = profile_versions(connection, profile_id)
    return page.show(
        "device_profiles/profile.html",
        **frame.values(),
        status=422 if problem else 200,
        profile=profile,
        stored=stored,
        own=_is_own(stored, visit),
        used=used,
        versions=versions,
        typed=typed or {},
        trials=trials,
        examples=examples,
        problem=problem,
        path_text=path_text,
        as_json=_as_json,
        quantities=load_vocabulary().quantities,
        units=load_vocabulary().units,
    )


def _is_own(stored: ListedProfile | None, visit: Visit) -> bool:
    return stored is not None and stored.tenant_id == visit.principal.tenant_id


def _found(profile: DeviceProfile | None) -> DeviceProfile:
    if profile is None:
        raise NotFound("There is no such profile.", de="Dieses Profil gibt es nicht.")
    return profile


def _port(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or not 1 <= int(text) <= 255:
        raise InputError(
            "The port lies between 1 and 255.", de="Der Port liegt zwischen 1 und 255."
        )
    return int(text)


def _as_json(fields: object) -> str:
    return orjson.dumps(fields, option=orjson.OPT_INDENT_2).decode()
