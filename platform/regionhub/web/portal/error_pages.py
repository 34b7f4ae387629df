"""What somebody reads when a request fails, with the way on from there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from regionhub.access import Principal, visit_or_none
from regionhub.errors import RegionhubError
from regionhub.web.portal.addresses import asked_for, came_from, page_of
from regionhub.web.portal.rendering import Page
from regionhub.web.portal.texts import mark

_NOT_HERE = (
    mark("Nicht gefunden"),
    mark("Diese Seite gibt es nicht, oder sie gehört einer anderen Stadt."),
)
_TEXTS = {
    403: (
        mark("Kein Zugriff"),
        mark(
            "Mit diesem Zugang dürfen Sie das nicht. Wenden Sie sich an den Betrieb der Plattform."
        ),
    ),
    404: _NOT_HERE,
    405: (
        mark("So nicht möglich"),
        mark("Diese Adresse nimmt nur an, was das Formular einer Seite abschickt."),
    ),
    422: (mark("Ungültige Angabe"), mark("Mit dieser Adresse können wir nichts anfangen.")),
    503: (
        mark("Gerade nicht erreichbar"),
        mark(
            "Es ist gerade zu viel los, oder die Datenbank antwortet nicht. Ihre Messwerte gehen "
            "nicht verloren; versuchen Sie es gleich noch einmal."
        ),
    ),
}
_ANY = (
    mark("Das hat nicht geklappt"),
    mark("Ein Fehler ist aufgetreten und wurde protokolliert. Versuchen Sie es noch einmal."),
)


def error_page(
    request: Request, status: int, _detail: str, invalid: Sequence[dict[str, Any]]
) -> Response:
    """Say in plain words what went wrong; whoever is not signed in is asked to."""
    if status == 401:
        return _sign_in(request)
    page = Page(request)
    title, text = _TEXTS.get(status, _ANY)
    here, back = asked_for(request), came_from(request)
    refused = sorted({str(one["location"][1]) for one in invalid if one["location"][0] == "query"})
    return page.show(
        "error.html",
        status=status,
        viewer=_viewer(request, status),
        code=status,
        title=page.gettext(title),
        text=page.gettext(text),
        refused=[(name, value) for name in refused for value in request.query_params.getlist(name)],
        without=_without(request, refused),
        retry=here if status >= 500 and request.method == "GET" else None,
        back=None if back in {"/", here} else back,
    )


def _sign_in(request: Request) -> Response:
    target = f"/anmelden?{urlencode({'weiter': page_of(request)})}"
    if "hx-request" in request.headers:
        # a part of a page was asked for, but the whole page has to go
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def _viewer(request: Request, status: int) -> Principal | None:
    """Who reads this, or None where nobody can tell."""
    try:
        # the database that would know may be what does not answer
        known = hasattr(request.state, "visit") or status == 503
        visit = getattr(request.state, "visit", None) if known else visit_or_none(request)
    except RegionhubError:
        return None
    return None if visit is None else visit.principal


def _without(request: Request, names: Sequence[str]) -> str:
    """This address without some of its parameters."""
    kept = [pair for pair in request.query_params.multi_items() if pair[0] not in names]
    return request.url.path + (f"?{urlencode(kept)}" if kept else "")
