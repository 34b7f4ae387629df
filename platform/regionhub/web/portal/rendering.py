"""Templates and the headers that go with every page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from gettext import NullTranslations
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import (
    ChoiceLoader,
    Environment,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    pass_context,
)
from jinja2.runtime import Context
from markupsafe import Markup

from regionhub.errors import RegionhubError
from regionhub.sites import DATUM_NAMES
from regionhub.web.portal import states
from regionhub.web.portal.assets import asset_url
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.parts import Entry, Part, Signals
from regionhub.web.portal.texts import LANGUAGES, Texts, Translate, choose_language

LANGUAGE_COOKIE = "regionhub_language"
#: Where pages hear that something changed.
STREAM = "/api/v1/stream"
_PACKAGE = "regionhub.web.portal"


class Renderer:
    """Makes pages; one per application, at `app.state.renderer`.

    Args:
        parts: what the features add.
        tile_url: map tiles, or empty for maps without a background.
        tile_attribution: credit for them.
    """

    def __init__(self, parts: Sequence[Part], *, tile_url: str, tile_attribution: str) -> None:
        self.parts = parts
        self.signals = Signals(parts)
        self._texts = Texts([_PACKAGE, *(part.package for part in parts)])
        folders = {part.name: loader for part in parts if (loader := _templates(part)) is not None}
        self._environment = Environment(
            loader=ChoiceLoader([PackageLoader(_PACKAGE), PrefixLoader(folders)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "asset": asset_url,
            "states": states,
            "languages": LANGUAGES,
            "datums": DATUM_NAMES,
            "navigation": _navigation(parts),
            "device_pages": [page for part in parts for page in part.device_pages],
            "tile_url": tile_url,
            "tile_attribution": tile_attribution,
            "version": _version(),
            "link": _link,
            "part": _part,
        }
        self._headers = security_headers(tile_url)

    def language(self, request: Request) -> str:
        """The reader's language."""
        chosen = request.cookies.get(LANGUAGE_COOKIE)
        return choose_language(chosen, request.headers.get("accept-language", ""))

    def catalogue(self, language: str) -> NullTranslations:
        """All texts of a language."""
        return self._texts.catalogue(language)

    def page(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """One page in the reader's language."""
        language = self.language(request)
        catalogue = self.catalogue(language)
        known: dict[str, Any] = {
            "request": request,
            "language": language,
            "fmt": Formats(language, datetime.now(UTC)),
            "here": request.url.path,
            "viewer": None,
            "tenants": [],
            "progress": [],
            "notices": [],
            "live": False,
            "_": _filled(catalogue),
            "ngettext": _counted(catalogue),
        }
        text = self._environment.get_template(template).render(known | values)
        said = self._headers | {"Content-Language": language} | dict(headers or {})
        return HTMLResponse(text, status_code=status, headers=said)


class Page:
    """A page that is being made for a request."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.renderer: Renderer = request.app.state.renderer
        self.language = self.renderer.language(request)

    @property
    def gettext(self) -> Translate:
        """Translate into the reader's language."""
        return self.renderer.catalogue(self.language).gettext

    def ngettext(self, one: str, many: str, number: int) -> str:
        """Translate a text with a number of something, as %(num)s."""
        return _counted(self.renderer.catalogue(self.language))(one, many, number)

    def said(self, error: RegionhubError) -> str:
        """What is wrong, in the reader's language where there are words for it."""
        return (error.de if self.language == "de" else None) or error.detail

    @property
    def signals(self) -> Signals:
        """The words of all signals."""
        return self.renderer.signals

    @property
    def formats(self) -> Formats:
        """Numbers and times in the reader's language, now."""
        return Formats(self.language, datetime.now(UTC))

    def show(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """The answer: a template with values. That of a feature is named with its folder."""
        return self.renderer.page(self.request, template, status=status, **values)


#: An endpoint that answers a page takes this.
Here = Annotated[Page, Depends(Page)]


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


def _templates(part: Part) -> PackageLoader | None:
    try:
        return PackageLoader(part.package)
    except ValueError:  # it has no templates
        return None


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
    """This page's address with some query parameters changed; None or empty removes one.

    Another choice begins on its first page.
    """
    request: Request = context["request"]
    query = dict(request.query_params)
    if changes:
        query.pop("seite", None)
    query |= changes
    kept = {name: value for name, value in query.items() if value not in (None, "")}
    return request.url.path + (f"?{urlencode(kept)}" if kept else "")


@pass_context
def _part(context: Context, template: str, values: Mapping[str, Any]) -> Markup:
    """A template of a feature, drawn with its own values inside the page."""
    text = context.environment.get_template(template).render({**context.get_all(), **values})
    return Markup(text)  # noqa: S704 - templates escape what they show


def _navigation(parts: Sequence[Part]) -> list[Entry]:
    """All entries; pages about devices belong to the one that lists them."""
    covered = tuple(page.all_path for part in parts for page in part.device_pages)
    return [
        replace(entry, covers=(*entry.covers, *covered)) if entry.lists_devices else entry
        for part in parts
        for entry in part.navigation
    ]
