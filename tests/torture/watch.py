"""Looks past every proxy whether the hub commits; measures how long it did not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

_COUNT = "select coalesce(sum(messages), 0)::bigint from core.ingest_fate"
_EVERY_SECONDS = 0.03
_LOOK_SECONDS = 2.0


class Watch:
    """`committed` is the number of messages with a fate, as far as it could be asked."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.committed = 0
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        connection: psycopg.Connection | None = None
        while not self._closing.wait(_EVERY_SECONDS):
            try:
                if connection is None:
                    connection = psycopg.connect(self._url, autocommit=True, connect_timeout=2)
                row = connection.execute(_COUNT).fetchone()
            except psycopg.Error:
                if connection is not None:
                    connection.close()
                connection = None
                continue
            assert row is not None
            if row[0] != self.committed:
                with self._changed:
                    self.committed = row[0]
                    self._changed.notify_all()
        if connection is not None:
            connection.close()

    def wait_for_commit(self, seconds: float, meanwhile: Callable[[], None]) -> float:
        """Wait until one more batch is committed than by now; returns how long it took.

        Raises:
            TimeoutError: nothing was committed in that time.
        """
        started = time.monotonic()
        deadline = started + seconds
        # what was committed a moment before the fault may not have been seen yet: ask
        committed = self._ask(deadline)
        while time.monotonic() < deadline:
            with self._changed:
                if self._changed.wait_for(lambda: self.committed > committed, timeout=0.2):
                    return time.monotonic() - started
            meanwhile()
        raise TimeoutError(f"nothing was committed for {seconds:.0f} seconds")

    def _ask(self, deadline: float) -> int:
        while True:
            try:
                with psycopg.connect(self._url, connect_timeout=2) as connection:
                    row = connection.execute(_COUNT).fetchone()
            except psycopg.Error:
                if time.monotonic() > deadline:
                    raise TimeoutError("the database does not answer") from None
                time.sleep(_EVERY_SECONDS)
                continue
            assert row is not None
            return int(row[0])

    def wait_for_quiet(
        self, quiet: float, meanwhile: Callable[[], None], done: Callable[[], bool]
    ) -> None:
        """Wait until it is done, looking whenever commits pause, or nothing came for `quiet`."""
        seen, since = -1, time.monotonic()
        while time.monotonic() < since + quiet:
            meanwhile()
            time.sleep(_LOOK_SECONDS)
            if self.committed != seen:
                seen, since = self.committed, time.monotonic()
            elif done():
                return

    def close(self) -> None:
        """End it."""
        self._closing.set()
        self._thread.join()


@contextmanager
def watch(url: str) -> Iterator[Watch]:
    """A watch over the database, closed at the end."""
    eyes = Watch(url)
    try:
        yield eyes
    finally:
        eyes.close()
