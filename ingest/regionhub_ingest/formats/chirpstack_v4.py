"""ChirpStack v4, events as JSON (the default of its MQTT integration) or as binary protobuf.

This is what counts. `chirpstack_v4_usual` reads most uplinks in less than half the time and has to
make the same of them: what changes here in an uplink changes there.
"""

from __future__ import annotations

from typing import Any

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.uplinks import DeviceEvent, Ignored, Message, Uplink
from regionhub_ingest.formats import chirpstack_v4_protobuf as protobuf
from regionhub_ingest.formats import chirpstack_v4_usual as usual
from regionhub_ingest.formats import clock
from regionhub_ingest.formats import fields as read
from regionhub_ingest.formats.format import Format

_IGNORED = {
    "ack": "tells the fate of a downlink",
    "txack": "tells the fate of a downlink",
    "log": "is a log line of the server",
    "integration": "comes from another integration of the server",
    "command": "is a command to the server",
}

# Found in this order: the first key that is there names the event. Old servers leave out zeros,
# so each event has several keys.
_SHAPES = {
    "devEui": "command",  # events have it only in deviceInfo
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
    event = _topic_event(topic)
    if protobuf.looks_binary(envelope.body):
        event, body = protobuf.event(envelope.body, event, topic)
    else:
        body = read.json_object(envelope.body)
        event = event or read.event_of(body, _SHAPES)
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
        event_id=read.text(body, "deduplicationId"),
        **told,
    )


def _topic_event(topic: str) -> str | None:
    """Read `application/{id}/device/{eui}/event/{event}`, which a bridge may have prefixed."""
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
    network_ns: int | None = None
    receptions = []
    for entry in read.children(body, "rxInfo"):
        # The server took one moment for each copy; the earliest is nearest to the frame.
        heard_ns = read.instant(entry, "nsTime")
        if heard_ns is not None and (network_ns is None or heard_ns < network_ns):
            network_ns = heard_ns
        gateway_id = read.eui(entry, "gatewayId")
        if gateway_id is not None:
            receptions.append(read.reception(entry, gateway_id, has_snr=has_snr))
    time_ns, time_source = clock.choose(read.instant(body, "time"), network_ns, arrival_ns)
    return Uplink(
        dev_eui=dev_eui,
        time_ns=time_ns,
        time_source=time_source,
        f_port=read.whole(body, "fPort", high=255),
        payload=read.payload(body, "data"),
        event_id=read.text(body, "deduplicationId"),
        dev_addr=read.dev_addr(body, "devAddr"),
        f_cnt=read.whole(body, "fCnt"),
        confirmed=read.flag(body, "confirmed"),
        decoded=read.decoded(body, "object"),
        receptions=tuple(receptions),
        sf=read.whole(lora, "spreadingFactor", high=12) or None,
        bw_hz=read.hertz(lora, "bandwidth", high=read.MAX_BANDWIDTH_HZ),
        frequency_hz=read.hertz(tx_info, "frequency"),
        dr=read.whole(body, "dr", high=15),
        # Sent only where the server cannot decrypt: the key stays with the join server.
        encrypted=bool(read.child(body, "joinServerContext")),
    )


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
    likeness=lambda message: "deviceInfo" in message,
    without_keys=protobuf.without_keys,
)
