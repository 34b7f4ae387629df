"""Writing a profile in the portal: new, as a copy, out of somebody else's codec, or changed."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Query, Response
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Visit
from regionhub.errors import InputError, NotAllowed, NotFound
from regionhub.features.device_profiles.bench import Written
from regionhub.features.device_profiles.pages import Part
from regionhub.features.device_profiles.saving import Author, read, save
from regionhub.features.device_profiles.store import own_slug
from regionhub.profiles.skeleton import skeleton
from regionhub.store.database import Connection
from regionhub.web.api.registration import profiles_seen
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router

pages = page_router()

Model = Annotated[str, Form(max_length=80)]
#: The profile that is copied.
Origin = Annotated[str, Query(pattern=r"^([a-z0-9-]{1,80}/[a-z0-9-]{1,80})?$")]
#: Longer ones are no codecs; a form has at most a megabyte.
Text = Annotated[str, Form(max_length=450_000)]


@pages.get("/profile/neu")
def new_profile(page: Here, visit: Editor, von: Origin = "") -> Response:
    """A new profile: a skeleton, or a copy of one."""
    with visit.town() as town:
        source = profiles_seen(page.request.app.state, town).get(von)
        slug = own_slug(town, visit.principal.tenant_id)
    if von and source is None:
        raise NotFound("There is no such profile.", de="Dieses Profil gibt es nicht.")
    if source is None:
        text, codec = skeleton(f"{slug}/sensor")
        return _form(page, visit, "", Written(text=text, codec=codec))
    return _form(page, visit, von.partition("/")[2], Written(text=source.text, codec=source.codec))


@pages.post("/profile/neu")
def save_new(
    page: Here, visit: Editor, modell: Model = "", text: Text = "", codec: Text = ""
) -> Response:
    """Save a new profile, if its examples are right."""
    return _save(page, visit, modell, Written(text=text, codec=codec), new=True)


@pages.post("/profile/neu/fremd")
def take_over(
    page: Here, visit: Editor, modell: Model = "", codec: Text = "", beispiele: Text = ""
) -> Response:
    """Make a profile of somebody else's codec; it is shown to be checked, and not saved yet."""
    bench = page.request.app.state.bench
    try:
        with visit.town() as town:
            profile_id = _author(town, visit).profile_id(modell)
        written = bench.foreign(profile_id, modell.strip(), codec, beispiele)
    except InputError as error:
        return _form(page, visit, modell, Written(text="", codec=codec), problem=error)
    return _form(page, visit, modell, written)


@pages.get("/profile/{vendor}/{model}/aendern")
def edit_profile(page: Here, visit: Editor, vendor: Part, model: Part) -> Response:
    """A profile of the town's own, to be changed."""
    with visit.town() as town:
        profile = profiles_seen(page.request.app.state, town).get(f"{vendor}/{model}")
        own = own_slug(town, visit.principal.tenant_id) == vendor
    if profile is None or not own:
        raise NotFound(
            "There is no such profile of yours.", de="Ein solches Profil haben Sie nicht."
        )
    written = Written(text=profile.text, codec=profile.codec)
    return _form(page, visit, model, written, profile_id=profile.id)


@pages.post("/profile/{vendor}/{model}/aendern")
def save_profile(
    page: Here, visit: Editor, vendor: Part, model: Part, text: Text = "", codec: Text = ""
) -> Response:
    """Save a profile as its next version, if its examples are right."""
    with visit.town() as town:
        if own_slug(town, visit.principal.tenant_id) != vendor:
            raise NotFound(
                "There is no such profile of yours.", de="Ein solches Profil haben Sie nicht."
            )
    return _save(page, visit, model, Written(text=text, codec=codec), new=False)


def _save(page: Page, visit: Visit, model: str, written: Written, *, new: bool) -> Response:
    profile_id = ""
    try:
        with visit.town() as town:
            author = _author(town, visit)
            profile_id = author.profile_id(model)
            if new:
                author.check_free(profile_id, profiles_seen(page.request.app.state, town))
            save(
                author, page.request.app.state.bench, read(profile_id, written.text, written.codec)
            )
    except (InputError, NotAllowed) as error:
        kept = "" if new else profile_id
        return _form(page, visit, model, written, problem=error, profile_id=kept)
    return RedirectResponse(f"/profile/{profile_id}", 303)


def _author(town: Connection, visit: Visit) -> Author:
    return Author(town, visit.principal.tenant_id, visit.principal.named)


def _form(
    page: Page,
    visit: Visit,
    model: str,
    written: Written,
    *,
    profile_id: str = "",
    problem: InputError | NotAllowed | None = None,
) -> Response:
    with open_town(visit, page) as (connection, frame):
        slug = own_slug(connection, visit.principal.tenant_id)
    said = ""
    if problem is not None:
        said = (problem.de if page.language == "de" else None) or problem.detail
    return page.show(
        "device_profiles/edit.html",
        **frame.values(),
        status=422 if problem else 200,
        model=model,
        slug=slug,
        written=written,
        profile_id=profile_id,
        problem=said,
    )
