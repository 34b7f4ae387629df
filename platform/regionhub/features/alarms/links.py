"""The page of a one-time link: see what an alarm is about and acknowledge it, without a login.

A link is opened by programs as well, which look what is behind it: only the button acknowledges.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response

from regionhub.access import Access, refuse_cross_site
from regionhub.features.alarms import store
from regionhub.features.alarms.outbox import LINK_PATH
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router

pages = page_router()

Token = Annotated[str, Path(max_length=100)]


@pages.get(LINK_PATH + "{token}")
def linked_alarms(page: Here, request: Request, token: Token) -> Response:
    """The alarms of the message, and the button."""
    return _show(page, request, token)


@pages.post(LINK_PATH + "{token}")
def acknowledge(page: Here, request: Request, token: Token) -> Response:
    """Acknowledge them."""
    refuse_cross_site(request)
    access: Access = request.app.state.access
    with access.accounts() as connection:
        store.acknowledge_by_link(connection, token)
    return _show(page, request, token)


def _show(page: Page, request: Request, token: str) -> Response:
    access: Access = request.app.state.access
    with access.accounts() as connection:
        found = store.alarms_of_link(connection, token)
    return page.show("alarms/link.html", status=200 if found else 404, alarms=found)
