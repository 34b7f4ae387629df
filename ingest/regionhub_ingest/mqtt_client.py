"""A paho client that receives and acknowledges in batches.

paho asks the system for every byte of a packet's head, looks at the socket before each packet and
wakes its thread for each acknowledgement. Under load that is most of what a message costs. This
client changes three things and leaves the rest of the protocol to paho: it reads from the socket
in large pieces, hands over what one piece held as one list, and acknowledges many with one write
(`make bench ARGS="--only drain"` compares both).

It overrides methods that paho keeps to itself; `constraints.txt` pins the version that the tests
of `tests/ingest/test_mqtt_client.py` hold.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode

_PUBLISH_QOS_1 = 0x32
_TYPE_AND_QOS = 0xF6
_PUBACK = 0x40
_ACK = struct.Struct("!BBH")
_READ_BYTES = 256 * 1024
#: Packets handled before paho looks at what it has to send.
_MOST_AT_ONCE = 500


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

    def acknowledge(self, mids: Sequence[int]) -> None:
        """Acknowledge messages of QoS 1 of the current connection."""
        if mids:
            packets = b"".join([_ACK.pack(_PUBACK, 2, mid) for mid in mids])
            self._packet_queue(_PUBACK, packets, mids[0], 1)

    def _create_socket(self) -> Any:
        self._messages = []
        return _BufferedSocket(super()._create_socket())

    def loop_read(self, max_packets: int = _MOST_AT_ONCE) -> MQTTErrorCode:
        """Handle the packets of one read from the socket."""
        status = super().loop_read()
        for _ in range(max_packets):
            socket: Any = self._sock
            if status or socket is None or not socket.pending():
                break
            status = super().loop_read()
        self._hand_over()
        return status

    def _do_on_disconnect(self, *args: Any, **options: Any) -> None:
        # what one read held before the end belongs to the connection that ends
        self._hand_over()
        super()._do_on_disconnect(*args, **options)

    def _hand_over(self) -> None:
        messages, self._messages = self._messages, []
        if messages:
            self.on_received(messages)

    def _handle_publish(self) -> MQTTErrorCode:
        head: int = self._in_packet["command"]
        packet: bytearray = self._in_packet["packet"]
        try:
            end = 2 + (packet[0] << 8 | packet[1])
            topic = bytes(packet[2:end])
            mid = 0
            qos = head >> 1 & 3
            if qos:
                mid = packet[end] << 8 | packet[end + 1]
                end += 2
            if self._protocol == paho.MQTTv5:
                end = _after_properties(packet, end)
        except IndexError:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        if qos > 1 or end > len(packet):  # nothing was subscribed to with more than QoS 1
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        self._messages.append(
            Received(topic, bytes(packet[end:]), mid, qos, bool(head & 1), bool(head & 8))
        )
        return MQTTErrorCode.MQTT_ERR_SUCCESS


class _BufferedSocket:
    """A socket that is read in large pieces; paho asks `pending` before it waits for more."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._piece = b""
        self._at = 0

    def pending(self) -> int:
        """Bytes that can be read without the system."""
        below: int = self._socket.pending() if hasattr(self._socket, "pending") else 0
        return len(self._piece) - self._at + below

    def recv(self, size: int) -> bytes:
        """At most `size` bytes; errors as of the socket below."""
        if self._at == len(self._piece):
            self._piece, self._at = self._socket.recv(_READ_BYTES), 0
        start = self._at
        self._at = min(start + size, len(self._piece))
        return self._piece[start : self._at]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)


def _after_properties(packet: bytearray, start: int) -> int:
    length, shift = 0, 0
    while True:
        byte = packet[start]
        start += 1
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return start + length
        if shift > 21:
            raise IndexError
