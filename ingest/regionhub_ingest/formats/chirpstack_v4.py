"""ChirpStack v4, events as JSON (the default of its MQTT integration) or as binary protobuf.

This is what counts. `chirpstack_v4_usual` reads most uplinks in less than half the time and has to
make the same of them: what changes here in an uplink changes there.
"""

from __future__ import annotations

import re
from typing import Any

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.uplinks import DeviceEvent, Ignored, Message, Uplink
from regionhub_ingest.formats import chirpstack_v4_protobuf as protobuf
from regionhub_ingest.formats import chirpstack_v4_usual as usual
from regionhub_ingest.formats import clock, gateways
from regionhub_ingest.formats import fields as read
from regionhub_ingest.formats.format import Format

_IGNORED = {
    "ack": "tells the fate of a downlink",
    "txack": "tells the fate of a downlink",
    "log": "is a log line of the server",
    "integration": "comes from another integration of the server",
    "command": "is a command to the server",
    "gateway": gateways.WHY,
}

#: Where a topic of ChirpStack names the device; `up` and its like follow.
DEVICE_IN_TOPIC = re.compile(r"(?:^|/)application/[^/]+/device/([^/]+)/")

# Found in this order: the first key that is there names the event. Old servers leave out zeros,
# so each event has several keys.
_SHAPES = {
    "devEui": "command",  # events have it only in deviceInfo
    "phyPayload": "gateway",
    "rxInfo": "up",
    "data": "up",
    "downlinkId": "txack",
    "queueItemId": "ack",
    "integrationName": "integration",
    "code": "log",
    "level": "log",
    "description": "log",
    "location": "location",
    "margin": "status",
    "batteryLevel": "status",
    "batteryLevelUnavailable": "status",
    "externalPowerSource": "status",
    "devAddr": "join",
    "gatewayId": "gateway",
}


def parse(envelope: Envelope) -> Message:
    """Read one event.

    Raises:
        ParseError: the body is not an event of ChirpStack v4.
    """
    topic = envelope.topic
    if topic.endswith("/event/up") or _topic_event(topic) is None:  # in nearly all the first holds
        uplink = usual.uplink(envelope.body, envelope.received_ns)
        if uplink is not None:
            return uplink
    event, body = _event(envelope)
    if event in _IGNORED:
        return Ignored(event=event, why=_IGNORED[event])
    if event not in {"up", "join", "status", "location"}:
        return Ignored(event="unknown", why="is an event that this version does not know")
    dev_eui = read.eui(read.child(body, "deviceInfo"), "devEui")
    if dev_eui is None:
        raise ParseError("deviceInfo.devEui is missing")
    if event == "up":
        return _uplink(dev_eui, body, envelope.received_ns)
    told = facts(event, body, read.dev_addr(body, "devAddr"))
    if not told:
        return Ignored(event=event, why="carries no position")
    return DeviceEvent(
        dev_eui=dev_eui,
        time_ns=clock.choose(read.instant(body, "time"), None, envelope.received_ns)[0],
        event_id=read.beside(read.text, body, "deduplicationId"),
        **told,
    )


def _event(envelope: Envelope) -> tuple[str, read.Fields]:
    """Which event it is, and its fields where anybody asks for them."""
    event = _topic_event(envelope.topic)
    if event in _IGNORED:
        return event, {}
    if protobuf.looks_binary(envelope.body):
        return protobuf.event(envelope.body, event, envelope.topic)
    body = read.json_object(envelope.body)
    return event or read.event_of(body, _SHAPES), body


def _topic_event(topic: str) -> str | None:
    """Read `application/{id}/device/{eui}/event/{event}`, which a bridge may have prefixed."""
    if gateways.is_topic(topic):
        return "gateway"
    match topic.split("/")[-6:]:
        case ["application", _, "device", _, "event", event]:
            return event
        case ["application", _, "device", _, "command", _]:
            return "command"
    return None


