"""What a connection to a source knows of itself."""

from __future__ import annotations

import time
from collections import deque

from regionhub.archive.write.ingest import SourceState

_MINUTE = 60.0
#: What ends one connection after the other.
_RETURNING = {"session_taken_over", "packet_too_large"}
#: A network does not break as often as this within a minute and work again at once.
_LOSSES = 3


class SourceStatus:
    """Counts what was received and what is done with, and remembers what went wrong.

    Times are nanoseconds since 1970-01-01 UTC. Messages of one connection are done in the order
    they were received. One thread calls `received`, another `done`, a third one `state`; each
    number has one writer.
    """

    def __init__(self) -> None:
        self.connected_since: int | None = None
        self.last_message_at: int | None = None
        self.problem: str | None = "connecting"
        self.problem_detail: str | None = None
        self._received = 0
        self._done = 0
        self._problem_at = self._busy_at = time.monotonic()
        self._losses: deque[float] = deque(maxlen=_LOSSES)
        # moments and how many messages had been received by then: of the last minute, and of what
        # is not done yet
        self._minute: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])
        self._waiting: deque[tuple[float, int]] = deque()

    def received(self, messages: int, at: int) -> None:
        """Messages came in."""
        self.last_message_at = at
        self._busy_at = time.monotonic()
        self._received += messages

    def done(self, messages: int) -> None:
        """The oldest messages are committed."""
        # The broker sends the next ones only now, if it waited for these: it is not idle yet.
        self._busy_at = time.monotonic()
        self._done += messages

    def connected(self) -> None:
        """Messages come from now on.

        Who was thrown out by another client throws that one out in turn, and what was too large
        to be taken comes again: being connected right after it proves nothing.
        """
        self._busy_at = time.monotonic()
        self.connected_since = time.time_ns()
        if self.problem not in _RETURNING:
            self.problem = self.problem_detail = None

    def loss(self) -> str:
        """Code of the problem when a connection that worked has ended.

        MQTT 3.1.1 has no word for "another client has your name", and Mosquitto 2.0 says none with
        MQTT 5 either: it shows in that it happens again and again.
        """
        self._losses.append(time.monotonic())
        often = len(self._losses) == _LOSSES and self._losses[-1] - self._losses[0] < _MINUTE
        return "session_taken_over" if often else "connection_lost"

    def failed(self, problem: str, detail: str | None = None) -> bool:
        """Say why nothing comes; True if that was not known yet."""
        news = (self.problem, self.problem_detail) != (problem, detail)
        self.problem, self.problem_detail = problem, detail
        self.connected_since = None
        self._problem_at = time.monotonic()
        return news

    def lag_seconds(self) -> float:
        """How long the oldest message that is not done has been waiting, to a second or so.

        Only what was received counts; what waits at the broker cannot be known.
        """
        now = time.monotonic()
        waiting = self._waiting.copy()  # another thread forgets what is done
        return now - next((at for at, received in waiting if received > self._done), now)

    def idle_seconds(self) -> float:
        """How long this connection has been there without work; 0 while a message is waiting."""
        if self.connected_since is None or self._received > self._done:
            return 0.0
        return time.monotonic() - self._busy_at

    def state(
        self, source_id: int, store_problem: tuple[str, str] | None = None, *, session: int = 0
    ) -> SourceState:
        """Everything for the operations pages; to be called about once a second.

        Args:
            source_id: the source.
            store_problem: code and detail of what keeps received messages from being stored.
            session: number of the source's session at the broker.
        """
        now = time.monotonic()
        self._sample(now)
        since = self.connected_since
        if since is not None and self.problem is not None and now - self._problem_at > _MINUTE:
            self.problem = self.problem_detail = None
        problem, detail = self.problem, self.problem_detail
        if problem is None and store_problem is not None:
            problem, detail = store_problem
        return SourceState(
            source_id=source_id,
            session=session,
            connected_since=since,
            last_message_at=self.last_message_at,
            problem=problem,
            problem_detail=detail,
            messages_last_minute=self._received - self._minute[0][1],
            lag_seconds=self.lag_seconds(),
        )

    def _sample(self, now: float) -> None:
        received = self._received
        if received > (self._waiting[-1][1] if self._waiting else self._done):
            self._waiting.append((now, received))
        while self._waiting and self._waiting[0][1] <= self._done:
            self._waiting.popleft()
        self._minute.append((now, received))
        while self._minute[1][0] <= now - _MINUTE:
            self._minute.popleft()
