"""A number in an address has one spelling, in the API and on pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from tests.routes import ROUTES

from regionhub.features import FEATURES
from regionhub.web.portal import PAGES

ALL = {
    (route.path, method): route
    for method, route in [
        *ROUTES,
        *(
            (method, route)
            for router in (*PAGES, *(router for feature in FEATURES for router in feature.pages))
            for route in router.routes
            if isinstance(route, APIRoute)
            for method in route.methods or ()
        ),
    ]
}
SPELLINGS = [
    "1_5_0", "+150", "150.0", " 150", "150 ", "0150", "1e2", "0x96", "１５０", "-0", "true",
]  # fmt: skip


def _numbers(dependant: Dependant) -> Iterator[ModelField]:
    for field in (*dependant.path_params, *dependant.query_params, *dependant.body_params):
        if _read(field, "150") == 150:
            yield field
    for part in dependant.dependencies:
        yield from _numbers(part)


def _read(field: ModelField, given: str) -> object:
    for value in (given, [given]):
        read, errors = field.validate(value, loc=("query",))
        if not errors:
            return read[0] if isinstance(read, list) else read
    return None


@pytest.mark.parametrize("route", ALL.values(), ids=lambda route: route.path)
def test_numbers_in_addresses(route: APIRoute) -> None:
    for field in _numbers(route.dependant):
        for given in SPELLINGS:
            assert _read(field, given) is None, f"{field.name}={given!r}"


def test_there_are_numbers_in_addresses() -> None:
    assert sum(len(list(_numbers(route.dependant))) for route in ALL.values()) > 40
