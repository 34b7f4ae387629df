"""What every request passes: HEAD, a bound on bodies, careful headers, compression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from regionhub.errors import Busy
from regionhub.web.api.errors import headers_of, problem

#: No body of this API is near this size, but for files of some paths.
MAX_BODY_BYTES = 1_048_576
#: Nor takes one so long. Connections without a request are for the proxy to end.
_BODY_SECONDS = 20.0
#: A file takes this much longer; the line of a town hall is not quick.
_BYTES_PER_SECOND = 150_000
#: What surrounds a file in a form.
_FORM_BYTES = 10_000
#: Bodies that are held at once, whoever they are of: they are read before anybody knows. Files have
#: as much for themselves: a few that come slowly would else keep everybody from signing in.
_MOST_HELD_BYTES = 32 * MAX_BODY_BYTES
#: A quarter less time than level 6 for lists of megabytes, and 2 % more bytes.
_GZIP_LEVEL = 5


class Head:
    """Middleware: answer HEAD as GET without the body, also where the body would have no end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        with anyio.CancelScope() as answering:

            async def without_body(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await send(message)
                    await send({"type": "http.response.body", "body": b""})
                elif message.get("more_body", False):
                    answering.cancel()

            await self._app({**scope, "method": "GET"}, receive, without_body)


class Guards:
    """Middleware: refuse bodies that are large, slow or too many at once; add headers.

    Args:
        large: how many bytes of a file some paths take.
    """

    def __init__(self, app: ASGIApp, large: Mapping[str, int]) -> None:
        self._app = app
        self._large = large
        self._bodies, self._files = _Bodies(), _Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def careful(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                if scope["path"].startswith("/api/"):
                    # whose data this is depends on who asked
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        file = self._large.get(scope["path"])
        with _Body(self._bodies if file is None else self._files, file) as body:
            refused = await body.read(scope, receive)
            if refused is not None:
                await refused(scope, receive, careful)
                return
            given = iter(body.messages)

            async def replay() -> Message:
                return next(given, None) or await receive()

            await self._app(scope, replay, careful)


class Compress:
    """Middleware: send answers compressed (gzip) to who takes them so; events stay as they are.

    Only what is read: the secrets that the hub ever answers come after a change (a new key), and a
    length of compressed bytes tells something of them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressing = GZipMiddleware(app, compresslevel=_GZIP_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        read = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        await (self._compressing if read else self._app)(scope, receive, send)


class _Bodies:
    """How many bytes of bodies this process holds."""

    def __init__(self) -> None:
        self.held = 0


class _Body:
    """The body of one request, as long as it is worked on."""

    def __init__(self, bodies: _Bodies, file: int | None) -> None:
        self._bodies = bodies
        self._most = MAX_BODY_BYTES if file is None else file + _FORM_BYTES
        self._seconds = _BODY_SECONDS + (file or 0) / _BYTES_PER_SECOND
        self._size = 0
        self.messages: list[Message] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bodies.held -= self._size

    async def read(self, scope: Scope, receive: Receive) -> Response | None:
        """Read it as it comes; an answer if it cannot be taken."""
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if length == "0" and "transfer-encoding" not in headers:
            return None
        if not length.isdecimal() or int(length) > self._most:
            return problem(413, "The body is too large.")
        with anyio.move_on_after(self._seconds):
            return await self._read_all(receive)
        return problem(408, "The body took too long.", headers={"Connection": "close"})

    async def _read_all(self, receive: Receive) -> Response | None:
        while True:
            message = await receive()
            self.messages.append(message)
            size = len(message.get("body", b""))
            self._size += size
            self._bodies.held += size
            if self._size > self._most:
                return problem(413, "The body is too large.")
            if self._bodies.held > _MOST_HELD_BYTES:
                return problem(503, Busy().detail, headers=headers_of(Busy()))
            if message["type"] != "http.request" or not message.get("more_body", False):
                return None
