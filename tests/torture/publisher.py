"""The towns' network servers: publish without pause, remember what the broker acknowledged."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tests.torture.messages import SERVERS, Messages, Sent

_NO_SUBSCRIBER = 0x10
#: While the broker is away so many messages of one server wait for it.
_MOST_OPEN = 300
#: How many of a hundred numbers are published again as they are, and after how many seconds.
_AGAIN = 0.06
_AGAIN_SECONDS = (0.0, 45.0)


class _Server:
    """One MQTT client; collects acknowledgements as (message id, moment, reason)."""

    def __init__(self, port: int, name: str) -> None:
        self.acknowledgements: deque[tuple[int, float, int]] = deque()
        self.open: dict[int, Sent] = {}
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"lns-{name}",
            protocol=paho.MQTTv5,
            reconnect_on_failure=True,
        )
        self.client.reconnect_delay_set(1, 1)
        self.client.max_inflight_messages_set(100)
        self.client.on_publish = self._on_publish
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _on_publish(
        self,
        client: paho.Client,
        userdata: object,
        mid: int,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        # under a lock of paho: nothing here may wait
        self.acknowledgements.append((mid, time.monotonic(), reason.value))

    def settle(self) -> int:
        """Note what was acknowledged; returns how many the broker had no subscriber for."""
        nobody = 0
        for _ in range(len(self.acknowledgements)):
            mid, at, reason = self.acknowledgements.popleft()
            sent = self.open.pop(mid, None)
            if sent is None:  # not written down yet by the thread that published it
                self.acknowledgements.append((mid, at, reason))
                continue
            nobody += reason == _NO_SUBSCRIBER
            if reason < 0x80 and sent.acknowledged_at is None:
                sent.acknowledged_at = at
        return nobody


class Publisher:
    """Publishes at `rate` messages a second until it is closed; `sent` holds every number."""

    def __init__(self, port: int, seed: int, rate: float) -> None:
        self.sent: list[Sent] = []
        self.messages = 0
        self.without_subscriber = 0
        self._rate = rate
        self._rng = random.Random(seed)
        self._source = Messages(seed)
        self._servers = {
            server: _Server(port, f"{server.town}-{server.name}") for server in SERVERS
        }
        self._again: list[tuple[float, Sent, bytes]] = []
        self._lock = threading.Lock()
        self._paused = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def check(self) -> None:
        """Raise what ended the publishing."""
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        due = time.monotonic()
        try:
            while not self._closing.wait(max(0.0, due - time.monotonic())):
                with self._lock:
                    if not self._paused.is_set():
                        self._publish_next()
                    self._settle()
                due = max(due + 1 / self._rate, time.monotonic() - 0.2)
        except BaseException as error:  # noqa: BLE001 - handed to `check`, which raises it
            self._failure = error

    def _publish_next(self) -> None:
        now = time.monotonic()
        if self._again and self._again[0][0] <= now:
            _, sent, body = self._again.pop(0)
            self._publish(sent, body)
            return
        sent = self._source.next(time.time())
        if len(self._servers[sent.server].open) >= _MOST_OPEN:
            time.sleep(0.05)  # the number is made, so it is published all the same
        self.sent.append(sent)
        for body in sent.bodies:
            self._publish(sent, body)
        if self._rng.random() < _AGAIN:
            self._again.append((now + self._rng.uniform(*_AGAIN_SECONDS), sent, sent.bodies[-1]))
            self._again.sort(key=lambda entry: entry[0])

    def _publish(self, sent: Sent, body: bytes) -> None:
        server = self._servers[sent.server]
        retain = sent.kind == "retained"
        info = server.client.publish(sent.topic, body, qos=1, retain=retain)
        server.open[info.mid] = sent
        self.messages += 1

    def _settle(self) -> None:
        for server in self._servers.values():
            self.without_subscriber += server.settle()

    @property
    def unacknowledged(self) -> int:
        """Messages that the broker has not acknowledged."""
        return sum(len(server.open) for server in self._servers.values())

    def pause(self, seconds: float = 60) -> None:
        """Stop publishing and wait until everything is acknowledged.

        Raises:
            TimeoutError: the broker does not acknowledge.
        """
        with self._lock:  # nobody is in the middle of a message
            self._paused.set()
        deadline = time.monotonic() + seconds
        while self.unacknowledged:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.unacknowledged} messages are not acknowledged")
            time.sleep(0.01)

    def resume(self) -> None:
        """Go on publishing."""
        self._paused.clear()

    def publish_again(self, numbers: list[Sent]) -> None:
        """Back-fill: publish these once more, as a network server does on request."""
        with self._lock:
            for sent in numbers:
                self._publish(sent, sent.bodies[0])

    def close(self) -> None:
        """End it."""
        self._closing.set()
        self._thread.join()
        for server in self._servers.values():
            server.client.disconnect()
            server.client.loop_stop()


@contextmanager
def publisher(port: int, seed: int, rate: float) -> Iterator[Publisher]:
    """Network servers that publish, closed at the end."""
    servers = Publisher(port, seed, rate)
    try:
        yield servers
    finally:
        servers.close()
