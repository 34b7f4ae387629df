"""What every request passes: HEAD, a bound on bodies, careful headers, compression."""

from __future__ import annotations

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from regionhub.web.api.errors import problem

#: No body of this API is near this size.
MAX_BODY_BYTES = 1_048_576
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
    """Middleware: refuse large bodies, add headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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

        body = await _read(scope, receive)
        if body is None:
            await problem(413, "The body is too large.")(scope, receive, careful)
            return
        given = iter(body)

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


async def _read(scope: Scope, receive: Receive) -> list[Message] | None:
    """Read the body as it comes, or None as soon as it is too large."""
    headers = Headers(scope=scope)
    length = headers.get("content-length", "0")
    if length == "0" and "transfer-encoding" not in headers:
        return []
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        return None
    messages: list[Message] = []
    size = 0
    while True:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if size > MAX_BODY_BYTES:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return messages
