"""A file of sites and devices, in the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Body, Query, Request
from pydantic import Field

from regionhub.access import Editor
from regionhub.archive.runs import BY_API
from regionhub.features.onboarding.drafts import Usual
from regionhub.features.onboarding.files import import_file
from regionhub.features.onboarding.load import Registered, Town
from regionhub.features.onboarding.servers.register import Outcome, Reach, register_devices
from regionhub.features.onboarding.servers.settings import server_named
from regionhub.sites import SiteKind
from regionhub.web.api.registration import profiles_seen
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Answer
from regionhub.web.api.values import Line, Word
from regionhub.web.tables.faults import Fault

routes = router("/imports", tag="devices")

File = Annotated[
    bytes,
    Body(
        media_type="application/octet-stream",
        description="CSV or an Excel workbook (.xlsx); docs/onboarding.md names the columns.",
    ),
]


class ImportedRow(Answer):
    """What became, or would become, of a row."""

    row: int = Field(description="As the spreadsheet counts it, from 1.")
    site_id: int | None = Field(description="Null in a dry run.")
    site: str | None = Field(description="Its name.")
    new_site: bool
    device_id: int | None = Field(description="Null in a dry run.")
    dev_eui: str | None
    registered_at_server: bool | None = Field(
        description="At the network server; null where it was not asked. "
        "GET /devices/{device_id}/registration says what is wrong."
    )
    problems: list[Fault]


class ImportResult(Answer):
    """What became, or would become, of a file."""

    written: bool
    good: int
    bad: int
    ignored_columns: list[str] = Field(description="Names that mean nothing here.")
    secret_columns: list[str] = Field(description="Columns of keys that were not read.")
    rows: list[ImportedRow]


@routes.post("")
def import_devices(
    content: File,
    request: Request,
    visit: Editor,
    dry_run: Annotated[bool, Query(description="Only say what would become of each row.")] = False,
    only_good: Annotated[
        bool, Query(description="Register the good rows; else one bad row stops all.")
    ] = False,
    profile_id: Annotated[Word | None, Query(description="For rows that name no model.")] = None,
    kind: Annotated[
        SiteKind | None, Query(description="Of new sites whose row does not say it.")
    ] = None,
    server: Annotated[
        Line | None,
        Query(
            description="Name of a source at whose network server the devices are registered too; "
            "each row needs an AppKey then, which is passed on and never kept."
        ),
    ] = None,
) -> ImportResult:
    """Register the sites and devices of a file. Rights: editor.

    Nothing is written while a row is bad, unless `only_good`. A site that is there already is used
    and never changed. Messages that waited for a device are processed. What a network server says
    costs no device.
    """
    principal = visit.principal
    with visit.town() as town:
        asked = None if server is None else server_named(town, principal.tenant_id, server)
        found = import_file(
            Town(
                connection=town,
                tenant_id=principal.tenant_id,
                profiles=profiles_seen(request.app.state, town),
                who=principal.named,
                why=BY_API,
            ),
            content,
            Usual(profile_id=profile_id, kind=kind, join=server is not None),
            dry_run=dry_run,
            only_good=only_good,
        )
    loaded = found.loaded
    outcomes: dict[int, Outcome] = {}
    if asked and loaded.wanted:
        reach: Reach = request.app.state.reach
        tried = register_devices(visit.town, asked, loaded.wanted, reach, by=principal.named)
        outcomes = {one.device_id: one for one in tried}
    return ImportResult(
        written=loaded.written,
        good=len(loaded.good),
        bad=len(loaded.bad),
        ignored_columns=list(found.columns.unknown),
        secret_columns=list(found.columns.secret),
        rows=[_row(row, outcomes, written=loaded.written) for row in loaded.rows],
    )


def _row(row: Registered, outcomes: Mapping[int, Outcome], *, written: bool) -> ImportedRow:
    site, device = row.site, row.device
    outcome = outcomes.get(device.device_id) if device else None
    return ImportedRow(
        row=row.number,
        site_id=site.site_id if site and written else None,
        site=site.name if site else None,
        new_site=row.new_site,
        device_id=device.device_id if device and written else None,
        dev_eui=device.dev_eui if device else None,
        registered_at_server=None if outcome is None else outcome.problem is None,
        problems=list(row.faults),
    )
