"""A profile without a codec: fields that the network server decoded, confirmed one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Visit
from regionhub.errors import InputError, NotAllowed
from regionhub.features.device_profiles.bench import Bench, Suggestion
from regionhub.features.device_profiles.payloads import dev_eui
from regionhub.features.device_profiles.saving import Author, read, save
from regionhub.features.device_profiles.store import own_slug, waiting_frames
from regionhub.quantities import load_vocabulary
from regionhub.store.database import Connection
from regionhub.uplinks import Uplink
from regionhub.web.api.registration import profiles_seen
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router

pages = page_router()


async def _posted(request: Request) -> dict[str, str]:
    form = await request.form(max_fields=1000)
    return {name: value[:300] for name, value in form.items() if isinstance(value, str)}


Posted = Annotated[dict[str, str], Depends(_posted)]


@pages.get("/profile/zuordnen")
def mapping_form(page: Here, visit: Editor, deveui: str = "") -> Response:
    """The fields of a device that sends, what each may be, and its last value."""
    return _show(page, visit, {"deveui": deveui[:60]})


@pages.post("/profile/zuordnen")
def save_mapping(page: Here, visit: Editor, typed: Posted) -> Response:
    """Save what was confirmed as a profile."""
    bench: Bench = page.request.app.state.bench
    try:
        with visit.town() as town:
            author = Author(town, visit.principal.tenant_id, visit.principal.named)
            profile_id = author.profile_id(typed.get("modell", ""))
            author.check_free(profile_id, profiles_seen(page.request.app.state, town))
            uplinks = _uplinks(page, visit, town, typed.get("deveui", ""))
            chosen = _confirmed(bench.suggest(uplinks), typed)
            written = bench.mapped(profile_id, typed.get("modell", "").strip(), chosen, uplinks)
            save(author, bench, read(profile_id, written.text, written.codec))
    except (InputError, NotAllowed) as error:
        said = page.said(error)
        return _show(page, visit, typed, problem=said)
    return RedirectResponse(f"/profile/{profile_id}", 303)


def _confirmed(suggested: Sequence[Suggestion], typed: Mapping[str, str]) -> list[Suggestion]:
    """The fields for which a quantity was chosen; those of one quantity keep their names."""
    found: list[Suggestion] = []
    for number, one in enumerate(suggested):
        quantity, unit = typed.get(f"q{number}", ""), typed.get(f"u{number}", "").strip()
        if typed.get(f"f{number}") != one.field or not quantity:
            continue
        if (unit, quantity) not in load_vocabulary().conversions:
            raise InputError(
                f"{one.field}: {unit or 'no unit'} is no unit of {quantity}.",
                de=f"{one.field}: „{unit}“ ist keine Einheit dieser Größe.",
            )
        position = typed.get(f"p{number}", "").strip()
        found.append(replace(one, quantity=quantity, unit=unit, position=position))
    if not found:
        raise InputError(
            "Choose a quantity for at least one field.",
            de="Wählen Sie für mindestens ein Feld, was es ist.",
        )
    return found


def _uplinks(page: Page, visit: Visit, town: Connection, typed: str) -> list[Uplink]:
    read_message = page.request.app.state.read_message
    frames = waiting_frames(town, visit.principal.tenant_id, dev_eui(typed), read_message)
    decoded = [uplink for uplink in frames if uplink.decoded]
    if not decoded:
        raise InputError(
            "No message of this device waits that its network server decoded: let it send once "
            "more, and look there at the codec of the device.",
            de="Es wartet keine Nachricht dieses Geräts, die sein Netzwerkserver decodiert hat: "
            "lassen Sie es noch einmal senden, und prüfen Sie dort den Decoder des Geräts.",
        )
    return decoded


def _show(page: Page, visit: Visit, typed: Mapping[str, str], problem: str = "") -> Response:
    suggested: list[Suggestion] = []
    with open_town(visit, page) as (connection, frame):
        slug = own_slug(connection, visit.principal.tenant_id)
        if typed.get("deveui"):
            try:
                uplinks = _uplinks(page, visit, connection, typed["deveui"])
                suggested = page.request.app.state.bench.suggest(uplinks)
            except InputError as error:
                problem = problem or page.said(error)
    vocabulary = load_vocabulary()
    units: dict[str, list[str]] = {}
    for unit, quantity in vocabulary.conversions:
        units.setdefault(quantity, []).append(unit)
    return page.show(
        "device_profiles/mapping.html",
        **frame.values(),
        status=422 if problem else 200,
        slug=slug,
        typed=typed,
        suggested=suggested,
        problem=problem,
        quantities=vocabulary.quantities,
        units=sorted({unit for each in units.values() for unit in each}),
    )
