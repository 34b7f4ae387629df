"""The tree register (Baumkataster) of a town in the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Query
from pydantic import Field

from regionhub.access import Editor
from regionhub.features.onboarding.register import read_register, take_register
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Answer
from regionhub.web.tables.faults import Fault

routes = router("/tree-register", tag="sites")

File = Annotated[
    bytes,
    Body(
        media_type="application/octet-stream",
        description="CSV, an Excel workbook (.xlsx) or GeoJSON; docs/onboarding.md names the "
        "columns.",
    ),
]


class BadTree(Answer):
    """A row that is not taken."""

    row: int = Field(description="As the spreadsheet counts it; of GeoJSON the feature, from 1.")
    name: str
    problems: list[Fault]


class RegisterResult(Answer):
    """What became, or would become, of a register."""

    written: bool
    new: int
    changed: int
    unchanged: int
    missing: int = Field(description="Trees of the town that are not in the file; they stay.")
    ignored_columns: list[str] = Field(description="Names that mean nothing here.")
    bad: list[BadTree]


@routes.post("")
def import_register(
    content: File,
    visit: Editor,
    dry_run: Annotated[bool, Query(description="Only say what would become of each row.")] = False,
    only_good: Annotated[
        bool, Query(description="Take the good rows over; else one bad row stops all.")
    ] = False,
) -> RegisterResult:
    """Make and update trees from the tree register of the town. Rights: editor.

    A tree is known by its number; what is not said of it stays. None is deleted.
    """
    with visit.town() as town:
        tenant_id = visit.principal.tenant_id
        found = read_register(town, tenant_id, content)
        written = bool(found.good) and not dry_run and (only_good or not found.bad)
        if written:
            take_register(town, tenant_id, found)
    return RegisterResult(
        written=written,
        new=len(found.new),
        changed=len(found.changed),
        unchanged=found.unchanged,
        missing=found.missing,
        ignored_columns=list(found.unknown),
        bad=[BadTree(row=one.number, name=one.name, problems=list(one.faults))
             for one in found.bad],
    )  # fmt: skip
