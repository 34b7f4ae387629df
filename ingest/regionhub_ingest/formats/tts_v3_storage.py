"""What The Things Stack stored: its Storage Integration, over HTTP.

One request gives a page of `{"result": {...}}` lines; each result is an uplink as MQTT delivers it.
The header X-Continuation-Token names the next page (servers before 3.26 have none: there the next
page begins at the time of the last message).
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

import orjson

from regionhub.envelope import Arrival, Envelope
from regionhub.errors import InputError
from regionhub.times import from_rfc3339, to_datetime
from regionhub_ingest.codec import one_line

PAGE_SIZE = 1000
_TIMEOUT_SECONDS = 60
#: The server says how long to wait; longer than this is for another day.
_LONGEST_WAIT_SECONDS = 120
#: A page of 1,000 messages of 64 KiB, which no server keeps. Bytes.
_MOST_BYTES = 64 * 1024 * 1024
#: For one page; a server that sends a byte now and then is broken, too.
_PAGE_SECONDS = 300.0
_PIECE_BYTES = 64 * 1024
_MOST_WAITS = 5
_REFUSALS = {
    401: "the server does not accept the API key: give one of this application with the right "
    "to read its traffic (RIGHT_APPLICATION_TRAFFIC_READ)",
    403: "the API key may not read the traffic of this application: give it the right "
    "RIGHT_APPLICATION_TRAFFIC_READ",
    404: "the server knows no such application, or no storage: activate its Storage Integration "
    "and look at the name of the application",
    501: "this server has no Storage Integration: import a file instead "
    "(`regionhub source import`)",
}


class _NoRedirects(HTTPRedirectHandler):
    """The key is for the server that was named, and for no other."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Storage:
    """The stored uplinks of one application.

    Args:
        server: https://host, with a port where it needs one.
        application: its id.
        user: the application as MQTT names it, `application@tenant`; part of the topic.
        key: API key.
    """

    server: str
    application: str
    user: str
    key: str = field(repr=False)

    def uplinks(self, after: datetime, before: datetime) -> Iterator[tuple[str, Envelope]]:
        """All uplinks that the server received in a time, in that order, and which each one is.

        Raises:
            InputError: the server cannot be reached or refuses; says what to do.
        """
        while True:
            query = {
                "limit": str(PAGE_SIZE),
                "after": _rfc3339(after),
                "before": _rfc3339(before),
                "order": "received_at",
            }
            last: int | None = None
            count = 0
            tokens: set[str] = set()
            while query:
                lines, query = self._page(query)
                token = query.get("continuation_token", "")
                if token and token in tokens:
                    raise InputError(
                        "the server names the same next page again and again; what it sent is "
                        "stored"
                    )
                tokens.add(token)
                for line in lines:
                    count += 1
                    uplink, last = self._stored(line)
                    yield uplink
            if count % PAGE_SIZE or not count or last is None:
                return
            # a full page without a continuation: an old server; a second twice is no harm
            following = to_datetime(last) - timedelta(seconds=1)
            if not after < following < before:
                return
            after = following

    def _stored(self, line: bytes) -> tuple[tuple[str, Envelope], int]:
        try:
            answer = orjson.loads(line)
            result = answer["result"]
            device_id = result["end_device_ids"]["device_id"]
            received = from_rfc3339(result["received_at"])
            body = orjson.dumps(result)
            to_datetime(received)
        # JSONDecodeError is a ValueError, JSONEncodeError (nested too deeply) a TypeError
        except (KeyError, TypeError, ValueError, OverflowError):
            raise InputError(
                "the server broke off or answered something else: "
                f"{one_line(line[:200].decode('utf-8', 'replace'))}; what came before is stored, "
                "run the command again"
            ) from None
        envelope = Envelope(
            topic=f"v3/{self.user}/devices/{device_id}/up",
            body=body,
            arrival=Arrival("imported", time.time_ns(), known=False),
        )
        place = f"stored uplink of {device_id}, {result['received_at']}"
        return (place, envelope), received

    def _page(self, query: dict[str, str]) -> tuple[list[bytes], dict[str, str]]:
        """The lines of one page, and the query for the next one, empty on the last."""
        application = quote(self.application, safe="")
        request = Request(  # noqa: S310 - the scheme is checked where the server is given
            f"{self.server}/api/v3/as/applications/{application}/packages/storage/uplink_message"
            f"?{urlencode(query)}",
            headers={"Authorization": f"Bearer {self.key}", "Accept": "text/event-stream"},
        )
        opener = build_opener(_NoRedirects)
        for _ in range(_MOST_WAITS):
            try:
                return self._read(opener, request)
            except HTTPError as error:
                error.close()
                wait = _wait_seconds(error)
                if wait is None:
                    raise InputError(_refusal(error)) from None
                time.sleep(wait)
            except (OSError, OverflowError, http.client.HTTPException) as error:
                reason = error.reason if isinstance(error, URLError) else error
                raise InputError(
                    f"{self.server} does not answer: {one_line(reason)}; "
                    "what came before is stored, run the command again"
                ) from None
        raise InputError(
            "the server limits how often it is asked (429): try again later, with a shorter period"
        )

    def _read(self, opener: OpenerDirector, request: Request) -> tuple[list[bytes], dict[str, str]]:
        with opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
            lines = [line for line in _body(answer).splitlines() if line.strip()]
            token = answer.headers.get("X-Continuation-Token")
        return lines, {"continuation_token": token} if token and lines else {}


def _body(answer: http.client.HTTPResponse) -> bytes:
    """All of an answer, unless it has no end."""
    until = time.monotonic() + _PAGE_SECONDS
    body = bytearray()
    while piece := answer.read1(_PIECE_BYTES):
        body += piece
        if len(body) > _MOST_BYTES or time.monotonic() > until:
            raise InputError(
                f"a page of the server has no end: over {_MOST_BYTES // 2**20} MiB, or it took "
                f"over {_PAGE_SECONDS:.0f} seconds; what came before is stored"
            )
    if answer.length:
        raise http.client.IncompleteRead(bytes(body[-64:]), answer.length)
    return bytes(body)


def _wait_seconds(error: HTTPError) -> float | None:
    if error.code != http.HTTPStatus.TOO_MANY_REQUESTS:
        return None
    given = error.headers.get("X-Rate-Limit-Retry", "").strip()
    seconds = float(given) if given.isdecimal() else 10.0
    return seconds if seconds <= _LONGEST_WAIT_SECONDS else None


def _refusal(error: HTTPError) -> str:
    if 300 <= error.code < 400:
        where = error.headers.get("Location", "another address")
        return f"the server sends us to {one_line(where)}: give the address that really answers"
    if error.code == http.HTTPStatus.TOO_MANY_REQUESTS:
        return "the server limits how often it is asked (429): try again later"
    return _REFUSALS.get(error.code, f"the server answers {error.code} {one_line(error.reason)}")


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
