"""Publishes simulated messages to an MQTT broker, QoS 1, with a bounded number in flight."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from regionhub.errors import InputError, RegionhubError

from .model import NS_PER_SECOND, SimulatedMessage

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_CONNECT_TIMEOUT_S = 10.0
_DRAIN_TIMEOUT_S = 30.0
_PROGRESS_EVERY_S = 0.5


class PublishError(RegionhubError):
    """The broker cannot be reached or refuses the messages."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where to publish. `tls` with the machine's own certificates."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: bool = False

    @classmethod
    def from_url(cls, url: str) -> Broker:
        """Read `mqtt://user:password@host:port` or `mqtts://`.

        Raises:
            InputError: something else.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise InputError(f"The broker's port is not a number: {error}.") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise InputError("A broker looks like mqtt://host:port or mqtts://host:port.")
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "mqtts",
        )


@dataclass(slots=True)
class Progress:
    """What was handed to the broker, what it has confirmed, and the last message's time."""

    sent: int = 0
    confirmed: int = 0
    bytes_sent: int = 0
    simulated_ns: int | None = None


class Publisher:
    """One connection. Use as a context manager; one `publish` at a time.

    `speed`: simulated seconds per second, 0 for as fast as the broker confirms.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        in_flight: int = 500,
        stop: threading.Event | None = None,
        client_id: str = "",
    ) -> None:
        self.progress = Progress()
        self._broker = broker
        self._stop = stop or threading.Event()
        self._free = threading.BoundedSemaphore(in_flight)
        self._connected = threading.Event()
        self._refused: str | None = None
        self._lost: str | None = None
        client = Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        client.max_inflight_messages_set(in_flight)
        client.max_queued_messages_set(0)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        if broker.user is not None:
            client.username_pw_set(broker.user, broker.password)
        if broker.tls:
            client.tls_set()
        self._client = client

    def __enter__(self) -> Self:
        """Connect.

        Raises:
            PublishError: nobody answers at that address, or the broker refuses.
        """
        where = f"{self._broker.host}:{self._broker.port}"
        try:
            self._client.connect(self._broker.host, self._broker.port, keepalive=30)
        except (OSError, UnicodeError) as error:  # a host name that cannot be one
            raise PublishError(f"No MQTT broker answers at {where}: {error}.") from error
        self._client.loop_start()
        answered = self._connected.wait(_CONNECT_TIMEOUT_S)
        if self._refused is not None or not answered:
            self._client.loop_stop()
            why = self._refused or f"no answer within {_CONNECT_TIMEOUT_S:.0f} s"
            raise PublishError(f"The MQTT broker at {where} does not let us in: {why}.")
        return self

    def __exit__(self, *exception: object) -> None:
        """Wait for the confirmations that are still missing, then disconnect."""
        deadline = time.monotonic() + _DRAIN_TIMEOUT_S
        while self.progress.confirmed < self.progress.sent and time.monotonic() < deadline:
            time.sleep(0.01)
        self._client.disconnect()
        self._client.loop_stop()

    def publish(
        self,
        messages: Iterable[SimulatedMessage],
        *,
        speed: float = 0.0,
        begin_ns: int | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Progress:
        """Publish until the messages end or `stop` is set.

        `begin_ns` is the simulated moment that it is now; without it that of the first message.

        Raises:
            PublishError: the connection broke and did not come back.
        """
        pace = _Pace(speed, begin_ns, self._stop)
        reported = 0.0
        for message in messages:
            if not pace.wait_until(message.sent_ns) or not self._slot():
                break
            info = self._client.publish(message.topic, message.body, qos=1)
            self._check(info)
            progress = self.progress
            progress.sent += 1
            progress.bytes_sent += len(message.body)
            progress.simulated_ns = message.sent_ns
            if on_progress is not None and time.monotonic() - reported >= _PROGRESS_EVERY_S:
                reported = time.monotonic()
                on_progress(progress)
        if on_progress is not None:
            on_progress(self.progress)
        return self.progress

    def _slot(self) -> bool:
        """Wait for room among the unconfirmed messages; False when told to stop."""
        deadline = time.monotonic() + _DRAIN_TIMEOUT_S
        while not self._free.acquire(timeout=0.2):
            if self._stop.is_set():
                return False
            if time.monotonic() > deadline:
                why = f": {self._lost}" if self._lost else ""
                raise PublishError(f"The MQTT broker has stopped confirming messages{why}.")
        return True

    @staticmethod
    def _check(info: MQTTMessageInfo) -> None:
        # Without a connection paho keeps the message and sends it after the reconnect.
        if info.rc not in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN}:
            raise PublishError(f"The message was not taken: {info.rc.name}.")

    def _on_connect(
        self,
        _client: Client,
        _data: Any,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refused = str(reason)
        self._connected.set()

    def _on_disconnect(
        self,
        _client: Client,
        _data: Any,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._lost = str(reason) if reason.is_failure else None
        if not self._connected.is_set():
            self._refused = str(reason)
            self._connected.set()

    def _on_publish(
        self, _client: Client, _data: Any, _mid: int, _reason: ReasonCode, _properties: Properties
    ) -> None:
        self.progress.confirmed += 1
        self._free.release()


class _Pace:
    """Maps simulated time to the clock."""

    def __init__(self, speed: float, begin_ns: int | None, stop: threading.Event) -> None:
        self._speed = speed
        self._stop = stop
        self._begin_ns = begin_ns
        self._began = time.monotonic()

    def wait_until(self, sent_ns: int) -> bool:
        """Sleep until the message is due; False when told to stop."""
        if self._speed > 0:
            if self._begin_ns is None:
                self._begin_ns, self._began = sent_ns, time.monotonic()
            due = self._began + (sent_ns - self._begin_ns) / NS_PER_SECOND / self._speed
            self._stop.wait(max(0.0, due - time.monotonic()))
        return not self._stop.is_set()
