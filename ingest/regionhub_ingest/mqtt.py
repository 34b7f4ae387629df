"""Connections to the towns' brokers: receive, hand over, acknowledge after the commit.

paho's network thread only puts messages into the inbox. With MQTT 5 the broker holds back what
exceeds Receive Maximum; older brokers hold back by their own limit, and a full inbox makes the
network thread wait.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from regionhub.devices import Source, broker_address
from regionhub.envelope import Envelope
from regionhub.errors import InputError
from regionhub.observability import get_logger
from regionhub_ingest.inbox import Inbox
from regionhub_ingest.metrics import CONNECTED
from regionhub_ingest.mqtt_client import BatchClient, Received

_log = get_logger(__name__)

RECEIVE_MAXIMUM = 4000
_KEEPALIVE_SECONDS = 60
_SESSION_EXPIRY_SECONDS = 0xFFFFFFFF  # the broker keeps our place for good
_PROTOCOLS = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}
_NOT_YET = "not connected yet"


class Delivery(NamedTuple):
    """A received message and what is needed to acknowledge it."""

    connection: SourceConnection
    envelope: Envelope
    mid: int
    qos: int
    epoch: int


@dataclass(slots=True)
class SourceStatus:
    """What a connection knows of itself; times are epoch seconds."""

    connected_since: float | None = None
    last_message_at: float | None = None
    problem: str | None = _NOT_YET


class SourceConnection:
    """One MQTT client for one source, with a persistent session.

    Args:
        source: where to connect and what to subscribe.
        inbox: receives every message; when it is full, the broker waits.
        client_id: names the session at the broker; the same at every start.
    """

    def __init__(self, source: Source, inbox: Inbox[Delivery], *, client_id: str) -> None:
        self.source = source
        self.status = SourceStatus()
        self._inbox = inbox
        # Counts connections; who holds the lock knows that it does not change.
        self._epoch = 0
        self._epoch_lock = threading.Lock()
        self._stopping = threading.Event()
        self._v5 = source.protocol == "5"
        self._client = self._make_client(client_id)

    def _make_client(self, client_id: str) -> BatchClient:
        client = BatchClient(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=_PROTOCOLS[self.source.protocol],
            manual_ack=True,
            reconnect_on_failure=True,
            clean_session=None if self._v5 else False,
        )
        if self.source.username is not None:
            client.username_pw_set(self.source.username, self.source.password)
        if self.source.broker_url.startswith("mqtts:"):
            client.tls_set_context(ssl.create_default_context())
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_received = self._on_received
        return client

    def start(self) -> None:
        """Connect in the background and keep trying until `stop`.

        A source whose address cannot be used says so in its status; the others go on.
        """
        try:
            host, port = broker_address(self.source.broker_url)
        except InputError as error:
            self.report(error.detail)
            return
        properties = None
        if self._v5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = _SESSION_EXPIRY_SECONDS
            properties.ReceiveMaximum = RECEIVE_MAXIMUM
        self._client.connect_async(
            host,
            port,
            keepalive=_KEEPALIVE_SECONDS,
            clean_start=False if self._v5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=properties,
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect; what was not acknowledged comes again at the next start."""
        self._stopping.set()
        self._client.disconnect()
        self._client.loop_stop()
        CONNECTED.labels(self.source.tenant, self.source.name).set(0)

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that these messages are committed.

        A message of an earlier connection is not acknowledged: its number may belong to another
        message by now, and the broker sends it again anyway.
        """
        with self._epoch_lock:
            epoch = self._epoch
            self._client.acknowledge([d.mid for d in deliveries if d.qos and d.epoch == epoch])

    def _next_epoch(self) -> None:
        with self._epoch_lock:
            self._epoch += 1

    def _on_connect(
        self,
        client: paho.Client,
        userdata: object,  # noqa: ARG002 - paho's signature
        flags: paho.ConnectFlags,  # noqa: ARG002
        reason: ReasonCode,
        properties: Properties | None,  # noqa: ARG002
    ) -> None:
        if reason.is_failure:
            self.report(f"the broker refuses the connection: {reason}")
            return
        self._next_epoch()
        try:
            client.subscribe([(topic, 1) for topic in self.source.topics])
        except ValueError as error:
            # raised here it would end paho's thread without a word
            self.report(f"{', '.join(self.source.topics)} cannot be subscribed to: {error}")

    def _on_subscribe(
        self,
        client: paho.Client,  # noqa: ARG002
        userdata: object,  # noqa: ARG002
        mid: int,  # noqa: ARG002
        reasons: list[ReasonCode],
        properties: Properties | None,  # noqa: ARG002
    ) -> None:
        refused = [
            topic
            for topic, reason in zip(self.source.topics, reasons, strict=False)
            if reason.is_failure
        ]
        if refused:
            self.report(f"the broker does not permit to subscribe to {', '.join(refused)}")
            return
        self.status.problem = None
        self.status.connected_since = time.time()
        CONNECTED.labels(self.source.tenant, self.source.name).set(1)
        _log.info("source_connected", source=self.source.name, tenant=self.source.tenant)

    def _on_connect_fail(self, client: paho.Client, userdata: object) -> None:  # noqa: ARG002
        self.report("the broker cannot be reached")

    def _on_disconnect(
        self,
        client: paho.Client,  # noqa: ARG002
        userdata: object,  # noqa: ARG002
        flags: paho.DisconnectFlags,  # noqa: ARG002
        reason: ReasonCode,
        properties: Properties | None,  # noqa: ARG002
    ) -> None:
        self._next_epoch()
        if self._stopping.is_set():
            return
        if self.status.problem is None:
            self.report(f"the connection was lost: {reason}")
        elif self.status.problem == _NOT_YET:
            self.report(
                "the broker closes the connection at once; "
                f"does it speak MQTT {self.source.protocol}, and are the topics right?"
            )

    def report(self, problem: str) -> None:
        """Say why nothing comes from this source."""
        changed = self.status.problem != problem
        self.status.problem = problem
        self.status.connected_since = None
        CONNECTED.labels(self.source.tenant, self.source.name).set(0)
        if changed:
            _log.warning(
                "source_problem",
                source=self.source.name,
                tenant=self.source.tenant,
                problem=problem,
            )

    def _on_received(self, messages: Sequence[Received]) -> None:
        received_ns = time.time_ns()
        self.status.last_message_at = received_ns / 1e9
        epoch = self._epoch
        self._inbox.put(
            [
                Delivery(
                    self,
                    Envelope(
                        # a topic that is no UTF-8 still needs its fate
                        topic=topic.decode("utf-8", "replace"),
                        body=payload,
                        received_ns=received_ns,
                        retained=retain,
                        redelivered=dup,
                    ),
                    mid,
                    qos,
                    epoch,
                )
                for topic, payload, mid, qos, retain, dup in messages
            ],
            self._stopping.is_set,
        )
