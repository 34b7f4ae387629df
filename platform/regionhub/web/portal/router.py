"""All pages and files of the portal as one router."""

from __future__ import annotations

from fastapi import APIRouter

from regionhub.web.portal import completeness, doors, history, inbox, lists, operations
from regionhub.web.portal.rendering import Renderer


def create_router(renderer: Renderer) -> APIRouter:
    """Every page, to be included at the root of an application.

    The application keeps `access.Access` at `app.state.access` and answers errors of pages with
    `renderer.error_page`.
    """
    router = APIRouter(include_in_schema=False)
    for pages in (doors, lists, history, operations, completeness, inbox):
        router.include_router(pages.create_router(renderer))
    return router
