"""Try a source's broker without disturbing the session of ingest."""

from __future__ import annotations

import queue
import secrets
from dataclasses import dataclass

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from regionhub.devices import Source
from regionhub_ingest.broker_client import UnusableSource, way_to
from regionhub_ingest.refusals import (
    Refusal,
    refusal,
    subscription_refusal,
    unreachable,
)

#: A broker that takes longer for one step is as good as away.
TIMEOUT_SECONDS = 5.0


@dataclass(slots=True)
class _Answers:
    """What the broker says, one step after the other."""

    said: queue.Queue[Refusal | None]

    def next(self, silence: Refusal) -> Refusal | None:
        try:
            return self.said.get(timeout=TIMEOUT_SECONDS)
        except queue.Empty:
            return silence


def probe(source: Source) -> Refusal | None:
    """Connect, log in and subscribe under a name of our own, then leave; None if all of it works.

    Its session ends with the connection and it acknowledges nothing, so that the session of ingest
    notices nothing of it. Takes at most some ten seconds.
    """
    try:
        way = way_to(source)
    except UnusableSource as error:
        return error.refusal
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"regionhub-doctor-{secrets.token_hex(4)}",
        transport=way.transport,
        protocol=_protocol(source),
        reconnect_on_failure=False,
        clean_session=None if source.protocol == "5" else True,
    )
    way.prepare(client, source)
    client.connect_timeout = TIMEOUT_SECONDS
    answers = _listen(client, source)
    try:
        client.connect(way.broker.host, way.broker.port)
    except OSError as error:
        return unreachable(error, source)
    client.loop_start()
    try:
        refused = answers.next(("broker_unreachable", "no answer"))
        if refused is not None:
            return refused
        try:
            client.subscribe([(topic, 0) for topic in source.topics])
        except ValueError as error:
            return "topic_invalid", f"{', '.join(source.topics)} ({error})"
        return answers.next(("broker_unreachable", "no answer"))
    finally:
        client.disconnect()
        client.loop_stop()


def _protocol(source: Source) -> MQTTProtocolVersion:
    return MQTTProtocolVersion.MQTTv5 if source.protocol == "5" else MQTTProtocolVersion.MQTTv311


def _listen(client: paho.Client, source: Source) -> _Answers:
    answers = _Answers(queue.Queue())

    # the signatures are paho's
    def connected(_c: paho.Client, _d: object, _f: object, reason: ReasonCode, _p: object) -> None:
        answers.said.put(refusal(reason, source) if reason.is_failure else None)

    def subscribed(
        _c: paho.Client, _d: object, _mid: int, reasons: list[ReasonCode], _p: object
    ) -> None:
        answers.said.put(subscription_refusal(source.topics, reasons))

    def closed(_c: paho.Client, _d: object, _f: object, _r: ReasonCode, _p: object) -> None:
        answers.said.put(("closed_at_once", None))

    client.on_connect = connected
    client.on_subscribe = subscribed
    client.on_disconnect = closed
    return answers
