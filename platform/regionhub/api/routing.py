"""What all routers of the API have in common."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from regionhub.api.errors import Problem

PREFIX = "/api/v1"


def router(noun: str, *, tag: str | None = None) -> APIRouter:
    """Return a router for one noun; the whole path is in its routes, where the metrics read it."""
    return APIRouter(
        prefix=PREFIX + noun,
        tags=[tag or noun.strip("/").split("/")[0]],
        dependencies=[Depends(refuse_unknown_parameters)],
        responses={"default": {"model": Problem, "description": "Every error."}},
    )


def refuse_unknown_parameters(request: Request) -> None:
    """Refuse parameters that this address does not know, or that are given twice.

    A typo in `from` must not silently give another period.
    """
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    known = _parameters(route.dependant)
    given = [name for name, _ in request.query_params.multi_items()]
    wrong = [
        {
            "loc": ("query", name),
            "msg": f"unknown parameter (known: {', '.join(sorted(known)) or 'none'})",
        }
        for name in sorted(set(given) - known)
    ] + [
        {"loc": ("query", name), "msg": "given more than once"}
        for name in sorted(known)
        if given.count(name) > 1
    ]
    if wrong:
        raise RequestValidationError(wrong)


def _parameters(dependant: Dependant) -> set[str]:
    own = {field.alias for field in dependant.query_params}
    return own.union(*(_parameters(part) for part in dependant.dependencies))
