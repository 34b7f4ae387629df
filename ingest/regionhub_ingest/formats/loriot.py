"""LORIOT, the messages of an application output. The topic is set there and tells nothing.

One frame may come as `rx` (the best gateway, unnamed) and, a little later, as `gw` with all of
them: both are read, and the store finds that they are one frame.
"""

from __future__ import annotations

from collections.abc import Sequence

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.times import NS_PER_SECOND
from regionhub.uplinks import DeviceEvent, Ignored, Message, Reception, Uplink
from regionhub_ingest.formats import clock
from regionhub_ingest.formats import fields as read
from regionhub_ingest.formats.format import Format

_MILLISECOND = NS_PER_SECOND // 1000


def parse(envelope: Envelope) -> Message:
    """Read one message.

    Raises:
        ParseError: the body is not a message of LORIOT.
    """
    body = read.json_object(envelope.body)
    command = read.text(body, "cmd")
    if command is None:
        raise ParseError("cmd is missing: this is not a message of a LORIOT application output")
    if command in {"txd", "tx"}:
        return Ignored(event=command, why="tells the fate of a downlink")
    if command not in {"rx", "gw", "geo"}:
        return Ignored(event="unknown", why="is a message that this version does not know")
    dev_eui = read.eui(body, "EUI")
    if dev_eui is None:
        raise ParseError("EUI is missing")
    if command == "geo":
        return _location(dev_eui, body, envelope.received_ns)
    return _uplink(dev_eui, body, envelope.received_ns)


def _uplink(dev_eui: str, body: read.Fields, arrival_ns: int | None) -> Uplink:
    # The server's own clock, so a frame that waited in the broker for days keeps its time.
    server_ns = read.epoch(body, "ts", unit_ns=_MILLISECOND)
    time_ns, time_source = clock.choose(server_ns, server_ns, arrival_ns)
    sf, bw_hz = read.lora_rate(body, "dr")
    # Without the application key the server passes on what it cannot decrypt.
    encrypted = body.get("data") is None and body.get("encdata") is not None
    return Uplink(
        dev_eui=dev_eui,
        time_ns=time_ns,
        time_source=time_source,
        f_port=read.whole(body, "port", high=255),
        payload=_payload(body, "encdata" if encrypted else "data"),
        f_cnt=read.whole(body, "fcnt"),
        confirmed=read.beside(read.optional_flag, body, "confirmed"),
        receptions=_receptions(body),
        sf=sf,
        bw_hz=bw_hz,
        frequency_hz=read.hertz(body, "freq"),
        encrypted=encrypted,
    )


def _payload(body: read.Fields, key: str) -> bytes:
    try:
        return read.payload(body, key, encoding="hex")
    except ParseError as error:
        raise ParseError(
            f"{error.detail}; set the data format of the LORIOT application to hexadecimal"
        ) from None


def _receptions(body: read.Fields) -> tuple[Reception, ...]:
    """Each of `gws`, or the best one of `rx`, which has no name."""
    heard: Sequence[read.Fields] = read.children(body, "gws")
    if not heard and body.get("rssi") is not None:
        heard = [body]
    return tuple(
        Reception(
            gateway_id=read.beside(read.eui, entry, "gweui"),
            rssi=read.level(entry, "rssi") or None,
            snr=read.level(entry, "snr"),
        )
        for entry in heard
    )


def _location(dev_eui: str, body: read.Fields, arrival_ns: int | None) -> Message:
    place = read.position(
        {"position": {"latitude": body.get("lat"), "longitude": body.get("lon")}}, "position"
    )
    if not place:
        return Ignored(event="geo", why="carries no position")
    server_ns = read.instant(body, "ts")  # here a text
    time_ns, _ = clock.choose(server_ns, server_ns, arrival_ns)
    return DeviceEvent(
        kind="location",
        dev_eui=dev_eui,
        time_ns=time_ns,
        latitude=place["latitude"],
        longitude=place["longitude"],
    )


FORMAT = Format(name="loriot", parse=parse, likeness=lambda message: "EUI" in message)
