"""One look at a feed: fetch, read, keep, and note how it went."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from regionhub.confined import Network
from regionhub.errors import UNEXPECTED, StoreError
from regionhub.features.feeds.content import Asking, Content, Key, Town, UnusableFile
from regionhub.features.feeds.download import NotFetched, Version, download
from regionhub.features.feeds.kinds import KINDS
from regionhub.features.feeds.write import (
    FeedRow,
    keep_observations,
    keep_rest,
    keep_stations,
    known_stations,
    newest,
)
from regionhub.observability import get_logger
from regionhub.store.database import Connection, Database, select_all, select_one, select_values
from regionhub.store.statements import queries

_SQL = queries(__package__, "work")
_log = get_logger(__name__)
#: After so long no further file of one look is asked for: the other feeds wait.
LONGEST_LOOK_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a look went: a problem of a feed or None, and how many rows were read and not used."""

    problem: str | None
    detail: str | None = None
    stations: int = 0
    rows: int = 0
    others: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    path: str
    etag: str | None
    last_modified: str | None
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Town:
    tenant_id: int
    slug: str
    name: str
    latitude: float | None
    longitude: float | None
    ags: str | None


class Fetcher:
    """Fetches the files of one feed; `asked` are those that were asked for, to be kept.

    Of several files one that fails does not keep the others; the first failure is in `problem`.
    `came`: at least one was there and had changed.
    """

    def __init__(
        self, feed: FeedRow, known: Sequence[_Version], networks: Sequence[Network]
    ) -> None:
        self._feed = feed
        self._known = {one.path: Version(one.etag, one.last_modified) for one in known}
        self._asked_at = {one.path: one.asked_at.timestamp() for one in known}
        self._networks = networks
        self._end = time.monotonic() + LONGEST_LOOK_SECONDS
        self.asked: dict[str, Version] = {}
        self.came = False
        self.problem: NotFetched | None = None
        self.missing = Counter[str]()

    def get(self, path: str) -> bytes | None:
        """One below the feed's address, None if it is as it was."""
        url = self._feed.address + path
        before = self._known.get(path, Version())
        file = download(url, before, self._networks)
        self.asked[path] = before if file is None else file.version
        if file is None:
            return None
        self.came = True
        return file.body

    def get_list(self, path: str) -> bytes:
        """One below the address of its lists."""
        file = download(self._feed.list_address + path, None, self._networks)
        assert file is not None  # nothing was said of a version
        return file.body

    def get_each(self, paths: Mapping[Key, str]) -> Iterator[tuple[Key, bytes]]:
        """Several; without an answer the rest is not asked for.

        When it takes too long the rest is left to the next look, which begins with it.
        """
        missing = 0
        in_turn = sorted(paths.items(), key=lambda item: self._asked_at.get(item[1], 0))
        for number, (key, path) in enumerate(in_turn):
            if number and time.monotonic() >= self._end:
                _log.warning("feed_slow", feed=self._feed.name, left=len(paths) - number)
                break
            try:
                body = self.get(path)
            except NotFetched as error:
                if error.code != "feed_file_missing":
                    self.problem = error
                    return
                missing += 1
                self.asked[path] = Version()
                if missing == len(paths):
                    self.problem = error
                continue
            if body is not None:
                yield key, body
        if missing:
            self.missing["file_missing"] += missing


def due_feeds(connection: Connection) -> list[int]:
    """The feeds that are to be looked at now, as the owner."""
    return select_values(connection, int, _SQL["due"])


def fetch_feed(
    connection: Connection,
    database: Database,
    source_id: int,
    networks: Sequence[Network] = (),
) -> Outcome:
    """Look at a feed now.

    Args:
        connection: of the owner, in autocommit.
        database: under the ingest role.
        source_id: the feed.
        networks: what may be reached beside the internet.

    Raises:
        StoreError: the database is away, or refuses.
    """
    ids = {"source_id": source_id}
    feed = select_one(connection, FeedRow, _SQL["feed"], ids)
    if feed is None:
        return Outcome(problem="feed_gone")
    known = select_all(connection, _Version, _SQL["versions"], ids)
    fetcher = Fetcher(feed, known, networks)
    try:
        outcome = _look(connection, database, feed, fetcher)
    except NotFetched as error:
        outcome = Outcome(problem=error.code, detail=error.detail)
    except UnusableFile as error:
        outcome = Outcome(problem="feed_unusable", detail=error.detail)
    except Exception as error:
        if isinstance(error, StoreError):
            raise
        _log.exception("feed_failed", feed=feed.name)
        outcome = Outcome(problem=UNEXPECTED, detail=type(error).__name__)
    if outcome.problem is not None:
        values = {**ids, "problem": outcome.problem, "newest_at": None}
        connection.execute(_SQL["failed"], values | {"detail": (outcome.detail or "")[:500]})
    connection.execute(_SQL["keep_state"], ids)
    return outcome


def _look(connection: Connection, database: Database, feed: FeedRow, fetcher: Fetcher) -> Outcome:
    kind = KINDS[feed.kind]
    rows = select_all(connection, _Town, _SQL["towns"], {"tenant_id": feed.tenant_id})
    asking = Asking(
        get=fetcher.get,
        get_each=fetcher.get_each,
        get_list=fetcher.get_list,
        lists_due=feed.lists_due,
        wanted=frozenset(feed.stations),
        towns=list(_places(rows)),
        cells=frozenset(cell for row in rows if (cell := warn_cell(row.ags))),
        known=frozenset(known_stations(connection, feed.source_id)),
        reach_km=feed.reach_km,
    )
    content = kind.read(asking)
    if fetcher.problem is not None and not fetcher.came:
        raise fetcher.problem
    content.others += fetcher.missing
    with connection.transaction():
        keep_stations(connection, feed, kind, content.stations)
    keep_observations(database, feed, content, known_stations(connection, feed.source_id))
    _finish(connection, feed, content, fetcher)
    problem = fetcher.problem
    return Outcome(
        problem=problem.code if problem else None,
        detail=problem.detail if problem else None,
        stations=len(content.stations),
        rows=sum(row.has_value for row in content.observations)
        + len(content.forecasts)
        + len(content.dangers),
        others=dict(content.others),
    )


def _finish(connection: Connection, feed: FeedRow, content: Content, fetcher: Fetcher) -> None:
    ids = {"source_id": feed.source_id, "tenant_id": feed.tenant_id}
    newest_at = datetime.now(UTC) if content.warnings is not None else newest(content)
    with connection.transaction():
        keep_rest(connection, feed, content)
        for path, version in fetcher.asked.items():
            told = {"etag": version.etag, "last_modified": version.last_modified}
            connection.execute(_SQL["keep_version"], {**ids, "path": path, **told})
        state = {**ids, "newest_at": newest_at, "listed": feed.lists_due}
        connection.execute(_SQL["fetched"], state)


def _places(rows: Sequence[_Town]) -> Iterator[Town]:
    for row in rows:
        if row.latitude is not None and row.longitude is not None:
            yield Town(row.tenant_id, row.slug, row.name, row.latitude, row.longitude)


def warn_cell(ags: str | None) -> str | None:
    """The warn cell of a municipality or a district, by its AGS."""
    if ags is None:
        return None
    return {8: f"8{ags}", 5: f"1{ags}000"}.get(len(ags))
