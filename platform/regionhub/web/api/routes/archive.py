"""The archive: replays, dead letters that get fixed, where readings come from, what was removed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Request

from regionhub.access import Editor, Viewer
from regionhub.archive import provenance
from regionhub.errors import NotFound
from regionhub.web.api.paging import page
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.archive import (
    LetterAccount,
    LetterGroup,
    NewReplay,
    ProfileFiles,
    ProfileVersion,
    Provenance,
    Removal,
    Replay,
    Retention,
)
from regionhub.web.api.schemas.base import Items, Page
from regionhub.web.api.values import Id, Limit, Time, Word

replay_routes = router("/replays", tag="archive")
group_routes = router("/dead-letter-groups", tag="archive")
account_routes = router("/dead-letter-accounts", tag="archive")
removal_routes = router("/removals", tag="archive")
retention_routes = router("/retention", tag="archive")
reading_routes = router("/datastreams", tag="archive")
version_routes = router("/device-profiles", tag="archive")

_UPLINK = (
    *("uplink_id", "source_id", "source_name", "dev_eui", "time_source", "received_at", "event_id"),
    *("payload_hex", "f_port", "f_cnt", "dev_addr", "confirmed", "sf", "bw_hz", "frequency_hz"),
    *("dr", "gateways", "rssi", "snr", "receptions"),
)
Part = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,80}$")]


@replay_routes.get("", response_model=Page[Replay])
def list_replays(
    request: Request,
    visit: Viewer,
    before: Annotated[Id | None, Query(description="Older than this id; see `next`.")] = None,
    limit: Limit = 50,
) -> Any:
    """What was worked on again, the newest first: who, when, why, and what became of it."""
    with visit.town() as town:
        rows = provenance.runs(town, before=before, limit=limit + 1)
    return page(request, rows, limit, before="replay_id")


@replay_routes.post("", status_code=201, response_model=Replay)
def request_replay(new: NewReplay, visit: Editor) -> Any:
    """Process waiting dead letters of your town again; begins within seconds. Rights: editor."""
    principal = visit.principal
    with visit.town() as town:
        return provenance.request_run(
            town,
            tenant_id=principal.tenant_id,
            requested_by=principal.login or principal.display_name,
            why=new.why,
            letter_reason=new.reason,
            dev_eui=new.dev_eui,
            source_id=new.source_id,
        )


@replay_routes.get("/{replay_id}", response_model=Replay)
def get_replay(replay_id: Id, visit: Viewer) -> Any:
    """One replay, also while it runs."""
    with visit.town() as town:
        rows = provenance.runs(town, replay_id=replay_id)
    if not rows:
        raise NotFound("There is no such replay.")
    return rows[0]


@group_routes.get("", response_model=Items[LetterGroup])
def list_groups(
    visit: Viewer,
    reason: Annotated[Word | None, Query(description="Only with this reason.")] = None,
    limit: Limit = 200,
) -> Any:
    """Waiting dead letters by reason and device, each with an example; the latest first."""
    with visit.town() as town:
        rows = provenance.letter_groups(town, reason=reason, limit=limit)
    for row in rows:
        row["body_text"] = bytes(row.pop("body")).decode("utf-8", "replace")
    return {"items": rows}


@account_routes.get("", response_model=Items[LetterAccount])
def list_accounts(visit: Viewer) -> Any:
    """Where every message is that could not pass, by source."""
    with visit.town() as town:
        return {"items": provenance.letter_accounts(town)}


@removal_routes.get("", response_model=Page[Removal])
def list_removals(
    request: Request,
    visit: Viewer,
    before: Annotated[Id | None, Query(description="Older than this id; see `next`.")] = None,
    limit: Limit = 50,
) -> Any:
    """What retention removed, the last first."""
    with visit.town() as town:
        rows = provenance.removals(town, before=before, limit=limit + 1)
    return page(request, rows, limit, before="removal_id")


@retention_routes.get("", response_model=Items[Retention])
def list_retention(visit: Viewer) -> Any:
    """How long your town keeps what."""
    with visit.town() as town:
        return {"items": provenance.kept_for(town)}


@reading_routes.get("/{datastream_id}/readings/{time}/provenance", response_model=Provenance)
def get_provenance(datastream_id: Id, time: Time, visit: Viewer) -> Any:
    """Which bytes and which codec version made a reading, and what it was before.

    `time` is that of the reading, as `/readings` gives it. Of a shared datastream: 403.
    """
    with visit.town() as town:
        row = provenance.provenance(town, datastream_id, time)
    uplink = None
    if row["uplink_id"] is not None:
        uplink = {name: row[name] for name in _UPLINK} | {"time": row["uplink_time"]}
    return {**row, "uplink": uplink}


@version_routes.get("/{vendor}/{model}/versions", response_model=Items[ProfileVersion])
def list_versions(vendor: Part, model: Part, visit: Viewer) -> Any:
    """Versions of a device profile that could decode here, the newest first."""
    with visit.town() as town:
        rows = provenance.profile_versions(town, f"{vendor}/{model}")
    if not rows:
        raise NotFound("This profile never decoded here.")
    return {"items": rows}


@version_routes.get("/{vendor}/{model}/versions/{version}", response_model=ProfileFiles)
def get_version(vendor: Part, model: Part, version: Part, visit: Viewer) -> Any:
    """Both files of a version, also years later."""
    with visit.town() as town:
        row = provenance.profile_version(town, f"{vendor}/{model}", version)
    if row is None:
        raise NotFound("This version never decoded here.")
    return row
