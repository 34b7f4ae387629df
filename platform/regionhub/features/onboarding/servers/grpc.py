"""One call of a gRPC service (gRPC over HTTP/2, unary): all that registering needs of it.

The connection is an ordinary socket of this thread, so that `confined` sees where it leads.
"""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import ProtocolError

from regionhub.features.onboarding.servers.answers import ServerError
from regionhub.features.onboarding.servers.device import Server

#: Seconds that a connection and a call may take, and bytes that an answer may have.
_CONNECT, _ANSWER, _MOST = 5.0, 15.0, 65_536
#: A byte that says whether it is compressed, and the length.
_PREFIX = struct.Struct(">BI")


class GrpcError(Exception):
    """The service answered with a status that is not OK (grpc/status.proto)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message


class Channel:
    """A connection to a server that speaks HTTP/2."""

    def __init__(self, connected: socket.socket, address: str, token: str) -> None:
        parts = urlsplit(address)
        self._socket = connected
        self._h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._headers = {
            ":method": "POST",
            ":scheme": parts.scheme,
            ":authority": parts.netloc,
            "te": "trailers",
            "content-type": "application/grpc",
            "user-agent": "regionhub",
            "authorization": f"Bearer {token}",
        }

    def call(self, method: str, request: bytes) -> bytes:
        """Ask `/package.Service/Method`, and return its message.

        Raises:
            GrpcError: the service refused.
            ServerError: there is no such service, or no answer.
        """
        answer = _Answer()
        try:
            stream = self._h2.get_next_available_stream_id()
            self._h2.send_headers(stream, {":path": method, **self._headers}.items())
            self._h2.send_data(stream, _PREFIX.pack(0, len(request)) + request, end_stream=True)
            self._exchange(answer)
        except (OSError, ProtocolError) as error:
            raise ServerError("unreachable", type(error).__name__) from None
        return answer.message()

    def _exchange(self, answer: _Answer) -> None:
        until = time.monotonic() + _ANSWER
        while not answer.ended:
            self._socket.sendall(self._h2.data_to_send())
            self._socket.settimeout(max(until - time.monotonic(), 0.001))
            received = self._socket.recv(_MOST)
            if not received:
                raise ServerError("unreachable", "connection closed")
            for event in self._h2.receive_data(received):
                answer.hear(event)
                if isinstance(event, DataReceived):
                    self._h2.acknowledge_received_data(
                        event.flow_controlled_length, event.stream_id
                    )
        self._socket.sendall(self._h2.data_to_send())


class _Answer:
    """What comes back of one call."""

    def __init__(self) -> None:
        self.ended = False
        self._headers: dict[str, str] = {}
        self._data = b""

    def hear(self, event: Event) -> None:
        """Take what is for this call.

        Raises:
            ServerError: the server ended it, or says too much.
        """
        if isinstance(event, ResponseReceived | TrailersReceived):
            self._headers |= {str(name): str(value) for name, value in event.headers or ()}
        elif isinstance(event, DataReceived):
            self._data += event.data
            if len(self._data) > _MOST:
                raise ServerError("unreadable", "answer too long")
        elif isinstance(event, StreamReset | ConnectionTerminated):
            if event.error_code != ErrorCodes.NO_ERROR or not self._headers:
                raise ServerError("unreachable", "connection ended")
        elif isinstance(event, StreamEnded):
            self.ended = True

    def message(self) -> bytes:
        """The message, after the status was looked at."""
        status = self._headers.get("grpc-status", "")
        if not status.isdecimal():
            raise ServerError("unreadable", f"HTTP {self._headers.get(':status', '?')}")
        if status != "0":
            raise GrpcError(int(status), unquote(self._headers.get("grpc-message", "")))
        if len(self._data) < _PREFIX.size:
            raise ServerError("unreadable", "no message")
        compressed, length = _PREFIX.unpack_from(self._data)
        message = self._data[_PREFIX.size :]
        if compressed or len(message) != length:
            raise ServerError("unreadable", "no plain message")
        return message


@contextmanager
def connect(server: Server) -> Iterator[Channel]:
    """A channel to http(s)://host[:port]; the token goes with each call.

    Raises:
        ServerError: it cannot be reached.
    """
    address, token = server.address, server.token
    parts = urlsplit(address)
    tls = parts.scheme == "https"
    place = (parts.hostname or "", parts.port or (443 if tls else 80))
    try:
        with socket.create_connection(place, timeout=_CONNECT) as plain:
            if not tls:
                yield Channel(plain, address, token)
                return
            context = server.tls_context()
            context.set_alpn_protocols(["h2"])
            with context.wrap_socket(plain, server_hostname=place[0]) as encrypted:
                yield Channel(encrypted, address, token)
    except ssl.SSLCertVerificationError as error:
        raise ServerError("untrusted", error.verify_message) from None
    except OSError as error:
        said: Mapping[type[OSError], str] = {socket.gaierror: "unknown name"}
        detail = said.get(type(error)) or error.strerror or type(error).__name__
        raise ServerError("unreachable", detail) from None
