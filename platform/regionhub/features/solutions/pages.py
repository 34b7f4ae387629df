"""Solutions in the portal: what there is, who uses it, what a town lacks, and adopting it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from regionhub.access import Admin, Viewer, Visit
from regionhub.errors import InputError, NotFound
from regionhub.features.solutions import store
from regionhub.features.solutions.ready import steps
from regionhub.features.solutions.store import OwnAdoption
from regionhub.levels import State, by_code
from regionhub.solutions import Manifest
from regionhub.store.database import Connection
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.texts import mark

STATES = by_code(
    State("problem", "Einrichten stockt", "setting up is stuck", "!", "alarm", 0),
    State("wanted", "wird eingerichtet", "being set up", "…", "water", 1),
    State("leaving", "wird entfernt", "being removed", "…", "water", 2),
    State("applied", "nutzen wir", "in use", "✓", "good", 3),
    State("unused", "nutzen wir nicht", "not in use", "–", "plain", 4),
)
READY = by_code(
    State("open", "offen", "open", "…", "warn", 0),
    State("done", "erledigt", "done", "✓", "good", 1),
)
Kind = Literal["", "sensors", "service"]
Use = Literal["", "ja", "nein"]
KINDS: Mapping[Kind, str] = {
    "sensors": mark("mit Sensoren"),
    "service": mark("ohne Sensoren"),
}
USES: Mapping[Use, str] = {"ja": mark("nutzen wir"), "nein": mark("nutzen wir nicht")}

pages = page_router()


@dataclass(frozen=True, slots=True)
class Card:
    """A solution as a town looks at it."""

    manifest: Manifest
    state: State
    towns: list[str]
    adoption: OwnAdoption | None

    @property
    def used(self) -> bool:
        """Whether the town uses it, or is about to."""
        return self.adoption is not None and self.adoption.state != "leaving"


@pages.get("/loesungen")
def list_page(page: Here, visit: Viewer, art: Kind = "", nutzung: Use = "") -> Response:
    """The catalogue, with a filter."""
    with open_town(visit, page) as (connection, frame):
        own = _own(visit, store.own_adoptions(connection))
    cards = [card for card in _cards(page, visit, own) if not art or card.manifest.kind == art]
    if nutzung:
        cards = [card for card in cards if card.used == (nutzung == "ja")]
    return page.show(
        "solutions/list.html",
        **frame.values(),
        cards=cards,
        kinds=KINDS,
        kind_options=[(value, page.gettext(word)) for value, word in KINDS.items()],
        use_options=[(value, page.gettext(word)) for value, word in USES.items()],
        kind=art,
        use=nutzung,
    )


@pages.get("/loesungen/{name}")
def solution_page(page: Here, visit: Viewer, name: str) -> Response:
    """One solution: what it is, what the town lacks for it, adopting it."""
    return _solution(page, visit, name)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, whose names are parameters of a solution."""
    form = await request.form()
    return {key: value for key, value in form.items() if isinstance(value, str)}


@pages.post("/loesungen/{name}")
def adopt(
    page: Here, visit: Admin, name: str, given: Annotated[dict[str, str], Depends(_form)]
) -> Response:
    """Use it, or use it with other parameters."""
    return _adopt(page, visit, name, given)


@pages.post("/loesungen/{name}/beenden")
def leave(page: Here, visit: Admin, name: str) -> Response:
    """Use it no more."""
    manifest = _manifest(page, visit, name)
    tenant_id, by = visit.principal.tenant_id, visit.principal.display_name
    with visit.town() as connection:
        if manifest.kind == "service":
            store.forget_adoption(connection, tenant_id, name)
        else:
            store.leave(connection, tenant_id, name, by=by)
    return RedirectResponse(f"/loesungen/{name}", 303)


@pages.get("/startklar")
def ready_page(page: Here, visit: Viewer) -> Response:
    """What the town has and what it lacks."""
    with (
        open_town(visit, page) as (connection, frame),
        visit.access.accounts() as accounts,
    ):
        found = steps(connection, accounts, visit.principal.tenant_id)
    return page.show(
        "solutions/ready.html",
        **frame.values(),
        steps=found,
        left=any(not step.done for step in found),
        ready_states=READY,
    )


def _adopt(page: Page, visit: Visit, name: str, given: Mapping[str, str]) -> Response:
    manifest = _manifest(page, visit, name)
    tenant_id, by = visit.principal.tenant_id, visit.principal.display_name
    try:
        parameters = manifest.read_parameters(dict(given))
    except InputError as error:
        return _solution(page, visit, name, given=given, problem=error.detail)
    with visit.town() as connection:
        store.want(connection, tenant_id, name, parameters, by=by)
        if manifest.kind == "service":
            store.mark_applied(connection, tenant_id, name, manifest.version)
    return RedirectResponse(f"/loesungen/{name}", 303)


def _solution(
    page: Page,
    visit: Visit,
    name: str,
    *,
    given: Mapping[str, str] | None = None,
    problem: str | None = None,
) -> Response:
    manifest = _manifest(page, visit, name)
    with open_town(visit, page) as (connection, frame):
        own = _own(visit, store.own_adoptions(connection))
        lacks = store.missing(connection, manifest)
    [card] = [each for each in _cards(page, visit, own) if each.manifest.name == name]
    kept = manifest.completed(card.adoption.parameters if card.adoption else {})
    return page.show(
        "solutions/solution.html",
        **frame.values(),
        status=422 if problem else 200,
        card=card,
        lacks=lacks,
        values={**kept, **(given or {})},
        problem=problem,
        kinds=KINDS,
    )


def _manifest(page: Page, visit: Visit, name: str) -> Manifest:
    with visit.access.accounts() as connection:
        found = catalogue(page, connection).get(name)
    if found is None:
        raise NotFound("There is no such solution.")
    return found


def catalogue(page: Page, connection: Connection) -> dict[str, Manifest]:
    """Ours, and those of other hubs."""
    return {**page.request.app.state.solutions, **store.imported_manifests(connection)}


def _own(visit: Visit, adoptions: list[OwnAdoption]) -> dict[str, OwnAdoption]:
    tenant_id = visit.principal.tenant_id
    return {each.solution: each for each in adoptions if each.tenant_id == tenant_id}


def _cards(page: Page, visit: Visit, own: Mapping[str, OwnAdoption]) -> list[Card]:
    with visit.access.accounts() as connection:
        used = store.uses(connection)
        known = catalogue(page, connection)
    return [
        Card(manifest, _state(own.get(name)), used.get(name, []), own.get(name))
        for name, manifest in known.items()
    ]


def _state(adoption: OwnAdoption | None) -> State:
    if adoption is None:
        return STATES["unused"]
    return STATES["problem" if adoption.problem else adoption.state]
