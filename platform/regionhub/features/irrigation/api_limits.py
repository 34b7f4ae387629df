"""The limits of irrigation in the API: what holds, what a change would do, changing them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from regionhub.access import Admin, Viewer
from regionhub.features.irrigation import limits
from regionhub.features.irrigation.limits import LimitNumbers, LimitVersion, Preview, Scope
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Given, Items
from regionhub.web.api.values import Id, Line

routes = router("/irrigation/limits")

_Percent = Annotated[
    float, Field(gt=0, le=150, multiple_of=0.1, description="Plant-available water (nFK), %.")
]
_Tension = Annotated[
    float, Field(gt=0, le=1500, multiple_of=0.1, description="Soil water tension, kPa.")
]
_NUMBERS = tuple(LimitNumbers.__dataclass_fields__)


class LimitValues(Given):
    """Limits of your town, or of one of its groups; all of them, or none to end own ones."""

    site_group_id: Id | None = Field(default=None, description="Null: the whole town.")
    young: bool = Field(default=False, description="For the first years after planting.")
    wet_nfk_pct: _Percent | None = None
    soon_nfk_pct: _Percent | None = None
    now_nfk_pct: _Percent | None = None
    target_nfk_pct: _Percent | None = Field(
        default=None, description="How far a turn fills the soil, % nFK."
    )
    wet_kpa: _Tension | None = None
    soon_kpa: _Tension | None = None
    now_kpa: _Tension | None = None

    @model_validator(mode="after")
    def _whole(self) -> LimitValues:
        given = [getattr(self, name) is not None for name in _NUMBERS]
        if any(given) and not all(given):
            raise ValueError("give all limits, or none of them")
        return self

    def scope(self, tenant_id: int) -> Scope:
        """For whom they are."""
        return Scope(tenant_id=tenant_id, site_group_id=self.site_group_id, young=self.young)

    def numbers(self) -> LimitNumbers | None:
        """The limits; None ends own ones."""
        values = {name: getattr(self, name) for name in _NUMBERS}
        return None if values["now_nfk_pct"] is None else LimitNumbers(**values)


class NewLimits(LimitValues):
    """Limits, and why."""

    why: Line = Field(description="Kept with the limits, for whoever wonders later.")


@routes.get("")
def list_limits(visit: Viewer) -> Items[LimitVersion]:
    """What holds, for the hub, your town and its groups; then all that held before."""
    with visit.town() as town:
        return Items(items=limits.versions(town, visit.principal.tenant_id))


@routes.post("/preview")
def preview_limits(values: LimitValues, visit: Admin) -> Preview:
    """Which trees and beds would come to another level. Changes nothing. Rights: admin."""
    with visit.town() as town:
        return limits.preview(town, values.scope(visit.principal.tenant_id), values.numbers())


@routes.post("", status_code=201)
def set_limits(values: NewLimits, visit: Admin) -> LimitVersion:
    """A new version; the levels of the sites that it is about follow. Rights: admin."""
    with visit.town() as town:
        return limits.set_limits(
            town,
            values.scope(visit.principal.tenant_id),
            values.numbers(),
            who=visit.principal.named,
            why=values.why,
        )
