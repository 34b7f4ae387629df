"""Readings and decisions as they come: a listener per process, a mailbox per subscriber.

The notices name datastreams and sites of any town. What a subscriber gets is read under
the role of its own town, so the notices themselves never leave the process.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from regionhub.errors import NotAllowed, StoreError
from regionhub.observability import get_logger
from regionhub.store.database import Database
from regionhub.store.listen import News, listening

#: Open streams of one town in one process.
STREAMS_PER_TENANT = 20
#: A mailbox that is fuller than this is marked as missing some.
_MOST_IDS = 10_000
_LOOK_SECONDS = 0.5
_RECONNECT_SECONDS = 2.0

_log = get_logger(__name__)


class Mailbox:
    """Datastreams and sites with news since the last look. Lives in the event loop.

    Ids are kept once however often they come, so a slow reader skips values but never grows.
    """

    def __init__(self) -> None:
        self._kept = News()
        self._missed = False
        self._news = asyncio.Event()
        self.closed = False

    def put(self, news: News) -> None:
        """Add news."""
        self._kept.add(news)
        if len(self._kept) > _MOST_IDS:
            self._kept = News()
            self._missed = True
        self._news.set()

    def miss(self) -> None:
        """Say that news may have been lost."""
        self._missed = True
        self._news.set()

    def close(self) -> None:
        """Wake the reader for the last time."""
        self.closed = True
        self._news.set()

    async def take(self, seconds: float) -> tuple[News, bool]:
        """Return what has news, and whether others may have some; waits up to `seconds`."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return News(), False
        self._news.clear()
        taken, self._kept = self._kept, News()
        missed, self._missed = self._missed, False
        return taken, missed


class Live:
    """Hears the notices of the database and hands them to all mailboxes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mailboxes: set[Mailbox] = set()
        self._streams: Counter[int] = Counter()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to listen; call it in the event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._listen, name="live", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End all streams; new ones end at once. Call it in the event loop."""
        self._stopping.set()
        for mailbox in self._mailboxes:
            mailbox.close()

    def join(self) -> None:
        """Wait for the listener to end."""
        if self._thread is not None:
            self._thread.join()

    @contextmanager
    def subscribed(self, tenant_id: int) -> Iterator[Mailbox]:
        """Return a mailbox that gets all notices.

        Raises:
            NotAllowed: the town has as many streams open as it may.
        """
        if self._streams[tenant_id] >= STREAMS_PER_TENANT:
            raise NotAllowed(f"Your town has {STREAMS_PER_TENANT} streams open; close one first.")
        mailbox = Mailbox()
        self._streams[tenant_id] += 1
        self._mailboxes.add(mailbox)
        if self._stopping.is_set():
            mailbox.close()
        try:
            yield mailbox
        finally:
            self._mailboxes.discard(mailbox)
            self._streams[tenant_id] -= 1

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with listening(self._database) as notices:
                    # whatever came while nobody listened
                    self._hand_out(None)
                    while not self._stopping.is_set():
                        if news := notices.wait(_LOOK_SECONDS):
                            self._hand_out(news)
            except StoreError as error:
                _log.warning("live_listener_lost", detail=error.detail)
                self._stopping.wait(_RECONNECT_SECONDS)

    def _hand_out(self, news: News | None) -> None:
        assert self._loop is not None
        if not self._stopping.is_set():
            self._loop.call_soon_threadsafe(self._put, news)

    def _put(self, news: News | None) -> None:
        for mailbox in self._mailboxes:
            if news is None:
                mailbox.miss()
            else:
                mailbox.put(news)
