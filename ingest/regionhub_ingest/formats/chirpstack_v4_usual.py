"""The usual uplink of ChirpStack v4 in JSON, read in less than half the time.

It becomes exactly what the strict readers would make of it. Whatever is not as usual is left to
them: they alone judge it and word the error.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from functools import lru_cache

from msgspec import MsgspecError
from msgspec.json import Decoder

from regionhub.errors import ParseError
from regionhub.times import NS_PER_SECOND, from_rfc3339
from regionhub.uplinks import Reception, Uplink
from regionhub_ingest.formats import clock
from regionhub_ingest.formats import fields as read
from regionhub_ingest.formats.chirpstack_v4_up import Up

_MIN_LEVEL = read.MIN_LEVEL
_FRACTION_NS: tuple[int, ...] = tuple(10 ** (9 - digits) for digits in range(10))
#: Where all clocks agree to a minute, `clock.choose` takes the event's, whatever the others say.
_AGREE_S = clock.AGREE_NS // NS_PER_SECOND
_EARLIEST_NS = clock.EARLIEST_NS + _AGREE_S * NS_PER_SECOND
#: So that no time of a gateway that agrees is later than any that the strict readers take.
_LATEST_NS = 2**63 - (_AGREE_S + 1) * NS_PER_SECOND

_DECODER = Decoder(Up)


def uplink(body: bytes, arrival_ns: int | None) -> Uplink | None:
    """Read an `up` event, None if anything in it is not as usual."""
    try:
        return _uplink(_DECODER.decode(body), arrival_ns)
    except (MsgspecError, ParseError, ValueError):
        return None


def _uplink(up: Up, arrival_ns: int | None) -> Uplink | None:
    dev_eui = _eui(up.device_info.dev_eui)
    event_id = up.deduplication_id
    payload = a2b_base64(up.data, strict_mode=True)
    event_ns = _instant(up.time)
    event_s = event_ns / NS_PER_SECOND
    if (
        dev_eui is None
        or not event_id.isprintable()
        or len(payload) > read.MAX_PAYLOAD_BYTES
        or b2a_base64(payload, newline=False) != up.data.encode()
        or (arrival_ns is not None and event_s - arrival_ns / NS_PER_SECOND > _AGREE_S)
    ):
        return None
    receptions = []
    for entry in up.rx_info:
        gateway_id, rssi, snr = _eui(entry.gateway_id), entry.rssi, entry.snr
        if (
            gateway_id is None
            or not -_AGREE_S < event_s - entry.ns_time.timestamp() < _AGREE_S
            or -_MIN_LEVEL < rssi < _MIN_LEVEL
            or (-_MIN_LEVEL < snr < _MIN_LEVEL and snr != 0)
        ):
            return None
        receptions.append(Reception(gateway_id, rssi, snr or 0.0))
    if not receptions:
        return None
    lora = up.tx_info.modulation.lora
    return Uplink(  # by place: by name takes twice as long
        dev_eui,
        event_ns,
        "event",
        up.f_port,
        payload,
        event_id or None,
        _dev_addr(up.dev_addr),
        up.f_cnt,
        up.confirmed,
        up.decoded,
        tuple(receptions),
        lora.spreading_factor or None,
        lora.bandwidth or None,
        up.tx_info.frequency or None,
        up.dr,
    )


def _instant(text: str) -> int:
    fraction = text[20:-6]
    if text[-6:] == "+00:00" and fraction.isdigit() and fraction.isascii() and len(fraction) <= 9:
        return _second_ns(text[:20]) + int(fraction) * _FRACTION_NS[len(fraction)]
    raise ValueError("not as usual")


@lru_cache(maxsize=4096)  # what arrives together happened in few seconds
def _second_ns(text: str) -> int:
    ns = from_rfc3339(f"{text}0Z")
    if _EARLIEST_NS <= ns < _LATEST_NS:
        return ns
    raise ValueError("not as usual")


@lru_cache(maxsize=16_384)  # the same devices and gateways send again and again
def _eui(text: str) -> str | None:
    return read.eui({"eui": text}, "eui")


@lru_cache(maxsize=16_384)
def _dev_addr(text: str) -> str | None:
    return read.dev_addr({"dev_addr": text}, "dev_addr")
