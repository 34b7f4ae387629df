"""What can be wrong with a feed, in words, and whether it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from regionhub.errors import UNEXPECTED
from regionhub.features.feeds.kinds import KINDS
from regionhub.features.feeds.store import Feed, feeds_of_all
from regionhub.store.database import Connection
from regionhub.web.api.metrics import Figure
from regionhub.web.portal.texts import mark

#: By code; the detail that came with it is English and stands beside it.
PROBLEMS: Mapping[str, str] = {
    "feed_away": mark("Der Server ist nicht erreichbar. Adresse und Netz prüfen."),
    "feed_refused": mark("Der Server gibt die Datei nicht heraus. Adresse prüfen."),
    "feed_file_missing": mark("Diese Datei gibt es dort nicht. Adresse und Stationen prüfen."),
    "feed_too_large": mark("Die Datei ist größer, als sie sein kann. Adresse prüfen."),
    "feed_unusable": mark("Die Datei hat nicht das Format dieser Art."),
    "feed_stale": mark("Der Abruf gelingt, aber es kommen keine neuen Daten."),
    UNEXPECTED: mark("Daran ist die Plattform gescheitert. Einzelheiten stehen im Protokoll."),
}
_ENGLISH = {
    "feed_away": "the server cannot be reached",
    "feed_refused": "the server does not give the file",
    "feed_file_missing": "there is no such file",
    "feed_too_large": "the file is larger than it can be",
    "feed_unusable": "the file has another format",
    "feed_stale": "it is fetched, but nothing new comes",
    UNEXPECTED: "this program failed at it",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a feed, since when its data are no newer, and what was said."""

    code: str
    since: datetime | None
    detail: str | None = None

    def sentence(self) -> str:
        """In English, for `regionhub doctor`."""
        since = "" if self.since is None else f", no new data since {self.since:%Y-%m-%d %H:%M} UTC"
        quoted = f" ({self.detail})" if self.detail else ""
        return f"{_ENGLISH.get(self.code, self.code)}{quoted}{since}"

    def text(self, gettext: Callable[[str], str]) -> str:
        """In the reader's language."""
        return gettext(PROBLEMS.get(self.code, self.code))


def trouble(feed: Feed, now: datetime) -> Trouble | None:
    """None if all is well, or nothing is expected."""
    if not feed.enabled:
        return None
    if feed.problem is not None:
        return Trouble(feed.problem, feed.newest_at, feed.problem_detail)
    stale = timedelta(seconds=KINDS[feed.kind].stale_seconds)
    newest = feed.newest_at or feed.created_at
    if newest < now - max(stale, 2 * timedelta(seconds=feed.every_seconds)):
        return Trouble("feed_stale", feed.newest_at)
    return None


def figures(connection: Connection) -> list[Figure]:
    """How many feeds there are, and of how many something is wrong."""
    found, now = feeds_of_all(connection), datetime.now(UTC)
    failing = sum(trouble(feed, now) is not None for feed in found)
    return [
        Figure("feeds", "Feeds that are set up.", len(found)),
        Figure("feeds_failing", "Feeds that do not come, or bring nothing new.", failing),
    ]
