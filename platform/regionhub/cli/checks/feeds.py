"""Feeds: whether they come, and bring something new."""

from __future__ import annotations

from collections.abc import Iterator

from regionhub.cli.checks import Finding, fine, warning
from regionhub.cli.checks import facts as doctor
from regionhub.features.feeds.problems import trouble
from regionhub.features.feeds.store import feeds_of_all
from regionhub.store.database import Connection


def check_feeds(connection: Connection) -> Iterator[Finding]:
    """Each feed, as the owner."""
    now = doctor.now(connection)
    for feed in feeds_of_all(connection):
        check = f"{feed.tenant}, feed {feed.name}"
        found = trouble(feed, now)
        if not feed.enabled:
            yield fine(check, "switched off")
        elif found is not None:
            yield warning(check, "feed_failing", found.sentence())
        elif feed.fetched_at is None:
            yield fine(check, "not fetched yet")
        else:
            yield fine(check, f"fetched at {feed.fetched_at:%Y-%m-%d %H:%M} UTC")
