"""What all pages for people share, and the pages that belong to no feature."""

from __future__ import annotations

from regionhub.web.portal import account, login, overview, people, site, site_charts, site_map
from regionhub.web.portal.error_pages import error_page
from regionhub.web.portal.rendering import Renderer

__all__ = ["PAGES", "Renderer", "error_page"]

#: Sign-in and files, accounts, the overview with its map, the page of a site with its charts.
PAGES = (
    login.pages,
    account.pages,
    people.pages,
    overview.pages,
    site_map.pages,
    site.pages,
    site_charts.pages,
)
