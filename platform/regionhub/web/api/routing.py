"""What all routers of the API have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args, get_origin

from fastapi import APIRouter, Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from regionhub.web.api.errors import Problem

PREFIX = "/api/v1"


class Router(APIRouter):
    """A router that makes its routes when somebody asks for them.

    To make one takes milliseconds, and hundreds are declared: only processes that serve need them.
    """

    def __init__(self, **options: Any) -> None:
        """Options are those of `APIRouter`."""
        self._declared: list[tuple[str, Callable[..., Any], dict[str, Any]]] = []
        super().__init__(**options)

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Declare a route."""
        self._declared.append((path, endpoint, options))

    @property
    def routes(self) -> list[BaseRoute]:
        """All routes, in the order in which they were declared."""
        declared, self._declared = self._declared, []
        for path, endpoint, options in declared:
            super().add_api_route(path, endpoint, **options)
        return self._made

    @routes.setter
    def routes(self, made: list[BaseRoute]) -> None:
        self._made = made


def router(noun: str, *, tag: str | None = None) -> Router:
    """Return a router for one noun; the whole path is in its routes, where the metrics read it."""
    return Router(
        prefix=PREFIX + noun,
        tags=[tag or noun.strip("/").split("/")[0]],
        dependencies=[Depends(refuse_unknown_parameters)],
        responses={"default": {"model": Problem, "description": "Every error."}},
    )


def refuse_unknown_parameters(request: Request) -> None:
    """Refuse parameters that this address does not know, or that are given twice.

    A typo in `from` must not silently give another period. Lists may be given twice.
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
        for name in sorted(set(given) - known.keys())
    ] + [
        {"loc": ("query", name), "msg": "given more than once"}
        for name, is_list in sorted(known.items())
        if given.count(name) > 1 and not is_list
    ]
    if wrong:
        raise RequestValidationError(wrong)


def _parameters(dependant: Dependant) -> dict[str, bool]:
    """Return names of all query parameters, and whether each is a list."""
    own = {field.alias: _is_list(field.field_info.annotation) for field in dependant.query_params}
    for part in dependant.dependencies:
        own |= _parameters(part)
    return own


def _is_list(annotation: object) -> bool:
    return any(get_origin(part) is list for part in (annotation, *get_args(annotation)))
