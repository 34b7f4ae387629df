"""What all pages for people share, and the pages that belong to no feature."""

from __future__ import annotations

from regionhub.web.portal import account, login, overview, people, site, site_charts
from regionhub.web.portal.error_pages import error_page
from regionhub.web.portal.rendering import Renderer

__all__ = ["PAGES", "Renderer", "error_page"]

#: Sign-in and files, accounts, the overview, the page of a site, its charts.
PAGES = (
    login.pages,
    account.pages,
    people.pages,
    overview.pages,
    site.pages,
    site_charts.pages,
)
