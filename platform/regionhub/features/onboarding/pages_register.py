"""The tree register (Baumkataster) in the portal."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Query, Response, UploadFile
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Visit
from regionhub.errors import InputError
from regionhub.features.onboarding.pages import SHOWN_ROWS, open_place
from regionhub.features.onboarding.register import Register, read_register, take_register
from regionhub.features.onboarding.register_columns import FIELDS
from regionhub.features.onboarding.register_files import MOST_BYTES, keep_file, take_file
from regionhub.registry.trees import RegisterTree
from regionhub.web.api.values import Whole
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router

pages = page_router()

PATH = "/anlegen/baumkataster"
#: Rows with faults that the page shows; a file with another meaning of a column has thousands.
_SHOWN_FAULTS = 200
Count = Annotated[Whole, Query(ge=0, le=100_000)]


@pages.get(PATH)
def begin(page: Here, visit: Editor, neu: Count | None = None, geaendert: Count = 0) -> Response:
    """Where a register is chosen; after one with what was taken over."""
    return _begin(page, visit, done=None if neu is None else (neu, geaendert))


@pages.post(PATH)
def look_at(page: Here, visit: Editor, datei: UploadFile | None = None) -> Response:
    """Say what would become of each row of a register."""
    content = b"" if datei is None else datei.file.read(MOST_BYTES + 1)
    name = "" if datei is None else (datei.filename or "")[:120]
    try:
        _check_size(content)
        with open_place(visit, page) as (town, frame):
            found = read_register(town.connection, town.tenant_id, content)
            digest = keep_file(town.connection, town.tenant_id, content, name=name, by=town.who)
    except InputError as error:
        return _begin(page, visit, problem=page.said(error))
    return page.show(
        "onboarding/register_file.html",
        **frame.values(),
        status=200 if found.good else 422,
        name=name,
        digest=digest,
        found=found,
        bad=found.bad[:_SHOWN_FAULTS],
        examples=_examples(found),
    )


def _examples(found: Register) -> list[tuple[RegisterTree, RegisterTree, bool]]:
    """Trees, what each was, and whether it is there; those that change come first."""
    changed = [(one.tree, one.former, True) for one in found.changed]
    return [*changed, *((one, RegisterTree(name=""), False) for one in found.new)][:SHOWN_ROWS]


@pages.post(PATH + "/ja")
def take(page: Here, visit: Editor, datei: Annotated[str, Form(max_length=64)] = "") -> Response:
    """Take over the good rows of a register that was looked at."""
    try:
        with open_place(visit, page) as (town, _frame):
            content = take_file(town.connection, town.tenant_id, datei)
            found = read_register(town.connection, town.tenant_id, content)
            take_register(town.connection, town.tenant_id, found)
    except InputError as error:
        return _begin(page, visit, problem=page.said(error))
    done = f"neu={len(found.new)}&geaendert={len(found.changed)}"
    return RedirectResponse(f"{PATH}?{done}", 303)


def _check_size(content: bytes) -> None:
    if not content:
        raise InputError("Choose a file.", de="Wählen Sie eine Datei aus.")
    if len(content) > MOST_BYTES:
        raise InputError(
            f"The file is larger than {MOST_BYTES // 1_000_000} MB: split it.",
            de=f"Die Datei ist größer als {MOST_BYTES // 1_000_000} MB: teilen Sie sie auf.",
        )


def _begin(
    page: Page, visit: Visit, *, problem: str = "", done: tuple[int, int] | None = None
) -> Response:
    with open_town(visit, page) as (_connection, frame):
        pass
    return page.show(
        "onboarding/register.html",
        **frame.values(),
        status=422 if problem else 200,
        fields=FIELDS,
        most=MOST_BYTES,
        problem=problem,
        done=done,
    )
