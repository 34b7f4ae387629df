"""The river in the API: which gauge lies above which, and how long water takes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from regionhub.access import Admin, Viewer
from regionhub.features.gauges.river import links
from regionhub.features.gauges.river.links import GaugeLink, LinkChange, Upstream
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Given, Items
from regionhub.web.api.values import Id

routes = router("/gauge-links", tag="gauges")


class TravelTime(Given):
    """How long water takes between two gauges."""

    travel_minutes: Annotated[float, Field(ge=0, le=14_400, allow_inf_nan=False)] | None = Field(
        default=None, description="Holds before what the data say; null: what they say."
    )


@routes.get("")
def list_links(visit: Viewer) -> Items[GaugeLink]:
    """Each gauge with the next ones above it, by the name of the lower one."""
    with visit.town() as town:
        return Items(items=links.links(town))


@routes.get("/{site_id}/upstream")
def list_upstream(site_id: Id, visit: Viewer) -> Items[Upstream]:
    """All gauges above one that you see, also those of other towns, the nearest first."""
    with visit.town() as town:
        return Items(items=links.upstream(town, site_id))


@routes.get("/{site_id}/changes")
def list_changes(site_id: Id, visit: Viewer) -> Items[LinkChange]:
    """Who entered, corrected and removed links of a gauge, the last first."""
    with visit.town() as town:
        return Items(items=links.link_changes(town, site_id))


@routes.put("/{site_id}/{upstream_site_id}")
def put_link(site_id: Id, upstream_site_id: Id, travel: TravelTime, visit: Admin) -> GaugeLink:
    """Say that a gauge lies above one of yours, or correct the travel time. Rights: admin."""
    with visit.town() as town:
        return links.put_link(
            town,
            site_id,
            upstream_site_id,
            minutes=travel.travel_minutes,
            by=visit.principal.named,
        )


@routes.delete("/{site_id}/{upstream_site_id}", status_code=204)
def remove_link(site_id: Id, upstream_site_id: Id, visit: Admin) -> None:
    """Take a link away; that it was there stays in its changes. Rights: admin."""
    with visit.town() as town:
        links.remove_link(town, site_id, upstream_site_id, by=visit.principal.named)
