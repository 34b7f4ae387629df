"""What `regionhub work` does for feeds: it looks at those that are due."""

from __future__ import annotations

from regionhub.features.feeds.fetch import due_feeds, fetch_feed
from regionhub.store.jobs import Job, Work


def fetch_due(work: Work) -> None:
    """One after the other, each by one process at a time."""
    with work.owner() as connection:
        for source_id in due_feeds(connection):
            if work.stopping.is_set():
                return
            fetch_feed(connection, work.database, source_id, work.feed_networks)


JOBS = (Job(name="feeds", every_seconds=15, run=fetch_due),)
