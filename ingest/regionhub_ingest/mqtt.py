"""Connections to the towns' brokers: receive, hand over, acknowledge after the commit.

paho's network thread only puts messages into the inbox. With MQTT 5 the broker holds back what
exceeds Receive Maximum; older brokers hold back by their own limit, and a full inbox makes the
network thread wait.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from typing import NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from regionhub.devices import Source
from regionhub.envelope import Arrival, Envelope
from regionhub.observability import get_logger
from regionhub_ingest.arrival import ArrivalClock
from regionhub_ingest.broker_client import UnusableSource, Way, way_to
from regionhub_ingest.inbox import Inbox
from regionhub_ingest.metrics import CONNECTED, LAG
from regionhub_ingest.mqtt_client import MAX_PACKET_BYTES, BatchClient, Received
from regionhub_ingest.refusals import (
    SESSION_TAKEN_OVER,
    refusal,
    subscription_refusal,
    unreachable,
)
from regionhub_ingest.status import SourceStatus

_log = get_logger(__name__)

_KEEPALIVE_SECONDS = 60
_RECONNECT_SECONDS = (1, 30)  # at first and at most
#: A session that is to end is empty when nothing came for this long: a line that has gone silent is
#: noticed before (after twice the keepalive), and what the broker keeps is not thrown away.
_DRAINED_SECONDS = 2.5 * _KEEPALIVE_SECONDS
_SESSION_EXPIRY_SECONDS = 0xFFFFFFFF  # the broker keeps our place for good
_PROTOCOLS = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}


class Delivery(NamedTuple):
    """A received message and what is needed to acknowledge it."""

    connection: SourceConnection
    envelope: Envelope
    mid: int
    qos: int
    epoch: int


class SourceConnection:
    """One MQTT client for one source, with a persistent session.

    Args:
        source: where to connect and what to subscribe.
        inbox: receives every message; when it is full, the broker waits.
        clock: says when a message arrives; all connections of a process have the same one.
        client_id: names the session at the broker; the same at every start.
        group: under which the sessions of a source share its messages, if it has several.
        number: of this session; one that the source should not have any more is only emptied.
        receive_maximum: most messages that the broker sends without an acknowledgement (MQTT 5).
    """

    def __init__(
        self,
        source: Source,
        inbox: Inbox[Delivery],
        clock: ArrivalClock,
        *,
        client_id: str,
        group: str = "",
        number: int = 0,
        receive_maximum: int = 4000,
    ) -> None:
        self.source = source
        self.status = SourceStatus()
        self.retiring = number >= source.sessions
        self._labels = (source.tenant, source.name, str(number))
        self._receive_maximum = receive_maximum
        alone, former = list(source.topics), list(source.former_topics)
        shared, formerly_shared = (
            [f"$share/{group}/{topic}" for topic in topics] for topics in (alone, former)
        )
        self._topics, other = (alone, shared) if source.sessions == 1 else (shared, alone)
        # only MQTT 5 has shared ones
        self._former = former + (other + formerly_shared if source.protocol == "5" else [])
        LAG.labels(*self._labels).set_function(self.status.lag_seconds)
        self._inbox = inbox
        self._clock = clock
        # Counts connections; who holds the lock knows that it does not change.
        self._epoch = 0
        self._epoch_lock = threading.Lock()
        self._stopping = threading.Event()
        self._v5 = source.protocol == "5"
        self._client_id = client_id
        self._client: BatchClient | None = None

    def _make_client(self, way: Way) -> BatchClient:
        client = BatchClient(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            transport=way.transport,
            protocol=_PROTOCOLS[self.source.protocol],
            manual_ack=True,
            reconnect_on_failure=True,
            clean_session=None if self._v5 else False,
        )
        way.prepare(client, self.source)
        client.reconnect_delay_set(*_RECONNECT_SECONDS)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_received = self._on_received
        return client

    def start(self) -> None:
        """Connect in the background and keep trying until `stop`.

        A source that cannot be reached as it is set says so in its status; the others go on.
        """
        try:
            way = way_to(self.source)
        except UnusableSource as error:
            self.report(*error.refusal)
            return
        properties = None
        if self._v5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = _SESSION_EXPIRY_SECONDS
            properties.ReceiveMaximum = self._receive_maximum
            properties.MaximumPacketSize = MAX_PACKET_BYTES
        self._client = client = self._make_client(way)
        client.connect_async(
            way.broker.host,
            way.broker.port,
            keepalive=_KEEPALIVE_SECONDS,
            clean_start=False if self._v5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=properties,
        )
        client.loop_start()

    def drained(self) -> bool:
        """Whether a session that is to end has nothing left."""
        return self.status.idle_seconds() > _DRAINED_SECONDS

    def stop(self, *, forget: bool = False) -> None:
        """Disconnect; what was not acknowledged comes again at the next start.

        With `forget` the broker forgets the session, too.
        """
        self._stopping.set()
        properties = None
        if forget and self._v5:
            properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = 0
        if self._client is not None:
            self._client.disconnect(properties=properties)
            self._client.loop_stop()
        CONNECTED.labels(*self._labels).set(0)
        LAG.remove(*self._labels)

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that these messages are committed.

        A message of an earlier connection is not acknowledged: its number may belong to another
        message by now, and the broker sends it again anyway.
        """
        self.status.done(len(deliveries))
        with self._epoch_lock:
            epoch = self._epoch
            assert self._client is not None, "messages come from a client only"
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
            self.report(*refusal(reason, self.source))
            return
        self._next_epoch()
        try:
            if self.retiring:
                client.unsubscribe(self._topics + self._former)
                self._connected()
                return
            client.subscribe([(topic, 1) for topic in self._topics])
            if self._former:  # only now, so that no message falls between the two
                client.unsubscribe(self._former)
        except ValueError as error:
            # raised here it would end paho's thread without a word
            self.report("topic_invalid", f"{', '.join(self.source.topics)} ({error})")

    def _on_subscribe(
        self,
        client: paho.Client,  # noqa: ARG002
        userdata: object,  # noqa: ARG002
        mid: int,  # noqa: ARG002
        reasons: list[ReasonCode],
        properties: Properties | None,  # noqa: ARG002
    ) -> None:
        refused = subscription_refusal(self._topics, reasons)
        if refused is not None:
            self.report(*refused)
            return
        self._connected()

    def _connected(self) -> None:
        self.status.connected()
        CONNECTED.labels(*self._labels).set(1)
        _log.info("source_connected", source=self.source.name, tenant=self.source.tenant)

    def _on_connect_fail(self, client: paho.Client, userdata: object) -> None:  # noqa: ARG002
        # paho calls this while it handles the error of the attempt
        self.report(*unreachable(sys.exception(), self.source))

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
        if self._client is not None and self._client.oversized:
            self.report("packet_too_large")
        elif reason.value == SESSION_TAKEN_OVER:
            self.report("session_taken_over")
        elif self.status.connected_since is not None:
            self.report(self.status.loss(), str(reason))
        elif self.status.problem == "connecting":
            self.report("closed_at_once")

    def report(self, problem: str, detail: str | None = None) -> None:
        """Say why nothing comes from this source, with a code of `regionhub.problems`."""
        news = self.status.failed(problem, detail)
        CONNECTED.labels(*self._labels).set(0)
        if news:
            _log.warning(
                "source_problem",
                source=self.source.name,
                tenant=self.source.tenant,
                problem=problem,
                detail=detail,
            )

    def _on_received(self, messages: Sequence[Received]) -> None:
        received_ns = self._clock.now_ns()
        self.status.received(len(messages), received_ns)
        epoch = self._epoch
        self._inbox.put(
            [
                Delivery(
                    self,
                    Envelope(  # by place: by name takes twice as long
                        # a topic that is no UTF-8 still needs its fate
                        topic.decode("utf-8", "replace"),
                        payload,
                        Arrival(
                            "redelivered" if dup else "live",
                            # one read, but each its own moment, as fine as the database keeps it:
                            # of two readings at one time only the first would stay
                            received_ns + 1_000 * place,
                        ),
                        retain,
                    ),
                    mid,
                    qos,
                    epoch,
                )
                for place, (topic, payload, mid, qos, retain, dup) in enumerate(messages)
            ],
            self._stopping.is_set,
        )
