"""Stand-ins of services that alarms are sent to, written from their public documents.

DIVERA 24/7: help.divera247.com, "RESTful Webservice". Alamos FE2: "Zugriff via HTTP POST/GET",
format v2. Anything else takes what apprise posts to `json://`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qs, urlsplit

#: Where stand-ins are; a hub has to allow it.
HERE = (ip_network("127.0.0.0/8"),)
ACCESS_KEY = "Schlüssel/1"
AUTHORIZATION = "geheim"


@dataclass
class StandIn:
    """What arrived, in order, and when; `status` is answered to all if it is set."""

    port: int = 0
    status: int | None = None
    answers: bool = True
    delay_seconds: float = 0.0
    more: bytes = b""
    got: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    clocks: list[float] = field(default_factory=list)
    pings: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def webhook(self) -> str:
        """Address of a channel that takes everything."""
        return f"json://{self.host}/wache"

    def subjects(self) -> list[str]:
        return [got["title"] for got in self.got]


def _divera(query: dict[str, list[str]], body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    if query.get("accesskey") != [ACCESS_KEY]:
        return 401, {"success": False, "message": "Access-Key ist ungültig."}
    if len(body["title"]) > 50 or len(body["text"]) > 1000:
        return 422, {"success": False}
    return 200, {"success": True}


def _alamos(_: dict[str, list[str]], body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    if body["type"] != "ALARM" or not isinstance(body["data"]["message"], list):
        return 400, {"status": "NOT_OK", "error": "Aufruf fehlerhaft"}
    if body["authorization"] != AUTHORIZATION:
        return 409, {"status": "NOT_OK", "error": "Absender unbekannt"}
    return 200, {"status": "OK"}


_SERVICES = {"/api/alarm": _divera, "/rest/external/http/alarm/v2": _alamos}


@contextmanager
def standin() -> Iterator[StandIn]:
    """A server on a free port of this machine."""
    made = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            body = json.loads(raw)
            parts = urlsplit(self.path)
            service = _SERVICES.get(parts.path)
            status, answer = service(parse_qs(parts.query), body) if service else (200, {})
            status = made.status or status
            if status == 200:
                made.clocks.append(time.perf_counter())
                made.paths.append(parts.path)
                made.got.append(body)
            time.sleep(made.delay_seconds)
            if not made.answers:
                self.close_connection = True
                return
            text = json.dumps(answer).encode() + made.more
            with suppress(ConnectionError):  # whoever asked was killed
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        def do_GET(self) -> None:
            made.pings.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        made.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
