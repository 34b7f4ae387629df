"""A paho client that receives and acknowledges in batches.

paho asks the system for every byte of a packet's head, looks at the socket before each packet and
wakes its thread for each acknowledgement. Under load that is most of what a message costs. This
client changes three things and leaves the rest of the protocol to paho: it reads from the socket
in large pieces (with TLS, all records that are there), takes whole PUBLISH packets out of a piece
itself and hands them over as one list, and acknowledges many with one write
(`make bench ARGS="--only drain"` compares both).

It overrides methods that paho keeps to itself; `constraints.txt` pins the version that the tests
of `tests/ingest/test_mqtt_client.py` hold.
"""

from __future__ import annotations

import errno
import ssl
import struct
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode

_PUBLISH = 0x30
_PUBACK = 0x40
_ACK = struct.Struct("!BBH")
_READ_BYTES = 256 * 1024
_RECORD_BYTES = 16 * 1024  # a record of TLS is not longer
#: A network server sends 2 kB. A broker that sends more than this at once is hung up on; with
#: MQTT 5 it is told before, and keeps such a message to itself.
MAX_PACKET_BYTES = 1024 * 1024
#: Packets handled before paho looks at what it has to send.
_MOST_AT_ONCE = 500
#: ... and bytes of messages after which they are handed over: whoever bounds what waits sees them.
_HAND_OVER_BYTES = 1024 * 1024


class Received(NamedTuple):
    """One PUBLISH as the broker sent it."""

    topic: bytes
    payload: bytes
    mid: int
    qos: int
    retain: bool
    dup: bool


class BatchClient(paho.Client):
    """Calls `on_received` with the messages of one read; acknowledge them with `acknowledge`.

    Make it with `manual_ack=True`; `on_message` is not called.
    """

    on_received: Callable[[Sequence[Received]], None]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._messages: list[Received] = []
        self._length = 0
        #: Whether the last connection ended because of a packet that was too large.
        self.oversized = False

    def acknowledge(self, mids: Sequence[int]) -> None:
        """Acknowledge messages of QoS 1 of the current connection."""
        if mids:
            packets = b"".join([_ACK.pack(_PUBACK, 2, mid) for mid in mids])
            self._packet_queue(_PUBACK, packets, mids[0], 1)

    def _create_socket(self) -> Any:
        self._messages, self._length = [], 0
        self.oversized = False
        return _BufferedSocket(super()._create_socket())

    def loop_read(self, max_packets: int = _MOST_AT_ONCE) -> MQTTErrorCode:
        """Handle the packets of one read from the socket."""
        while True:
            taken = self._take_messages(max_packets)
            status = MQTTErrorCode.MQTT_ERR_SUCCESS if taken else super().loop_read()
            max_packets -= taken or 1
            socket: Any = self._sock
            if status or socket is None or not socket.pending():
                break
            if max_packets <= 0 or self._length >= _HAND_OVER_BYTES:
                break
        self._hand_over()
        return status

    def _take_messages(self, most: int) -> int:
        """Take the PUBLISH packets that come next and are whole; all else is paho's."""
        socket: Any = self._sock
        if socket is None or self._in_packet["command"]:  # paho has begun with the next one
            return 0
        messages = socket.messages(most, self._protocol == paho.MQTTv5)
        if messages:
            self._messages += messages
            self._length += sum([len(message.payload) for message in messages])
            with self._msgtime_mutex:
                self._last_bytes_received = time.monotonic()
        return len(messages)

    def _do_on_disconnect(self, *args: Any, **options: Any) -> None:
        # what one read held before the end belongs to the connection that ends
        self._hand_over()
        super()._do_on_disconnect(*args, **options)

    def _sock_recv(self, bufsize: int) -> bytes:
        # paho asks for all that a packet still lacks
        if bufsize > MAX_PACKET_BYTES:
            self.oversized = True
            raise OSError(errno.EMSGSIZE, "the broker sends too large a packet")
        return super()._sock_recv(bufsize)

    def _hand_over(self) -> None:
        messages, self._messages, self._length = self._messages, [], 0
        if messages:
            self.on_received(messages)

    def _handle_publish(self) -> MQTTErrorCode:
        head: int = self._in_packet["command"]
        packet = bytes(self._in_packet["packet"])
        try:
            message = _message(head, packet, 0, len(packet), self._protocol == paho.MQTTv5)
        except IndexError:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        self._messages.append(message)
        self._length += len(message.payload)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


class _BufferedSocket:
    """A socket that is read in large pieces; paho asks `pending` before it waits for more."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._tls = isinstance(socket, ssl.SSLSocket)
        # of TLS and of a WebSocket: bytes that the system gave away already
        self._below = getattr(socket, "pending", None)
        self._piece = b""
        self._at = 0

    def pending(self) -> int:
        """Bytes that can be read without the system."""
        below: int = self._below() if self._below else 0
        return len(self._piece) - self._at + below

    def recv(self, size: int) -> bytes:
        """At most `size` bytes; errors as of the socket below."""
        self._fill()
        start = self._at
        self._at = min(start + size, len(self._piece))
        return self._piece[start : self._at]

    def messages(self, most: int, v5: bool) -> list[Received]:
        """Take the PUBLISH packets that come next, as far as they are whole and right."""
        with suppress(OSError):  # paho meets it again, or the end of the connection instead
            self._fill()
        piece, size, at = self._piece, len(self._piece), self._at
        found: list[Received] = []
        with suppress(IndexError):  # cut off, or wrong: paho goes on with it
            while len(found) < most and piece[at] & 0xF0 == _PUBLISH:
                length, start = _length(piece, at + 1)
                if start + length > size:
                    break
                found.append(_message(piece[at], piece, start, start + length, v5))
                at = start + length
        self._at = at
        return found

    def _fill(self) -> None:
        if self._at < len(self._piece):
            return
        self._piece, self._at = self._socket.recv(_READ_BYTES), 0
        if self._tls and self._piece:
            self._piece += self._more_records(_READ_BYTES - len(self._piece))

    def _more_records(self, size: int) -> bytes:
        # TLS gives one record at a time, and brokers send one for each message
        records: list[bytes] = []
        with suppress(OSError):  # no more for now, or a fault: the next read finds the end
            while size > 0 and (record := self._socket.recv(_RECORD_BYTES)):
                records.append(record)
                size -= len(record)
        return b"".join(records)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)


def _message(head: int, packet: bytes, start: int, end: int, v5: bool) -> Received:
    """Read a PUBLISH whose content is `packet[start:end]`.

    Raises:
        IndexError: it is none.
    """
    at = start + 2 + (packet[start] << 8 | packet[start + 1])
    topic = packet[start + 2 : at]
    mid, qos = 0, head >> 1 & 3
    if qos:
        mid = packet[at] << 8 | packet[at + 1]
        at += 2
    if v5:
        length, at = _length(packet, at)
        at += length
    if at > end or qos > 1:  # nothing was subscribed to with more than QoS 1
        raise IndexError
    return Received(topic, packet[at:end], mid, qos, bool(head & 1), bool(head & 8))


def _length(packet: bytes, at: int) -> tuple[int, int]:
    """Read a length of one to four bytes; returns it and where it ends.

    Raises:
        IndexError: it goes on too long or beyond the end.
    """
    length = packet[at] & 127
    for shift in (7, 14, 21):
        if packet[at] < 128:
            return length, at + 1
        at += 1
        length |= (packet[at] & 127) << shift
    if packet[at] >= 128:
        raise IndexError
    return length, at + 1
