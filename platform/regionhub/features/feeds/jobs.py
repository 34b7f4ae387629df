"""What `regionhub work` does for feeds: it looks at those that are due."""

from __future__ import annotations

from regionhub.features.feeds.fetch import due_feeds, fetch_feed
from regionhub.store.jobs import Job, Work, for_each


def fetch_due(work: Work) -> None:
    """One after the other, each by one process at a time."""
    with work.owner() as connection:
        for_each(
            work,
            due_feeds(connection),
            lambda feed: fetch_feed(connection, work.database, feed, work.feed_networks),
        )


JOBS = (Job(name="feeds", every_seconds=15, run=fetch_due),)
