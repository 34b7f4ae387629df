"""Pages of lists, and the addresses of those that follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlencode

from fastapi import Request

from regionhub.web.api.schemas.base import Page

Row = TypeVar("Row")


def page(request: Request, rows: list[Row], limit: int, **key: str) -> Page[Row]:
    """Return a page out of one row more than it holds.

    `key` names the parameter that continues and the attribute it takes: after="site_id".
    """
    if len(rows) <= limit:
        return Page(items=rows)
    ((parameter, attribute),) = key.items()
    following = link(request, {parameter: getattr(rows[limit - 1], attribute)})
    return Page(items=rows[:limit], next=following)


def link(request: Request, changes: Mapping[str, object]) -> str:
    """Return the address of this request with other parameters, without the host."""
    query = dict(request.query_params) | {name: str(value) for name, value in changes.items()}
    return f"{request.url.path}?{urlencode(query)}"
