"""Where readings come from, and the profile versions behind them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from regionhub.access import Viewer
from regionhub.archive import profile_versions, provenance
from regionhub.archive.profile_versions import ProfileFiles, ProfileVersion
from regionhub.archive.provenance import Provenance
from regionhub.errors import NotFound
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items
from regionhub.web.api.values import Id, Time

reading_routes = router("/datastreams", tag="archive")
version_routes = router("/device-profiles", tag="archive")

Part = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,80}$")]


@reading_routes.get("/{datastream_id}/readings/{time}/provenance")
def get_provenance(datastream_id: Id, time: Time, visit: Viewer) -> Provenance:
    """Which bytes and which codec version made a reading, and what it was before.

    `time` is that of the reading, as `/readings` gives it. Of a shared datastream: 403.
    """
    with visit.town() as town:
        return provenance.provenance(town, datastream_id, time)


@version_routes.get("/{vendor}/{model}/versions")
def list_versions(vendor: Part, model: Part, visit: Viewer) -> Items[ProfileVersion]:
    """Versions of a device profile that could decode here, the newest first."""
    with visit.town() as town:
        rows = profile_versions.profile_versions(town, f"{vendor}/{model}")
    if not rows:
        raise NotFound("This profile never decoded here.")
    return Items(items=rows)


@version_routes.get("/{vendor}/{model}/versions/{version}")
def get_version(vendor: Part, model: Part, version: Part, visit: Viewer) -> ProfileFiles:
    """Both files of a version, also years later."""
    with visit.town() as town:
        row = profile_versions.profile_version(town, f"{vendor}/{model}", version)
    if row is None:
        raise NotFound("This version never decoded here.")
    return row
