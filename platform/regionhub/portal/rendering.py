"""Templates and the headers that go with every page."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from regionhub.portal import charts, states, texts
from regionhub.portal.assets import asset_url
from regionhub.portal.formats import Formats

LANGUAGE_COOKIE = "regionhub_language"


class Renderer:
    """Makes pages.

    Args:
        tile_url: map tiles, or empty for maps without a background.
        tile_attribution: credit for them.
    """

    def __init__(self, *, tile_url: str, tile_attribution: str) -> None:
        self._environment = Environment(
            loader=PackageLoader("regionhub.portal"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.globals |= {
            "asset": asset_url,
            "charts": charts,
            "states": states,
            "languages": texts.LANGUAGES,
            "tile_url": tile_url,
            "tile_attribution": tile_attribution,
            "version": _version(),
            "link": _link,
        }
        self._headers = security_headers(tile_url)

    def page(
        self, request: Request, template: str, *, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """One page in the reader's language."""
        language = texts.choose_language(
            request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")
        )
        catalogue = texts.catalogue(language)
        known = {
            "request": request,
            "language": language,
            "fmt": Formats(language, datetime.now(UTC)),
            "here": request.url.path,
            "viewer": None,
            "tenants": [],
            "progress": [],
            "live": False,
            "_": catalogue.gettext,
            "gettext": catalogue.gettext,
            "ngettext": catalogue.ngettext,
        }
        text = self._environment.get_template(template).render(known | values)
        headers = self._headers | {"Content-Language": language}
        return HTMLResponse(text, status_code=status, headers=headers)


def security_headers(tile_url: str) -> dict[str, str]:
    """Nothing but ourselves and the tile server; no script inside a page."""
    images = "'self' data:"
    if tile_url:
        tiles = urlsplit(tile_url)
        images += f" {tiles.scheme}://{tiles.netloc.replace('{s}', '*')}"
    return {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
        f"img-src {images}; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def _version() -> str:
    """The installed version; a bare checkout has none."""
    try:
        return installed_version("regionhub")
    except PackageNotFoundError:
        return ""


@pass_context
def _link(context: Context, **changes: Any) -> str:
    """This page's address with some query parameters changed; None or empty removes one."""
    request: Request = context["request"]
    query = dict(request.query_params) | changes
    kept = {name: value for name, value in query.items() if value not in (None, "")}
    return request.url.path + (f"?{urlencode(kept)}" if kept else "")
