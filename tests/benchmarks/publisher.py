"""Put many messages into a broker quickly: MQTT 3.1.1, QoS 1, thousands in flight.

A client library spends more on each message than the subscribers that are measured here; the
publisher shares their two cores. PUBLISH and PUBACK are all it has to speak.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from types import TracebackType
from typing import Self

_MOST_IN_FLIGHT = 20_000
_CHUNK = 500
_ACK_BYTES = 4


class Publisher:
    """One connection; `publish` may run ahead of the broker's answers, `finish` waits for them."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sent = 0
        self._answered_bytes = 0
        connect = b"\x00\x04MQTT\x04\x02\x00\x00" + _text(f"bench-{id(self)}".encode())
        self._socket.sendall(b"\x10" + _length(len(connect)) + connect)
        if self._socket.recv(4) != b"\x20\x02\x00\x00":
            raise ConnectionError("the broker refuses the publisher")

    def publish(self, messages: Iterable[tuple[bytes, bytes]]) -> int:
        """Send topics and bodies; returns how many."""
        before = self._sent
        chunk: list[bytes] = []
        for topic, body in messages:
            self._sent += 1
            chunk.append(_packet(topic, body, self._sent))
            if len(chunk) == _CHUNK:
                self._send(chunk)
                chunk = []
        self._send(chunk)
        return self._sent - before

    def finish(self) -> None:
        """Wait until the broker has everything."""
        self._await(0)

    def _send(self, chunk: list[bytes]) -> None:
        self._socket.sendall(b"".join(chunk))
        self._await(_MOST_IN_FLIGHT)

    def _await(self, in_flight: int) -> None:
        while self._sent - self._answered_bytes // _ACK_BYTES > in_flight:
            answer = self._socket.recv(65_536)
            if not answer:
                raise ConnectionError("the broker closed the connection")
            self._answered_bytes += len(answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._socket.sendall(b"\xe0\x00")
        self._socket.close()


def _packet(topic: bytes, body: bytes, number: int) -> bytes:
    rest = len(topic) + len(body) + 4
    identifier = (number - 1) % 65_535 + 1
    return b"\x32" + _length(rest) + _text(topic) + struct.pack(">H", identifier) + body


def _text(text: bytes) -> bytes:
    return struct.pack(">H", len(text)) + text


def _length(number: int) -> bytes:
    encoded = bytearray()
    while True:
        number, digit = divmod(number, 128)
        encoded.append(digit | (128 if number else 0))
        if not number:
            return bytes(encoded)
