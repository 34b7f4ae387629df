"""ChirpStack v3, in both of its JSON dialects.

`json_v3`, the default, writes ids in hexadecimal digits, has no time of its own and only the
index of the data rate. `json` (protobuf JSON) writes ids in base64 and the codec's result as a
text; it says when it was published. No field is read differently in the other dialect, so each is
told from its own form.
"""

from __future__ import annotations

from typing import Any

import orjson

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.uplinks import DeviceEvent, Ignored, Message, Uplink
from regionhub_ingest.formats import chirpstack_v4, clock, gateways
from regionhub_ingest.formats import fields as read
from regionhub_ingest.formats.format import Format

_TOPIC_EVENTS = {"rx": "up", "tx": "command", "command": "command"}
_EVENTS = {"up", "join", "status", "location"}
_IGNORED = {
    "ack": "tells the fate of a downlink",
    "txack": "tells the fate of a downlink",
    "error": "is an error message of the server",
    "integration": "comes from another integration of the server",
    "command": "is a command to the server",
    "gateway": gateways.WHY,
}
# As in chirpstack_v4; a join has receptions, too, and a command a port and data.
_SHAPES = {
    "phyPayload": "gateway",
    "adr": "up",
    "confirmed": "command",
    "acknowledged": "ack",
    "margin": "status",
    "batteryLevel": "status",
    "error": "error",
    "location": "location",
    "integrationName": "integration",
    "devAddr": "join",
    "rxInfo": "up",
    "data": "up",
    "objectJSON": "integration",
    "object": "integration",
    "fCnt": "txack",
    "gatewayID": "gateway",
}
#: LoRa data rates of the European band, by index: spreading factor and bandwidth in Hz.
_EU868_RATES = {**{dr: (12 - dr, 125_000) for dr in range(6)}, 6: (7, 250_000)}
_EU868_HZ = range(863_000_000, 870_000_001)
_FSK_DR = 7


def parse(envelope: Envelope) -> Message:
    """Read one event.

    Raises:
        ParseError: the body is not an event of ChirpStack v3.
    """
    event, body = _event(envelope)
    if event in _IGNORED:
        return Ignored(event=event, why=_IGNORED[event])
    if event not in _EVENTS:
        return Ignored(event="unknown", why="is an event that this version does not know")
    dev_eui = read.eui(body, "devEUI")
    if dev_eui is None:
        raise ParseError("devEUI is missing")
    time_ns, time_source = _time(body, envelope.received_ns)
    if event == "up":
        return Uplink(
            dev_eui=dev_eui, time_ns=time_ns, time_source=time_source, **_uplink_facts(body)
        )
    facts = chirpstack_v4.facts(event, body, _dev_addr(body))
    if not facts:
        return Ignored(event=event, why="carries no position")
    return DeviceEvent(dev_eui=dev_eui, time_ns=time_ns, **facts)


def _event(envelope: Envelope) -> tuple[str, read.Fields]:
    """Which event it is, and its fields where anybody asks for them."""
    event = "gateway" if gateways.is_topic(envelope.topic) else _topic_event(envelope.topic)
    if event in _IGNORED:
        return event, {}
    body = read.json_object(envelope.body)
    return event or read.event_of(body, _SHAPES), body


def _topic_event(topic: str) -> str | None:
    """Read `application/{id}/device/{eui}/event/{event}`; before 3.11 without `event/`."""
    match topic.split("/"):
        case [*_, "application", _, "device", _, "event", event]:
            return event
        case [*_, "application", _, "device", _, "command", _]:
            return "command"
        case [*_, "application", _, "device", _, event]:
            return _TOPIC_EVENTS.get(event, event)
    return None


def _time(body: read.Fields, arrival_ns: int | None) -> tuple[int, Any]:
    """When the server published it, else when a gateway with GPS heard it."""
    published_ns = read.beside(read.instant, body, "publishedAt")
    heard_ns = [
        ns
        for entry in read.children(body, "rxInfo")
        if (ns := read.beside(read.instant, entry, "time")) is not None
    ]
    gateway_ns = clock.agreed(heard_ns, arrival_ns)
    return clock.choose(published_ns or gateway_ns, published_ns, arrival_ns)


def _uplink_facts(body: read.Fields) -> dict[str, Any]:
    tx_info = read.child(body, "txInfo")
    heard = read.children(body, "rxInfo")
    if any("mac" in entry for entry in heard):
        raise ParseError("rxInfo calls its gateways mac, not gatewayID")
    dr = read.beside(read.whole, body if "dr" in body else tx_info, "dr", high=15)
    frequency_hz = read.hertz(tx_info, "frequency")
    sf, bw_hz, is_lora = _modulation(tx_info, dr, frequency_hz)
    return {
        "f_port": read.whole(body, "fPort", high=255),
        "payload": read.payload(body, "data"),
        "dev_addr": _dev_addr(body),
        "f_cnt": read.whole(body, "fCnt"),
        "confirmed": read.beside(read.optional_flag, body, "confirmedUplink"),
        "decoded": _decoded(body),
        "receptions": tuple(
            read.reception(entry, gateway_id, has_snr=is_lora, snr="loRaSNR")
            for entry in heard
            if (gateway_id := read.beside(read.eui, entry, "gatewayID")) is not None
        ),
        "sf": sf,
        "bw_hz": bw_hz,
        "frequency_hz": frequency_hz,
        "dr": dr,
    }


def _modulation(
    tx_info: read.Fields, dr: int | None, frequency_hz: int | None
) -> tuple[int | None, int | None, bool]:
    """Spreading factor, bandwidth (Hz) and whether it is LoRa."""
    if "modulation" in tx_info:
        lora = read.child(tx_info, "loRaModulationInfo")
        sf = read.spreading_factor(lora, "spreadingFactor")
        bw_hz = read.scaled_hertz(lora, "bandwidth", unit=1000, high=read.MAX_BANDWIDTH_HZ)
        return sf, bw_hz, tx_info["modulation"] == "LORA"
    # `json_v3` tells the index alone, whose meaning is the band's.
    # a range is asked for an integer only: for anything else it looks at each of its numbers
    in_band = "dr" in tx_info and frequency_hz is not None and frequency_hz in _EU868_HZ
    rate = _EU868_RATES.get(dr) if in_band and dr is not None else None
    return (*(rate or (None, None)), dr != _FSK_DR)


def _decoded(body: read.Fields) -> dict[str, Any] | None:
    """What the server's codec said; anything but an object is not kept."""
    text = body.get("objectJSON")
    if text is None or text == "":
        return read.decoded(body, "object")
    try:
        return read.decoded({"objectJSON": orjson.loads(text)}, "objectJSON")
    except orjson.JSONDecodeError:
        return None


def _dev_addr(body: read.Fields) -> str | None:
    value = body.get("devAddr")
    if isinstance(value, str) and value.endswith("=="):
        encoded = read.beside(read.base64_bytes, body, "devAddr")
        body = {"devAddr": encoded and encoded.hex()}
    return read.beside(read.dev_addr, body, "devAddr")


def _is_alike(message: read.Fields) -> bool:
    """Only here an EUI written so comes with gateways called so; a Milesight gateway says `mac`."""
    heard = message.get("rxInfo")
    first = heard[0] if isinstance(heard, list) and heard else None
    return (
        "devEUI" in message
        and isinstance(first, dict)
        and "gatewayID" in first
        and "mac" not in first
    )


FORMAT = Format(
    name="chirpstack-v3",
    parse=parse,
    topics=("application/+/device/+/event/+",),
    device_in_topic=chirpstack_v4.DEVICE_IN_TOPIC,
    likeness=_is_alike,
)
