"""A server of files on this machine, which says what was asked of it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

#: Where it is; a hub has to allow it.
HERE = (ip_network("127.0.0.0/8"),)


@dataclass
class Server:
    """Files by path below `address`; `status` is answered to all if it is set."""

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    status: int | None = None
    asked: list[tuple[str, int]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where its files begin."""
        return f"http://127.0.0.1:{self.port}/files/"

    def answer(self, path: str, etag: str | None) -> tuple[int, str, bytes]:
        """Status, version and body."""
        body = self.files.get(path.removeprefix("/files/"))
        if self.status is not None:
            return self.status, "", b""
        if body is None:
            return 404, "", b""
        version = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        return (304, version, b"") if etag == version else (200, version, body)


@contextmanager
def serving() -> Iterator[Server]:
    """A server until the end."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, version, body = server.answer(self.path, self.headers["If-None-Match"])
            server.asked.append((self.path.removeprefix("/files/"), status))
            self.send_response(status)
            if version:
                self.send_header("ETag", version)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.port = http.server_port
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
