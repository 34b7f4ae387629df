"""New readings and decisions as server-sent events."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Annotated, Any

import anyio
import orjson
from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from regionhub.access import Viewer, Visit, visit_or_none
from regionhub.errors import Busy, RegionhubError, StoreUnavailable
from regionhub.series.datastreams import NewReading, latest_of
from regionhub.signals.rows import SiteSignal, signals_of
from regionhub.store.listen import News
from regionhub.web.api.live import Live, Mailbox
from regionhub.web.api.routing import router
from regionhub.web.api.values import Id

routes = router("/stream")

#: A comment is sent when nothing else was, so that proxies keep the connection.
HEARTBEAT_SECONDS = 15.0
#: Session or key are looked up again: a stream ends within ten seconds of them.
RECHECK_SECONDS = 5.0
#: Readings are collected for a moment: many notices a second are one query.
_PAUSE_SECONDS = 0.1

# streams read in threads of their own, so that they never take those of the other requests
_READERS = 4

Filter = Annotated[list[Id] | None, Query(max_length=500)]

_EXAMPLE = (
    "event: reading\n"
    'data: {"datastream_id":7,"site_id":3,"time":"2026-05-01T06:00:00Z","value":21.5,'
    '"quality":1,"received_at":"2026-05-01T06:00:01.5Z"}\n\n'
    "event: decision\n"
    'data: {"tenant_id":2,"site_id":3,"signal":"gauges","state":"stage_1","level":1,"place":null,'
    '"since":"2026-05-01T05:40:00Z","time":"2026-05-01T06:00:00Z","value":210.0,"unit":"cm",'
    '"decimals":0,"reason":null,"reason_since":null,"decided_at":"2026-05-01T06:00:02.1Z"}\n\n'
)


@routes.get(
    "",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}}}
    },
)
async def stream(
    request: Request,
    visit: Viewer,
    sites: Annotated[Filter, Query(alias="site", description="Only these sites.")] = None,
    datastreams: Annotated[
        Filter, Query(alias="datastream", description="Only these datastreams.")
    ] = None,
) -> StreamingResponse:
    """Newest readings of your town as they arrive, and what is decided from them.

    An event `reading` carries the newest reading of one datastream, an event `decision` what one
    feature says about one site, each time that it is decided again; with ?datastream= there are
    none. What follows each other faster than the reader takes it is skipped. `resync` says that
    some may have been missed: ask /latest. A comment comes at least every 15 seconds. The stream
    ends with the session or key.
    """
    wanted = frozenset(datastreams) if datastreams else None
    return _Stream(_Subscription(request, visit, sites, wanted))


class _Stream(StreamingResponse):
    """Subscribes while it is sent, and gives the mailbox back however it ends."""

    media_type = "text/event-stream"

    def __init__(self, subscription: _Subscription) -> None:
        # X-Accel-Buffering: nginx would collect events otherwise
        super().__init__((), headers={"X-Accel-Buffering": "no"})
        self._subscription = subscription

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        # raised before the answer begins, "too many streams" is a status
        with self._subscription.mailbox() as mailbox:
            self.body_iterator = self._subscription.events(mailbox)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_until_gone, receive, tasks.cancel_scope)
                await self.stream_response(send)
                tasks.cancel_scope.cancel()


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    """Cancel as soon as the client is gone; writing would notice it at the next event only."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


class _Subscription:
    def __init__(
        self,
        request: Request,
        visit: Visit,
        sites: list[int] | None,
        wanted: frozenset[int] | None,
    ) -> None:
        self._request = request
        self._visit = visit
        self._sites = sites
        self._wanted = wanted
        self._sent: dict[int, tuple[Any, ...]] = {}
        self._limiter = request.app.state.stream_readers

    def mailbox(self) -> AbstractContextManager[Mailbox]:
        """Subscribe.

        Raises:
            NotAllowed: the town has as many streams open as it may.
        """
        live: Live = self._request.app.state.live
        return live.subscribed(self._visit.principal.tenant_id)

    async def events(self, mailbox: Mailbox) -> AsyncIterator[bytes]:
        """Bytes of the stream, until the session ends or the server stops."""
        checked = spoken = time.monotonic()
        yield b": regionhub\n\n"
        while not mailbox.closed:
            until_check = max(0, checked + RECHECK_SECONDS - time.monotonic())
            news, missed = await mailbox.take(min(HEARTBEAT_SECONDS, until_check))
            if mailbox.closed:
                return
            if time.monotonic() - checked >= RECHECK_SECONDS:
                if not await self._still_welcome():
                    return
                checked = time.monotonic()
            parts = [b"event: resync\ndata: {}\n\n"] if missed else []
            if self._concerns(news):
                try:
                    parts += await anyio.to_thread.run_sync(self._read, news, limiter=self._limiter)
                except (StoreUnavailable, Busy):
                    mailbox.miss()
            if not parts and time.monotonic() - spoken >= HEARTBEAT_SECONDS:
                parts = [b": still here\n\n"]
            if parts:
                yield b"".join(parts)
                spoken = time.monotonic()
            await anyio.sleep(_PAUSE_SECONDS)

    def _concerns(self, news: News) -> bool:
        if self._wanted is not None:
            news.datastreams &= self._wanted
            news.sites.clear()
        if self._sites is not None:
            news.sites &= set(self._sites)
        return bool(news)

    def _read(self, news: News) -> list[bytes]:
        with self._visit.town() as town:
            read = latest_of(town, sorted(news.datastreams), self._sites)
            said = signals_of(town, sorted(news.sites))
        return [
            *(_event("reading", row) for row in read if self._is_new(row)),
            *(_event("decision", row) for row in said),
        ]

    def _is_new(self, row: NewReading) -> bool:
        # a late reading is announced too, but the newest one stays the same
        state = (row.time, row.value, row.quality)
        if self._sent.get(row.datastream_id) == state:
            return False
        self._sent[row.datastream_id] = state
        return True

    async def _still_welcome(self) -> bool:
        try:
            visit = await anyio.to_thread.run_sync(
                visit_or_none, self._request, limiter=self._limiter
            )
        except StoreUnavailable:
            return True  # nobody can be asked, and nothing can be read meanwhile
        except RegionhubError:
            return False
        return visit is not None and visit.principal == self._visit.principal


def _event(kind: str, row: NewReading | SiteSignal) -> bytes:
    # orjson writes what is not finite as null
    data = orjson.dumps(row, default=_plain, option=orjson.OPT_UTC_Z)
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)


def _plain(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def readers() -> anyio.CapacityLimiter:
    """Threads that all streams of a process read with; made in the event loop."""
    return anyio.CapacityLimiter(_READERS)
