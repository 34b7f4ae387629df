"""The round on a phone: a frame without data, the list, what is entered, the service worker."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import Field

from regionhub.access import Editor, Principal, Viewer
from regionhub.errors import Conflict
from regionhub.features.watering.log import Outcome, enter
from regionhub.features.watering.rounds import RoundStop, rounds, today
from regionhub.features.watering.schemas import GivenEntry
from regionhub.web.api.schemas.base import Answer, Given
from regionhub.web.portal.assets import assets
from regionhub.web.portal.rendering import Here, security_headers
from regionhub.web.portal.routing import page_router

pages = page_router()

#: What the phone sends at once is a tenth of that.
_MOST_ENTRIES = 1000
_SCRIPTS = ("round-store.js", "round-sw.js")


class Sent(Given):
    """What a phone has kept, and of whose sign-in."""

    owner: str = Field(max_length=40)
    entries: list[GivenEntry] = Field(max_length=_MOST_ENTRIES)


class Received(Answer):
    """What became of each entry, in their order."""

    outcomes: list[Outcome]


class CrewList(Answer):
    """A crew, its depot, and its stops in driving order."""

    crew_id: int
    name: str
    depot: str
    stops: list[RoundStop]


class PhoneList(Answer):
    """What a phone needs for a day without a network."""

    owner: str
    day: str
    may_enter: bool
    crews: list[CrewList]


def _owner(principal: Principal) -> str:
    """Whose entries a phone holds: an account, or a key of a program."""
    if principal.account_id is not None:
        return f"a{principal.account_id}"
    return f"k{principal.api_key_id}"


@pages.get("/giessen/unterwegs")
def phone(
    page: Here, _leaving: Annotated[Literal["", "1"], Query(alias="abmelden")] = ""
) -> Response:
    """The empty frame, for everybody: a browser keeps it for hours without a network.

    `abmelden` is read there: who is leaving is told what was not sent yet.
    """
    return page.show("watering/phone.html")


@pages.get("/giessen/unterwegs/liste")
def phone_list(visit: Viewer) -> PhoneList:
    """The rounds of today."""
    day, principal = today(datetime.now(UTC)), visit.principal
    with visit.town() as town:
        found = rounds(town, principal.tenant_id, day)
    return PhoneList(
        owner=_owner(principal),
        day=day.isoformat(),
        may_enter=principal.may("editor"),
        crews=[
            CrewList(
                crew_id=one.head.crew_id,
                name=one.head.crew,
                depot=one.head.depot,
                stops=list(one.stops),
            )
            for one in found
        ],
    )


@pages.post("/giessen/unterwegs/eintraege")
def phone_entries(sent: Sent, visit: Editor) -> Received:
    """Take what was entered, each once however often it comes.

    Raises:
        Conflict: these entries are of somebody else, who is not signed in here now.
    """
    principal = visit.principal
    if sent.owner != _owner(principal):
        raise Conflict("These entries were made under another sign-in.")
    with visit.town() as town:
        outcomes = enter(
            town,
            principal.tenant_id,
            [one.entry() for one in sent.entries],
            who=principal.display_name,
            source="round",
            now=datetime.now(UTC),
        )
    return Received(outcomes=outcomes)


@pages.get("/giessen/dienst.js")
def worker() -> Response:
    """The service worker; over the whole portal, because signing out has to pass it."""
    content = b"".join(assets()[name].content for name in _SCRIPTS)
    headers: dict[str, Any] = security_headers("") | {
        "Service-Worker-Allowed": "/",
        "Cache-Control": "no-cache",
    }
    return Response(content, media_type="text/javascript", headers=headers)
