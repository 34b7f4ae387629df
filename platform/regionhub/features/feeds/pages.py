"""What is fetched, in the portal: how it goes, adding some, warnings, whose data a site shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Form, Response
from fastapi.responses import RedirectResponse

from regionhub.access import Admin, Viewer, Visit
from regionhub.errors import Conflict, InputError
from regionhub.features.feeds import store
from regionhub.features.feeds.kinds import KINDS
from regionhub.features.feeds.problems import trouble
from regionhub.features.feeds.store import Feed, OfficialWarning
from regionhub.levels import State, by_code
from regionhub.store.database import Connection
from regionhub.web.api.values import Id
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.parts import Notice, SitePanel, SiteQuestion
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.texts import Translate

pages = page_router()
_HERE = "/abrufe"
Text = Annotated[str, Form(max_length=2000)]

#: How a feed is doing.
STATES = by_code(
    State("trouble", "gestört", "failing", "!", "alarm", 0),
    State("new", "noch nicht abgerufen", "not fetched yet", "…", "none", 1),
    State("fetched", "läuft", "works", "✓", "good", 2),
    State("off", "ausgeschaltet", "switched off", "–", "none", 3),
)
#: How severe an official warning is, in the words of the weather service.
SEVERITIES = {
    "extreme": State("extreme", "extremes Unwetter", "extreme", "‼", "alarm", 0),
    "severe": State("severe", "Unwetter", "severe", "!", "alarm", 1),
    "moderate": State("moderate", "markantes Wetter", "moderate", "!", "high", 2),
    "minor": State("minor", "Wetterwarnung", "minor", "›", "warn", 3),
}
_TITLES = {name: kind.title for name, kind in KINDS.items()}


@dataclass(frozen=True, slots=True)
class ShownFeed:
    """A feed as the page shows it."""

    feed: Feed
    title: str
    state: State
    problem: str
    detail: str


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody typed in, when it has to be shown again."""

    kind: str = ""
    name: str = ""
    address: str = ""
    stations: str = ""


@pages.get(_HERE)
def feeds_page(page: Here, visit: Viewer) -> Response:
    """All feeds that the reader sees, and the warnings that hold."""
    return _page(page, visit)


@pages.post(_HERE)
def add_feed(
    page: Here,
    visit: Admin,
    art: Text = "",
    name: Text = "",
    adresse: Text = "",
    stationen: Text = "",
) -> Response:
    """Fetch something from now on."""
    _, given = page.gettext, Given(art, name, adresse, stationen)
    try:
        with visit.town() as connection:
            store.add_feed(
                connection,
                tenant_id=visit.principal.tenant_id,
                kind=art,
                name=name.strip() or None,
                address=adresse.strip() or None,
                stations=[one for one in re.split(r"[\s,;]+", stationen) if one],
            )
    except Conflict:
        problem = _("Eine Quelle dieses Namens gibt es schon.")
        return _page(page, visit, problem, given=given)
    except InputError as error:
        problem = _("So kann nichts abgerufen werden.")
        said = page.said(error)
        return _page(page, visit, problem, said, given)
    return RedirectResponse(_HERE, status_code=303)


@pages.post(_HERE + "/{source_id}/{what}")
def change_feed(
    visit: Admin, source_id: Id, what: Literal["jetzt", "aus", "ein"]
) -> RedirectResponse:
    """Fetch it within seconds, no more, or again."""
    with visit.town() as connection:
        if what == "jetzt":
            store.fetch_soon(connection, source_id)
        else:
            store.switch_feed(connection, source_id, enabled=what == "ein")
    return RedirectResponse(_HERE, status_code=303)


def _page(
    page: Page,
    visit: Visit,
    problem: str = "",
    detail: str = "",
    given: Given = Given(),
) -> Response:
    with open_town(visit, page) as (connection, frame):
        found = store.feeds(connection)
        warnings = store.warnings(connection)
    return page.show(
        "feeds/page.html",
        **frame.values(),
        status=400 if problem else 200,
        feeds=[_shown(feed, page) for feed in found],
        warnings=[(SEVERITIES[one.severity], one) for one in warnings],
        kinds={name: page.gettext(title) for name, title in _TITLES.items()},
        may_set_up=visit.principal.may("admin"),
        own=visit.principal.tenant_id,
        problem=problem,
        detail=detail,
        given=given,
    )


def _shown(feed: Feed, page: Page) -> ShownFeed:
    found = trouble(feed, page.formats.now)
    if not feed.enabled:
        state = "off"
    elif found is not None:
        state = "trouble"
    else:
        state = "new" if feed.fetched_at is None else "fetched"
    return ShownFeed(
        feed,
        page.gettext(_TITLES[feed.kind]),
        STATES[state],
        found.text(page.gettext) if found else "",
        (found.detail or "") if found else "",
    )


def notices(connection: Connection, formats: Formats, gettext: Translate) -> list[Notice]:
    """What every page says while a feed is broken or an official warning holds."""
    found = _failing(store.feeds(connection), formats, gettext)
    now = [one for one in store.warnings(connection) if one.onset <= formats.now]
    return [*found, *_warned(now, formats, gettext)]


def _failing(feeds: list[Feed], formats: Formats, gettext: Translate) -> list[Notice]:
    _ = gettext
    failing = [feed for feed in feeds if trouble(feed, formats.now) is not None]
    if not failing:
        return []
    first = failing[0]
    newest = first.newest_at
    if newest is None:
        text = _("%(feed)s: noch keine Daten.") % {"feed": first.name}
    else:
        text = _("%(feed)s: keine neuen Daten seit %(time)s.") % {
            "feed": first.name,
            "time": formats.clock(newest),
        }
    if len(failing) > 1:
        text += " " + _("Insgesamt %(n)s Abrufe gestört.") % {"n": len(failing)}
    return [Notice(text=text, path=_HERE, link=_("Abrufe ansehen"), tone="warn")]


def _warned(now: list[OfficialWarning], formats: Formats, gettext: Translate) -> list[Notice]:
    _ = gettext
    if not now:
        return []
    first, others = now[0], len({one.identifier for one in now}) - 1
    text = f"{first.origin}: {first.headline}"
    if first.expires is not None:
        text += " " + _("bis %(time)s") % {"time": formats.clock(first.expires)}
    if others:
        text += " " + _("und %(n)s weitere") % {"n": others}
    tone = SEVERITIES[first.severity].tone
    return [Notice(text=f"{text}.", path=_HERE, link=_("Warnungen ansehen"), tone=tone)]


def site_panel(question: SiteQuestion) -> SitePanel | None:
    """Whose data stand on the page of a site, and on what terms."""
    station = store.station_of_site(question.connection, question.site.site_id)
    if station is None:
        return None
    _ = question.gettext
    facts = [
        (_("Daten von"), station.origin),
        (_("Lizenz"), station.licence),
        (_("Messstelle"), station.code),
    ]
    return SitePanel(facts=facts)
