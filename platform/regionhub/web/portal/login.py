"""Signing in and out, the language, and files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from regionhub import errors
from regionhub.access import Access, Viewer, visit_or_none
from regionhub.archive.progress import progress
from regionhub.web.api.errors import headers_of
from regionhub.web.portal.addresses import own_path
from regionhub.web.portal.assets import assets
from regionhub.web.portal.rendering import LANGUAGE_COOKIE, Here, Page
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.texts import LANGUAGES

_FOREVER = "public, max-age=31536000, immutable"
_A_YEAR = 31_536_000

pages = page_router()


@pages.get("/anmelden")
def login_form(
    page: Here, request: Request, weiter: str = "/", gesetzt: Literal["", "ja"] = ""
) -> Response:
    if visit_or_none(request) is not None:
        return RedirectResponse(own_path(weiter), 303)
    return _form(page, next=own_path(weiter), password_set=gesetzt == "ja")


@pages.post("/anmelden")
def log_in(
    page: Here,
    request: Request,
    benutzername: Annotated[str, Form(max_length=200)] = "",
    kennwort: Annotated[str, Form(max_length=1000)] = "",
    bleiben: Annotated[bool, Form()] = False,
    weiter: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    access: Access = request.app.state.access
    try:
        token = access.sign_in(request, benutzername, kennwort, stay=bleiben)
    except (errors.NotSignedIn, errors.TooManyAttempts, errors.Busy) as error:
        status, problem = refusal(page, error)
        return _form(
            page,
            status=status,
            headers=headers_of(error),
            next=own_path(weiter),
            login=benutzername,
            stay=bleiben,
            problem=problem,
        )
    response = RedirectResponse(own_path(weiter), 303)
    access.set_cookie(response, token, stay=bleiben)
    return response


def _form(page: Page, **values: Any) -> Response:
    usual: dict[str, Any] = {"login": "", "stay": False, "problem": None, "password_set": False}
    return page.show("login.html", **usual | values)


def refusal(page: Page, error: errors.RegionhubError) -> tuple[int, str]:
    """Status and words for a password that was not accepted."""
    _ = page.gettext
    match error:
        case errors.TooManyAttempts():
            minutes = max(1, round(error.retry_after_seconds / 60))
            words = _("Zu viele Versuche. Bitte warten Sie %(minutes)s Minuten.")
            return 429, words % {"minutes": minutes}
        case errors.Busy():
            return 503, _(
                "Gerade melden sich zu viele zugleich an. Bitte versuchen Sie es in einigen "
                "Sekunden noch einmal."
            )
        case _:
            return 401, _("Benutzername oder Kennwort stimmt nicht.")


@pages.post("/abmelden")
def log_out(request: Request) -> Response:
    access: Access = request.app.state.access
    access.sign_out(request)
    response = RedirectResponse("/anmelden", 303)
    access.clear_cookie(response)
    return response


@pages.get("/sprache/{code}")
def choose_language(request: Request, code: str, zurueck: str = "/") -> Response:
    if code not in LANGUAGES:
        raise errors.NotFound("There is no such language.")
    response = RedirectResponse(own_path(zurueck), 303)
    secure = request.url.scheme == "https"
    response.set_cookie(
        LANGUAGE_COOKIE, code, max_age=_A_YEAR, secure=secure, httponly=True, samesite="lax"
    )
    return response


@pages.get("/fortschritt")
def long_work(page: Here, visit: Viewer) -> Response:
    """What every open page asks for: no more than that is read for it."""
    with visit.town() as connection:
        under_way = progress(connection)
    return page.show("progress.html", progress=under_way)


@pages.get("/static/{path:path}")
def static(request: Request, path: str, v: str = "") -> Response:
    asset = assets().get(path)
    if asset is None:
        raise errors.NotFound("There is no such file.")
    content, etag = asset.content, f'"{asset.version}"'
    headers = {
        "Cache-Control": _FOREVER if v == asset.version else "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    if asset.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content, etag = asset.compressed, f'"{asset.version}-gzip"'
        headers["Content-Encoding"] = "gzip"
    headers["ETag"] = etag
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=asset.media_type, headers=headers)


@pages.get("/favicon.ico")
def favicon(request: Request) -> Response:
    return static(request, "logo.svg")
