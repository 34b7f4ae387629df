"""How the pages of the hub's operator look, and what they work with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Response

from regionhub.access import Visit, people
from regionhub.access.people import LINK_LIFETIME, Link
from regionhub.errors import BadValue, InputError, NotFound
from regionhub.features.solutions import new_town, store
from regionhub.features.solutions.new_town import Hub, TakenFile
from regionhub.features.solutions.pages import READY, catalogue
from regionhub.features.solutions.ready import steps
from regionhub.lines import read_line
from regionhub.registry.broker_access import Access, pushing_source
from regionhub.registry.sources import sources
from regionhub.registry.tenants import Tenant, find_tenant, registered_tenants
from regionhub.solutions import Manifest, Parameter
from regionhub.store.database import Connection
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Page

#: What stands before a parameter's name in the form of the solutions.
PARAMETER = "angabe_"


@dataclass(frozen=True, slots=True)
class Offer:
    """A solution that the town can take."""

    manifest: Manifest
    chosen: bool


def hub_of(page: Page) -> Hub:
    hub: Hub | None = page.request.app.state.hub
    if hub is None:
        raise NotFound("This hub sets up towns at the command line: `regionhub town new`.")
    return hub


def found_town(page: Page, slug: str) -> Tenant:
    with hub_of(page).towns.transaction() as connection:
        town = find_tenant(connection, slug)
    if town is None or town.kind == "region":
        raise NotFound("There is no such town.")
    return town


@contextmanager
def inside(page: Page, visit: Visit, town: Tenant) -> Iterator[Connection]:
    """A connection under the role of the town that is set up, out of that town's share."""
    with hub_of(page).towns.transaction() as connection:
        role = store.role_name(connection, f"t_{town.slug.replace('-', '_')}")
    who = replace(
        visit.principal,
        tenant_id=town.tenant_id,
        tenant_slug=town.slug,
        tenant_name=town.name,
        tenant_kind=town.kind,
        database_role=role,
    )
    with Visit(who, visit.access).town() as connection:
        yield connection


def offered(page: Page, visit: Visit) -> dict[str, Manifest]:
    """The solutions for towns."""
    with visit.access.accounts() as connection:
        known = catalogue(page, connection)
    return {name: each for name, each in known.items() if not each.for_region}


def show_towns(
    page: Page, visit: Visit, *, typed: Mapping[str, Any] | None = None, problem: str = ""
) -> Response:
    hub: Hub | None = page.request.app.state.hub
    towns = []
    if hub is not None:
        with hub.towns.transaction() as connection:
            towns = [each for each in registered_tenants(connection) if each.kind != "region"]
    with open_town(visit, page) as (_connection, frame):
        pass
    empty = dict.fromkeys(("name", "ags", "kurzname", "breite", "laenge"), "")
    return page.show(
        "solutions/operator_towns.html",
        **frame.values(),
        status=422 if problem else 200,
        ready=hub is not None,
        towns=towns,
        typed=typed or {**empty, "teilen": False},
        problem=problem,
    )


def show_town(
    page: Page,
    visit: Visit,
    town: Tenant,
    *,
    follow: str = "",
    typed: Mapping[str, str] | None = None,
    choice: tuple[list[str], dict[str, str]] = ([], {}),
    problem: tuple[str, str] = ("", ""),
    taken: TakenFile | None = None,
) -> Response:
    kept = _kept(page, visit, follow)
    with inside(page, visit, town) as connection, visit.access.accounts() as accounts:
        found = steps(connection, accounts, town.tenant_id)
        staff = people.people(accounts, tenant_id=town.tenant_id)
        networks = sources(connection)
        used = {each.solution for each in store.own_adoptions(connection)}
    with hub_of(page).towns.transaction() as connection:
        pushing = pushing_source(connection, tenant_id=town.tenant_id) is not None
        others = [each for each in registered_tenants(connection) if each.slug != town.slug]
    with open_town(visit, page) as (_connection, frame):
        pass
    known = offered(page, visit)
    open_offers = {name: each for name, each in known.items() if name not in used}
    return page.show(
        "solutions/operator_town.html",
        **frame.values(),
        status=422 if problem[1] else 200,
        town=town,
        steps={step.title: step for step in found},
        left=any(not step.done for step in found),
        ready_states=READY,
        people=[each for each in staff if each.role == "admin"],
        networks=networks,
        pushing=pushing,
        formats=list(hub_of(page).networks),
        used=[each for name, each in known.items() if name in used],
        offers=[
            Offer(each, name in choice[0] or name in kept) for name, each in open_offers.items()
        ],
        parameters=_parameters(open_offers.values(), kept, choice[1]),
        prefix=PARAMETER,
        others=[(each.slug, each.name) for each in others if each.kind != "region"],
        follow=follow,
        typed=typed or {"name": "", "benutzername": ""},
        problem=problem,
        taken=taken,
        days=LINK_LIFETIME.days,
    )


def _kept(page: Page, visit: Visit, follow: str) -> dict[str, dict[str, str]]:
    """The solutions of a town that is followed, with what a new one takes over of them."""
    if not follow:
        return {}
    with inside(page, visit, found_town(page, follow)) as connection:
        adoptions = store.own_adoptions(connection)
    known = offered(page, visit)
    return {
        each.solution: new_town.followed(known[each.solution], each.parameters)
        for each in adoptions
        if each.state != "leaving" and each.solution in known
    }


def _parameters(
    manifests: Iterable[Manifest],
    kept: Mapping[str, Mapping[str, str]],
    typed: Mapping[str, str],
) -> list[tuple[Parameter, str, list[str]]]:
    """What can be said of the solutions, once for all that have it: with its value, and which."""
    found: dict[str, tuple[Parameter, str, list[str]]] = {}
    for each in manifests:
        for one in each.parameters:
            usual = kept.get(each.name, {}).get(one.name) or one.default
            entry = found.setdefault(one.name, (one, typed.get(one.name, usual), []))
            entry[2].append(each.title)
    return list(found.values())


def show_once(
    page: Page,
    visit: Visit,
    town: Tenant,
    *,
    link: Link | None = None,
    person: Mapping[str, str] | None = None,
    access: Access | None = None,
) -> Response:
    """What is shown only once."""
    with open_town(visit, page) as (_connection, frame):
        pass
    return page.show(
        "solutions/operator_shown.html",
        **frame.values(),
        town=town,
        one_time=link,
        address="" if link is None else str(page.request.url.replace(path=link.path, query="")),
        person=person,
        access=access,
    )


def read_text(label: str, written: str) -> str:
    try:
        return read_line(written)
    except BadValue as error:
        raise InputError(f"{label} {error}", de=f"{label} {error.de}.") from None
