"""What all pages have in common."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Depends
from fastapi.exceptions import RequestValidationError

from regionhub.web.api.routing import Router, refuse_unknown_parameters


def page_router() -> Router:
    """A router for pages. A parameter that a page does not know is refused, as in the API.

    Values are refused where a parameter has a type, such as a `Literal`; what can be chosen only
    the database knows for some, see `one_of`.
    """
    return Router(include_in_schema=False, dependencies=[Depends(refuse_unknown_parameters)])


def one_of(name: str, value: str, known: Iterable[str]) -> None:
    """Refuse a value of a parameter that is neither known nor empty.

    Raises:
        RequestValidationError: a page never shows something else than was asked for.
    """
    if value and value not in known:
        raise RequestValidationError([{"loc": ("query", name), "msg": "unknown value"}])
