"""A broker made of bytes, and the client that talks to it."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from regionhub_ingest.mqtt_client import BatchClient, Received

SUBACK = {5: b"\x90\x04\x00\x07\x00\x01", 4: b"\x90\x03\x00\x07\x01"}
PINGRESP = b"\xd0\x00"
CONNACK = {5: b"\x20\x03\x00\x00\x00", 4: b"\x20\x02\x00\x00"}


def packet(head: int, content: bytes) -> bytes:
    """A packet with its remaining length in front."""
    size, length = len(content), b""
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | (128 if size else 0)])
        if not size:
            return bytes([head]) + length + content


def publish(
    mid: int,
    topic: bytes,
    payload: bytes,
    *,
    version: int = 5,
    properties: bytes = b"",
    dup: int = 0,
) -> bytes:
    head = 0x30 | (2 if mid else 0) | (8 if dup else 0)
    content = struct.pack("!H", len(topic)) + topic + (struct.pack("!H", mid) if mid else b"")
    if version == 5:
        content += packet(0, properties)[1:]
    return packet(head, content + payload)


class Peer:
    """What a broker would do, byte by byte."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.settimeout(10)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._connection.sendall(piece)

    def read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            piece = self._connection.recv(size - len(found))
            if not piece:
                break
            found += piece
        return found

    def close(self) -> None:
        self._connection.close()

    def break_tls(self) -> None:
        with socket.socket(fileno=self._connection.detach()) as below:
            below.sendall(b"no record of TLS")

    def read_connect(self) -> None:
        head = self.read(2)
        self.read(head[1])


@contextmanager
def connected(
    version: int, *, certificate: Path | None = None, keepalive: int = 60
) -> Iterator[tuple[Peer, BatchClient, Queue[list[Received]]]]:
    received: Queue[list[Received]] = Queue()
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = BatchClient(
            CallbackAPIVersion.VERSION2,
            client_id="x",
            protocol=paho.MQTTv5 if version == 5 else paho.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        if certificate is not None:
            trusting = ssl.create_default_context(cafile=certificate / "server.crt")
            trusting.check_hostname = False
            client.tls_set_context(trusting)
        client.on_received = lambda messages: received.put(list(messages))
        client.connect_async("127.0.0.1", server.getsockname()[1], keepalive)
        client.loop_start()
        connection, _ = server.accept()
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate / "server.crt", certificate / "server.key")
            connection = context.wrap_socket(connection, server_side=True)
        with connection:
            peer = Peer(connection)
            peer.read_connect()
            peer.send(CONNACK[version])
            try:
                yield peer, client, received
            finally:
                client.disconnect()
                client.loop_stop()


@contextmanager
def busy(peer: Peer, client: BatchClient) -> Iterator[None]:
    """The client is busy with a message of number 1; what is sent meanwhile waits."""
    begun, done = threading.Event(), threading.Event()
    received = client.on_received

    def wait(messages: Sequence[Received]) -> None:
        begun.set()
        done.wait(10)
        received(messages)

    client.on_received = wait
    peer.send(publish(1, b"a", b"x"))
    assert begun.wait(10)
    try:
        yield
    finally:
        done.set()


def take(received: Queue[list[Received]], count: int) -> list[Received]:
    return [message for messages in take_lists(received, count) for message in messages]


def take_lists(received: Queue[list[Received]], count: int) -> list[list[Received]]:
    found: list[list[Received]] = []
    while sum(map(len, found)) < count:
        found.append(received.get(timeout=10))
    return found


def setting(event: threading.Event) -> Callable[..., None]:
    return lambda *_: event.set()
