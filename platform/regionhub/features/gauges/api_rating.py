"""Rating curves in the API."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from regionhub.access import Editor, Viewer
from regionhub.features.gauges.rating import curves
from regionhub.features.gauges.rating.curves import MOST_POINTS, NewCurve, RatingCurve
from regionhub.features.gauges.rating.table import read_points
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Given, Items
from regionhub.web.api.values import Id, Line, Number, Text, Time

routes = router("/gauges")


class CurvePoint(Given):
    """One point of a curve."""

    level_cm: Number
    discharge_m3s: Number


class GivenCurve(Given):
    """A rating curve; its points as a list, or as the lines of a table."""

    points: Annotated[list[CurvePoint], Field(max_length=MOST_POINTS)] = Field(default=[])
    csv: Text = Field(
        default="", description="Instead of points: level in cm;discharge in m³/s on each line."
    )
    zero_flow_cm: Number | None = Field(
        default=None,
        description="Level at which nothing flows: makes the curve a power law between its points.",
    )
    from_time: Time | None = Field(default=None, description="Since when it holds; null: now.")
    source: Line | None = Field(default=None, description="Who measured it.")
    why: Line | None = Field(
        default=None, description="Needed where it corrects a time that another curve held for."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.points) == bool(self.csv):
            raise ValueError("needs points or csv")
        return self


@routes.get("/{site_id}/rating-curves")
def list_curves(site_id: Id, visit: Viewer) -> Items[RatingCurve]:
    """Rating curves of a gauge, the newest first."""
    with visit.town() as town:
        return Items(items=curves.rating_curves(town, site_id))


@routes.post("/{site_id}/rating-curves", status_code=201)
def enter_curve(site_id: Id, given: GivenCurve, visit: Editor) -> RatingCurve:
    """Enter a rating curve; the one that held until then ends. Rights: editor."""
    points = [(point.level_cm, point.discharge_m3s) for point in given.points]
    new = NewCurve(
        points=points or read_points(given.csv),
        zero_flow_cm=given.zero_flow_cm,
        from_time=given.from_time,
        source=given.source,
        why=given.why,
    )
    with visit.town() as town:
        return curves.enter_curve(town, site_id, new, by=visit.principal.named)


@routes.delete("/{site_id}/rating-curves/{curve_id}", status_code=204)
def remove_curve(site_id: Id, curve_id: Id, visit: Editor) -> None:
    """Take a rating curve away. Rights: editor."""
    with visit.town() as town:
        curves.remove_curve(town, site_id, curve_id)
