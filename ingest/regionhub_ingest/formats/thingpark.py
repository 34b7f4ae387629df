"""ThingPark (Actility). The topic is set in the connection and tells nothing.

Older and other connections quote every number, so the texts of the numbers are read as numbers
here. `sendMetadata` removes the root `DevEUI_uplink`.
"""

from __future__ import annotations

import re

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.uplinks import Ignored, Message, Reception, Uplink
from regionhub_ingest.formats import clock
from regionhub_ingest.formats import fields as read
from regionhub_ingest.formats.format import Format

_ROOT = "DevEUI_"
_IGNORED = {
    "downlink_Sent": "tells the fate of a downlink",
    "downlink_Rejected": "tells the fate of a downlink",
    "multicast_summary": "tells the fate of a downlink",
    "location": "is a place that the server worked out",
    "notification": "is a notice of the server",
}
_NUMBERS = ("FPort", "FCntUp", "MType", "SpFact", "Frequency", "Late", "PayloadEncryption")
_RADIO_NUMBERS = ("LrrRSSI", "LrrSNR")
_CONFIRMED: dict[int | None, bool] = {2: False, 4: True}  # the message type of LoRaWAN
_MHZ = 1_000_000


def parse(envelope: Envelope) -> Message:
    """Read one message.

    Raises:
        ParseError: the body is not a message of ThingPark.
    """
    body = read.json_object(envelope.body)
    kind = next((key.removeprefix(_ROOT) for key in body if key.startswith(_ROOT)), "uplink")
    if kind in _IGNORED:
        return Ignored(event=kind.lower(), why=_IGNORED[kind])
    if kind != "uplink":
        return Ignored(event="unknown", why="is a report that this version does not know")
    report = read.child(body, "DevEUI_uplink") or body
    if report.get("FCntUp") is None:
        raise ParseError(
            "FCntUp is missing: the connection must send the whole uplink "
            "(sendRawDecodedFormat=false)"
        )
    dev_eui = read.eui(report, "DevEUI")
    if dev_eui is None:
        raise ParseError("DevEUI is missing")
    return _uplink(dev_eui, read.numerals(report, _NUMBERS), envelope.received_ns)


def _uplink(dev_eui: str, report: read.Fields, arrival_ns: int | None) -> Uplink:
    # A base station keeps frames while it has no network: they come after newer ones.
    late = read.whole(report, "Late", high=1) == 1
    time_ns, time_source = clock.choose(read.instant(report, "Time"), None, arrival_ns, late=late)
    return Uplink(
        dev_eui=dev_eui,
        time_ns=time_ns,
        time_source=time_source,
        f_port=read.whole(report, "FPort", high=255),
        payload=read.payload(report, "payload_hex", encoding="hex"),
        dev_addr=read.beside(read.dev_addr, report, "DevAddr"),
        f_cnt=read.whole(report, "FCntUp"),
        confirmed=_CONFIRMED.get(read.beside(read.whole, report, "MType", high=7)),
        decoded=read.decoded(report, "payload"),
        receptions=_receptions(report),
        sf=read.spreading_factor(report, "SpFact"),
        frequency_hz=read.scaled_hertz(report, "Frequency", unit=_MHZ),
        late=late,
        encrypted=bool(read.whole(report, "PayloadEncryption")) or bool(report.get("AppSKey")),
    )


def _receptions(report: read.Fields) -> tuple[Reception, ...]:
    """Each of `Lrrs`, or the base station at the root. Its id (LRR) has no fixed length: no EUI."""
    entries = read.children(read.child(report, "Lrrs"), "Lrr", alone=True)
    if not entries and report.get("Lrrid") is not None:
        entries = [dict(report)]
    heard = []
    for entry in entries:
        numbers = read.numerals(entry, _RADIO_NUMBERS)
        lrr = read.beside(read.text, entry, "Lrrid")
        heard.append(
            Reception(
                gateway_id=lrr and lrr.lower(),
                rssi=read.level(numbers, "LrrRSSI") or None,
                snr=read.level(numbers, "LrrSNR"),
            )
        )
    return tuple(heard)


FORMAT = Format(
    name="thingpark",
    parse=parse,
    device_in_topic=re.compile(r"(?:^|/)things/([^/]+)/"),
    likeness=lambda message: "DevEUI_uplink" in message or "DevEUI_location" in message,
)