def _uplink(dev_eui: str, body: read.Fields, arrival_ns: int | None) -> Uplink:
    tx_info = read.child(body, "txInfo")
    modulation = read.child(tx_info, "modulation")
    lora = read.child(modulation, "lora")
    has_snr = modulation.get("fsk") is None and modulation.get("lrFhss") is None
    event_ns, network_ns = _times(body)
    time_ns, time_source = clock.choose(event_ns, network_ns, arrival_ns)
    return Uplink(
        dev_eui=dev_eui,
        time_ns=time_ns,
        time_source=time_source,
        f_port=read.whole(body, "fPort", high=255),
        payload=read.payload(body, "data"),
        event_id=read.beside(read.text, body, "deduplicationId"),
        dev_addr=read.beside(read.dev_addr, body, "devAddr"),
        f_cnt=read.whole(body, "fCnt"),
        confirmed=read.beside(read.flag, body, "confirmed"),
        decoded=read.decoded(body, "object"),
        receptions=tuple(
            read.reception(entry, gateway_id, has_snr=has_snr)
            for entry in read.children(body, "rxInfo")
            if (gateway_id := read.beside(read.eui, entry, "gatewayId")) is not None
        ),
        sf=read.spreading_factor(lora, "spreadingFactor"),
        bw_hz=read.hertz(lora, "bandwidth", high=read.MAX_BANDWIDTH_HZ),
        frequency_hz=read.hertz(tx_info, "frequency"),
        dr=read.beside(read.whole, body, "dr", high=15),
        # Sent only where the server cannot decrypt: the key stays with the join server.
        encrypted=bool(body.get("joinServerContext")),
    )


def _times(body: read.Fields) -> tuple[int | None, int | None]:
    """When the frame was heard, and when the server got it.

    The server takes the first gateway's clock, unseen. Where its own one contradicts, all that
    heard the frame are asked; a gateway without a clock heard it when the server got its copy.
    """
    heard_ns: list[int] = []
    server_ns: list[int] = []
    for entry in read.children(body, "rxInfo"):
        got_ns = read.beside(read.instant, entry, "nsTime")
        if got_ns is not None:
            server_ns.append(got_ns)
        # called `time` before 4.6
        told_ns = read.beside(read.instant, entry, "gwTime" if "gwTime" in entry else "time")
        heard_ns += [ns for ns in (told_ns or got_ns,) if ns is not None]
    # the server took one moment for each copy; the earliest is nearest to the frame
    network_ns = min(server_ns, default=None)
    if network_ns is None:
        return read.instant(body, "time"), None
    event_ns = read.beside(read.instant, body, "time")
    if event_ns is None or abs(event_ns - network_ns) <= clock.AGREE_NS or len(heard_ns) < 2:
        return event_ns, network_ns
    agreed_ns = clock.agreed(heard_ns, network_ns)
    if agreed_ns is None or abs(agreed_ns - event_ns) <= clock.AGREE_NS:
        return event_ns, network_ns
    return (None if abs(agreed_ns - network_ns) <= clock.AGREE_NS else agreed_ns), network_ns


def facts(event: str, body: read.Fields, dev_addr: str | None) -> dict[str, Any]:
    """What a join, status or location says, for versions 3 and 4; nothing without a position."""
    if event == "join":
        return {"kind": "join", "dev_addr": dev_addr}
    if event == "location":
        place = read.position(body, "location")
        return {"kind": "location", **place} if place else {}
    external_power = read.flag(body, "externalPowerSource")
    level = read.number(body, "batteryLevel") or 0.0
    # The server also writes 0 for "unknown" and for "runs on mains".
    no_level = read.flag(body, "batteryLevelUnavailable") or external_power
    return {
        "kind": "status",
        "battery_level": None if level == 0 and no_level else level,
        "external_power": external_power,
        "margin": read.whole(body, "margin", low=-128, high=127),
    }


FORMAT = Format(
    name="chirpstack-v4",
    parse=parse,
    topics=("application/+/device/+/event/+",),
    device_in_topic=DEVICE_IN_TOPIC,
    likeness=lambda message: "deviceInfo" in message,
    without_keys=protobuf.without_keys,
)
