"""The HTTP server around the application."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from regionhub.web.api.live import Live

#: After this many seconds requests that are still running are cut off.
_GRACE_SECONDS = 5


class Server(uvicorn.Server):
    """Ends the live streams first: it would wait for them, and they for it."""

    def __init__(
        self, app: FastAPI, *, host: str, port: int, trusted_proxies: str = "127.0.0.1"
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_level="warning",
                access_log=False,
                # or everybody behind a proxy shares one address, and one limit of failed logins
                forwarded_allow_ips=trusted_proxies,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self._live: Live = app.state.live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self._live.close()
        await super().shutdown(sockets)
