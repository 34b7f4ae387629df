"""Sites: trees, beds, gauges, forest stands, road spots."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request

from regionhub.access import Editor, Viewer
from regionhub.errors import NotFound
from regionhub.registry import sites
from regionhub.registry.sites import Site
from regionhub.sites import SiteKind
from regionhub.web.api.paging import page
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Page
from regionhub.web.api.schemas.sites import SiteChanges, SiteValues
from regionhub.web.api.values import After, Id, Limit

routes = router("/sites")


@routes.get("")
def list_sites(
    request: Request,
    visit: Viewer,
    kind: Annotated[SiteKind | None, Query(description="Only sites of this kind.")] = None,
    after: After = 0,
    limit: Limit = 100,
) -> Page[Site]:
    """Sites of your town, and those that others share with it."""
    with visit.town() as town:
        rows = sites.sites(town, kind=kind, after=after, limit=limit + 1)
    return page(request, rows, limit, after="site_id")


@routes.post("", status_code=201)
def create_site(values: SiteValues, visit: Editor) -> Site:
    """Make a site in your town. Rights: editor."""
    with visit.town() as town:
        return sites.create_site(town, visit.principal.tenant_id, values.model_dump())


@routes.get("/{site_id}")
def get_site(site_id: Id, visit: Viewer) -> Site:
    """One site."""
    with visit.town() as town:
        row = sites.site(town, site_id)
    if row is None:
        raise NotFound("There is no such site.")
    return row


@routes.patch("/{site_id}")
def change_site(site_id: Id, changes: SiteChanges, visit: Editor) -> Site:
    """Change what is named; null empties. Rights: editor."""
    with visit.town() as town:
        return sites.update_site(town, site_id, changes.model_dump(exclude_unset=True))
