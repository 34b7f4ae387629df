"""Addresses of this site, and which of them somebody is sent back to."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request

_READING = frozenset({"GET", "HEAD"})


def own_path(address: str) -> str:
    """The address if it is a path of this site, else the start page: nobody is sent elsewhere."""
    plain = address.isprintable() and "\\" not in address
    return address if plain and address.startswith("/") and not address.startswith("//") else "/"


def asked_for(request: Request) -> str:
    """Path and query of a request."""
    return _joined(request.url.path, request.url.query)


def page_of(request: Request) -> str:
    """Path and query of the page that a request belongs to.

    htmx asks for parts of a page, and a form is sent from one: neither address is a page.
    """
    if "hx-request" in request.headers:
        return _path_in(request.headers.get("hx-current-url", ""))
    if request.method not in _READING:
        return came_from(request)
    return asked_for(request)


def came_from(request: Request) -> str:
    """Path and query of the page with the link or the form; the start page if nobody knows."""
    return _path_in(request.headers.get("referer", ""))


def _path_in(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    return own_path(_joined(parts.path, parts.query))


def _joined(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
