"""Zero and stages of gauges over time."""

from __future__ import annotations

from fastapi.exceptions import RequestValidationError

from regionhub.access import Editor, Viewer
from regionhub.registry import references
from regionhub.registry.references import GaugeReference, ReferenceCorrection
from regionhub.registry.sites import required_site
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items
from regionhub.web.api.schemas.sites import ReferenceChanges
from regionhub.web.api.values import Id

routes = router("/sites")


@routes.get("/{site_id}/references")
def list_references(site_id: Id, visit: Viewer) -> Items[GaugeReference]:
    """Gauge zero and stages, and from when to when they held, the newest first."""
    with visit.town() as town:
        required_site(town, site_id)
        return Items(items=references.gauge_references(town, site_id))


@routes.get("/{site_id}/reference-corrections")
def list_corrections(site_id: Id, visit: Viewer) -> Items[ReferenceCorrection]:
    """What zero and stages of the past were before somebody corrected them."""
    with visit.town() as town:
        required_site(town, site_id)
        return Items(items=references.reference_corrections(town, site_id))


@routes.patch("/{site_id}/references")
def correct_references(
    site_id: Id, changes: ReferenceChanges, visit: Editor
) -> Items[GaugeReference]:
    """Put right gauge zero or stages of a time in the past; needs a reason. Rights: editor.

    A change of the site holds from now on. This one is for what was wrong: levels above sea level,
    stages and what is decided from them follow for that time; what it was before is kept.
    """
    values = changes.model_dump(exclude_unset=True)
    start, end, why = (values.pop(name, None) for name in ("from_time", "to_time", "why"))
    if not why:
        raise RequestValidationError([{"loc": ("body", "why"), "msg": "must say why"}])
    with visit.town() as town:
        return Items(
            items=references.correct_references(
                town, site_id, values, start=start, end=end, by=visit.principal.named, why=why
            )
        )
