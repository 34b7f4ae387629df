"""Templates and the headers that go with every page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from gettext import NullTranslations
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from regionhub.web.portal import charts, states, texts
from regionhub.web.portal.assets import asset_url
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.texts import Translate, mark

LANGUAGE_COOKIE = "regionhub_language"
#: Where pages hear that something changed.
STREAM = "/api/v1/stream"

_ERRORS = {
    403: (
        mark("Kein Zugriff"),
        mark(
            "Mit diesem Zugang dürfen Sie das nicht. Wenden Sie sich an den Betrieb der Plattform."
        ),
    ),
    404: (
        mark("Nicht gefunden"),
        mark("Diese Seite gibt es nicht, oder sie gehört einer anderen Stadt."),
    ),
    422: (mark("Ungültige Angabe"), mark("Mit dieser Adresse können wir nichts anfangen.")),
    503: (
        mark("Gerade nicht erreichbar"),
        mark(
            "Die Datenbank antwortet nicht. Ihre Messwerte gehen nicht verloren; "
            "versuchen Sie es gleich noch einmal."
        ),
    ),
}
_ANY_ERROR = (
    mark("Das hat nicht geklappt"),
    mark("Ein Fehler ist aufgetreten und wurde protokolliert. Versuchen Sie es noch einmal."),
)


class Renderer:
    """Makes pages.

    Args:
        tile_url: map tiles, or empty for maps without a background.
        tile_attribution: credit for them.
    """

    def __init__(self, *, tile_url: str, tile_attribution: str) -> None:
        self._environment = Environment(
            loader=PackageLoader("regionhub.web.portal"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
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
        language = _language(request)
        catalogue = texts.catalogue(language)
        known: dict[str, Any] = {
            "request": request,
            "language": language,
            "fmt": Formats(language, datetime.now(UTC)),
            "here": request.url.path,
            "viewer": None,
            "tenants": [],
            "progress": [],
            "live": False,
            "_": _filled(catalogue),
            "ngettext": _counted(catalogue),
        }
        text = self._environment.get_template(template).render(known | values)
        headers = self._headers | {"Content-Language": language}
        return HTMLResponse(text, status_code=status, headers=headers)

    def language(self, request: Request) -> str:
        """The reader's language."""
        return _language(request)

    def gettext(self, request: Request) -> Translate:
        """Translate into the reader's language."""
        return texts.catalogue(_language(request)).gettext

    def error_page(self, request: Request, status: int, _detail: str) -> Response:
        """Say in plain words what went wrong; whoever is not signed in is asked to."""
        if status == 401:
            target = f"/anmelden?{urlencode({'weiter': _path(request)})}"
            if "hx-request" in request.headers:
                # a part of a page was asked for, but the whole page has to go
                return Response(status_code=204, headers={"HX-Redirect": target})
            return RedirectResponse(target, 303)
        _ = self.gettext(request)
        title, text = _ERRORS.get(status, _ANY_ERROR)
        again = _path(request) if status >= 500 and request.method == "GET" else None
        values = {"title": _(title), "text": _(text), "retry": again}
        return self.page(request, "error.html", status=status, code=status, **values)


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


def _language(request: Request) -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return texts.choose_language(chosen, request.headers.get("accept-language", ""))


def _path(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _filled(catalogue: NullTranslations) -> Callable[..., str]:
    def text(message: str, **values: Any) -> str:
        found = catalogue.gettext(message)
        return found % values if values else found

    return text


def _counted(catalogue: NullTranslations) -> Callable[[str, str, int], str]:
    def text(one: str, many: str, number: int) -> str:
        return catalogue.ngettext(one, many, number) % {"num": number}

    return text


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
