"""The Things Stack v3 (The Things Network, The Things Industries), JSON over MQTT."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.uplinks import DeviceEvent, Ignored, Message, Uplink
from regionhub_ingest.formats import clock
from regionhub_ingest.formats import fields as read
from regionhub_ingest.formats.format import Format, Reader
from regionhub_ingest.formats.mapping import read_devices
from regionhub_ingest.formats.tts_v3_storage import Storage

_TOPIC = re.compile(r"(?:.*/)?v3/[^/]+/devices/([^/]+)/([a-z]+(?:/[a-z]+)?)")

# The one key beside the ids names the event.
_SHAPES = {
    "uplink_message": "up",
    "join_accept": "join",
    "location_solved": "location/solved",
    "uplink_normalized": "up/normalized",
    "downlink_queued": "down/queued",
    "downlink_sent": "down/sent",
    "downlink_ack": "down/ack",
    "downlink_nack": "down/nack",
    "downlink_failed": "down/failed",
    "downlink_queue_invalidated": "down/invalidated",
    "downlinks": "down/push",
    "service_data": "service/data",
}
_IGNORED = {
    "up/normalized": "repeats an uplink that was sent as up",
    "service/data": "comes from another integration of the server",
    "down/push": "is a command to the server",
    "down/replace": "is a command to the server",
} | dict.fromkeys(
    ("down/queued", "down/sent", "down/ack", "down/nack", "down/failed", "down/invalidated"),
    "tells the fate of a downlink",
)

# The server's id of the message; before 3.28 "as:up:", beside one "gs:uplink:" per gateway.
_EVENT_IDS = ("as:up:", "gs:uplink:", "pba:uplink:")


def parse(envelope: Envelope, devices: Mapping[str, str] = MappingProxyType({})) -> Message:
    """Read one event.

    Args:
        envelope: the message.
        devices: DevEUI of devices that the server knows by its own id alone.

    Raises:
        ParseError: the body is not an event of The Things Stack v3.
    """
    body = _message(read.json_object(envelope.body))
    topic = _TOPIC.fullmatch(envelope.topic)
    event = topic[2] if topic else read.event_of(body, _SHAPES)
    if event in _IGNORED:
        return Ignored(event=event, why=_IGNORED[event])
    if event not in {"up", "join", "location/solved"}:
        return Ignored(event="unknown", why="is an event that this version does not know")
    ids = read.child(body, "end_device_ids")
    device_id = read.text(ids, "device_id")
    if topic and topic[1] != device_id:
        raise ParseError(f"the topic is of device {topic[1][:40]!r}, the body of {device_id!r}")
    dev_eui = read.eui(ids, "dev_eui") or devices.get(device_id or "")
    if event == "up":
        return _uplink(dev_eui, device_id, body, envelope.received_ns)
    if dev_eui is None:
        return Ignored(event=event, why="is of a device without a DevEUI")
    facts = _facts(event, body)
    if not facts:
        return Ignored(event=event, why="carries no position")
    joined_ns = read.instant(read.child(body, "join_accept"), "received_at")
    sent_ns = read.instant(body, "received_at")
    return DeviceEvent(
        dev_eui=dev_eui,
        time_ns=clock.choose(joined_ns, sent_ns, envelope.received_ns)[0],
        event_id=_event_id(body),
        **facts,
    )


def _message(body: read.Fields) -> read.Fields:
    """The event; a saved answer of the server's storage has it in `result`."""
    return read.child(body, "result") if body.keys() == {"result"} else body


def _uplink(
    dev_eui: str | None, device_id: str | None, body: read.Fields, arrival_ns: int | None
) -> Uplink:
    if dev_eui is None and device_id is None:
        raise ParseError("end_device_ids names no device")
    message = read.child(body, "uplink_message")
    if not message:
        raise ParseError("uplink_message is missing")
    settings = read.child(message, "settings")
    data_rate = read.child(settings, "data_rate")
    lora = read.child(data_rate, "lora")
    has_snr = data_rate.get("fsk") is None and data_rate.get("lrfhss") is None
    # The gateways' own times may be decades off; the network server's clock is not.
    sent_ns = read.beside(read.instant, body, "received_at")
    if sent_ns is None:
        received_ns = read.instant(message, "received_at")
    else:
        received_ns = read.beside(read.instant, message, "received_at")
    time_ns, time_source = clock.choose(received_ns, sent_ns, arrival_ns)
    return Uplink(
        dev_eui=dev_eui,
        device_ref=device_id if dev_eui is None else None,
        time_ns=time_ns,
        time_source=time_source,
        f_port=read.whole(message, "f_port", high=255),
        payload=read.payload(message, "frm_payload"),
        event_id=_event_id(body),
        dev_addr=read.beside(read.dev_addr, read.child(body, "end_device_ids"), "dev_addr"),
        f_cnt=read.whole(message, "f_cnt"),
        confirmed=read.beside(read.flag, message, "confirmed"),
        decoded=read.decoded(message, "decoded_payload"),
        receptions=tuple(
            read.reception(entry, gateway_id, has_snr=has_snr)
            for entry in read.children(message, "rx_metadata")
            if (gateway_id := _gateway_id(entry)) is not None
        ),
        sf=read.spreading_factor(lora, "spreading_factor"),
        bw_hz=read.hertz(lora, "bandwidth", high=read.MAX_BANDWIDTH_HZ),
        frequency_hz=read.hertz(settings, "frequency"),
        encrypted=bool(message.get("app_s_key")),
        simulated=read.flag(body, "simulated"),
    )


def _gateway_id(entry: read.Fields) -> str | None:
    """Every foreign gateway is called "packetbroker"; only its EUI tells which one it is."""
    gateway, broker = read.child(entry, "gateway_ids"), read.child(entry, "packet_broker")
    return (
        read.beside(read.eui, broker, "forwarder_gateway_eui")
        or read.beside(read.eui, gateway, "eui")
        or read.beside(read.text, broker, "forwarder_gateway_id")
        or read.beside(read.text, gateway, "gateway_id")
    )


def _event_id(body: read.Fields) -> str | None:
    ids = read.beside(read.texts, body, "correlation_ids") or []
    return next((i for prefix in _EVENT_IDS for i in ids if i.startswith(prefix)), None)


def _facts(event: str, body: read.Fields) -> dict[str, Any]:
    if event == "join":
        ids = read.child(body, "end_device_ids")
        return {"kind": "join", "dev_addr": read.dev_addr(ids, "dev_addr")}
    place = read.position(read.child(body, "location_solved"), "location")
    return {"kind": "location", **place} if place else {}


def _with_devices(mapping: str | None) -> Reader:
    return partial(parse, devices=read_devices(mapping))


FORMAT = Format(
    name="tts-v3",
    parse=parse,
    with_mapping=_with_devices,
    protocol="3.1.1",
    topics=("v3/+/devices/+/#",),
    likeness=lambda message: "end_device_ids" in _message(message),
    storage=Storage,
)
