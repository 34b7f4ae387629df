"""The round on a phone: a frame without data, the list, what is entered, the service worker."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import Field, JsonValue, ValidationError

from regionhub.access import Editor, Principal, Viewer
from regionhub.errors import Conflict
from regionhub.features.watering.log import Outcome, Reason, enter
from regionhub.features.watering.rounds import RoundStop, rounds, today
from regionhub.features.watering.schemas import GivenEntry
from regionhub.web.api.schemas.base import Answer, Given
from regionhub.web.portal.assets import assets
from regionhub.web.portal.rendering import Here, security_headers
from regionhub.web.portal.routing import page_router

pages = page_router()

#: What the phone sends at once is a tenth of that.
_MOST_ENTRIES = 1000
#: Why an entry is refused, by the part that cannot be used.
_REASONS: dict[str, Reason] = {
    "site_id": "no_site", "time": "bad_time", "litres": "bad_litres",
}  # fmt: skip
_SCRIPTS = ("round-store.js", "round-sw.js")


class Sent(Given):
    """What a phone has kept, and of whose sign-in; entries are read one by one."""

    owner: str = Field(max_length=40)
    entries: list[JsonValue] = Field(max_length=_MOST_ENTRIES)


class Unusable(Answer):
    """What became of an entry that cannot be read."""

    became: Literal["refused"] = "refused"
    reason: Reason


class Received(Answer):
    """What became of each entry, in their order."""

    outcomes: list[Outcome | Unusable]


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


def _read(given: JsonValue) -> GivenEntry | Unusable:
    """An entry of a phone: one that is unusable is no ground to refuse the others."""
    try:
        # as JSON, since that is how a time is given
        return GivenEntry.model_validate_json(json.dumps(given))
    except ValidationError as error:
        part = error.errors()[0]["loc"][:1]
        return Unusable(reason=_REASONS.get(str(*part), "bad_entry"))


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
    """Take what was entered, each once however often it comes; each has its own outcome.

    Raises:
        Conflict: these entries are of somebody else, who is not signed in here now.
    """
    principal = visit.principal
    if sent.owner != _owner(principal):
        raise Conflict("These entries were made under another sign-in.")
    read = [_read(one) for one in sent.entries]
    with visit.town() as town:
        entered = enter(
            town,
            principal.tenant_id,
            [one.entry() for one in read if isinstance(one, GivenEntry)],
            who=principal.display_name,
            source="round",
            now=datetime.now(UTC),
        )
    rest = iter(entered)
    return Received(outcomes=[next(rest) if isinstance(one, GivenEntry) else one for one in read])


@pages.get("/giessen/dienst.js")
def worker() -> Response:
    """The service worker; over the whole portal, because signing out has to pass it."""
    content = b"".join(assets()[name].content for name in _SCRIPTS)
    headers: dict[str, Any] = security_headers("") | {
        "Service-Worker-Allowed": "/",
        "Cache-Control": "no-cache",
    }
    return Response(content, media_type="text/javascript", headers=headers)
