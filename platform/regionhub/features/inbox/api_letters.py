"""Dead letters in the API: one by one, in groups, and the balance."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request

from regionhub.access import Viewer
from regionhub.archive.letters import listing
from regionhub.archive.letters.listing import DeadLetter, LetterAccount, LetterGroup
from regionhub.features.inbox.api import OfSource
from regionhub.web.api.paging import page
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items, Page
from regionhub.web.api.values import LetterReason, Limit, Whole

letter_routes = router("/dead-letters", tag="ingest")
group_routes = router("/dead-letter-groups", tag="archive")
account_routes = router("/dead-letter-accounts", tag="archive")

WithReason = Annotated[LetterReason | None, Query(description="Only with this reason.")]


@letter_routes.get("")
def list_dead_letters(
    request: Request,
    visit: Viewer,
    source_id: OfSource = None,
    reason: WithReason = None,
    state: Annotated[
        Literal["waiting", "resolved"] | None,
        Query(description="Only those that wait, or that were processed later; both if not given."),
    ] = None,
    before: Annotated[
        Whole | None, Query(ge=1, le=2**63 - 1, description="Older than this id; see `next`.")
    ] = None,
    limit: Annotated[Whole, Query(ge=1, le=200, description="Rows on a page.")] = 50,
) -> Page[DeadLetter]:
    """Messages that could not pass, the newest first."""
    with visit.town() as town:
        rows = listing.dead_letters(
            town,
            source_id=source_id,
            reason=reason,
            resolved=None if state is None else state == "resolved",
            before=before,
            limit=limit + 1,
        )
    return page(request, rows, limit, before="dead_letter_id")


@group_routes.get("")
def list_groups(visit: Viewer, reason: WithReason = None, limit: Limit = 200) -> Items[LetterGroup]:
    """Waiting dead letters by reason and device, each with an example; the latest first."""
    with visit.town() as town:
        return Items(items=listing.groups(town, reason=reason, limit=limit))


@account_routes.get("")
def list_accounts(visit: Viewer) -> Items[LetterAccount]:
    """Where every message is that could not pass, by source."""
    with visit.town() as town:
        return Items(items=listing.balance(town))
