"""Any JSON of a network server, read as a mapping says."""

from __future__ import annotations

from functools import partial
from typing import Any

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.euis import euis_in_topic
from regionhub.profiles.paths import items, look_up
from regionhub.uplinks import Ignored, Message, Reception, Uplink
from regionhub_ingest.formats import clock
from regionhub_ingest.formats import fields as read
from regionhub_ingest.formats.format import Format, Reader
from regionhub_ingest.formats.mapping import (
    EPOCHS,
    GENERIC,
    HERTZ,
    SHIPPED,
    Condition,
    Frequency,
    MessageMapping,
    Moment,
    Place,
    load_mapping,
)


class MappedReader:
    """Reads the messages of one mapping. Absent counters, ports and flags stay unknown."""

    def __init__(self, mapping: MessageMapping) -> None:
        self._mapping = mapping

    def parse(self, envelope: Envelope) -> Message:
        """Read one message.

        Raises:
            ParseError: the body is not what the mapping says.
        """
        m = self._mapping
        body = read.json_object(envelope.body, alone=True)
        if m.wrapped_in is not None:
            body = read.child(*_at(m.wrapped_in, body)) or body
        for rule in m.ignore:
            if _holds(rule, body) and (rule.unless is None or not _there(rule.unless, body)):
                return Ignored(event=rule.event, why=rule.why)
        for condition in m.take:
            if not _holds(condition, body):
                place = condition.field
                value = look_up(body, place.path)
                found = "absent" if value is None else read.shown(value)
                raise ParseError(
                    f"{place.text} is {found}: the mapping neither takes nor ignores such a message"
                )
        return self._uplink(body, envelope)

    def is_alike(self, message: read.Fields) -> bool:
        """Whether a message is of this server and of no other."""
        m = self._mapping
        inner = None if m.wrapped_in is None else look_up(message, m.wrapped_in.path)
        body = inner if isinstance(inner, dict) else message
        return bool(m.recognised_by) and all(_holds(sign, body) for sign in m.recognised_by)

    def _uplink(self, body: read.Fields, envelope: Envelope) -> Uplink:
        m = self._mapping
        dev_eui, device_ref = self._device(body, envelope.topic)
        late = _flag(m.late, body) or False
        event_ns = self._instant(m.late_time, body) if late else None
        time_ns, time_source = clock.choose(
            self._instant(m.time, body) if event_ns is None else event_ns,
            self._instant(m.network_time, body),
            envelope.received_ns,
            late=late,
        )
        rate = read.lora_rate(*self._number(m.data_rate, body))
        return Uplink(
            dev_eui=dev_eui,
            device_ref=device_ref,
            time_ns=time_ns,
            time_source=time_source,
            f_port=read.optional_whole(*self._number(m.f_port, body), high=255),
            payload=read.payload(*_at(m.payload.field, body), encoding=m.payload.encoding),
            event_id=read.beside(read.reference, *_at(m.event_id, body)),
            dev_addr=read.beside(read.dev_addr, *_at(m.dev_addr, body)),
            f_cnt=read.optional_whole(*self._number(m.f_cnt, body)),
            confirmed=_flag(m.confirmed, body, strict=False),
            decoded=read.decoded(*_at(m.decoded, body)),
            receptions=self._receptions(body),
            sf=read.spreading_factor(*self._number(m.sf, body)) or rate[0],
            bw_hz=self._hertz(m.bandwidth, body, high=read.MAX_BANDWIDTH_HZ) or rate[1],
            frequency_hz=self._hertz(m.frequency, body, low=read.MIN_FREQUENCY_HZ),
            late=late,
            encrypted=_flag(m.encrypted, body) or False,
        )

    def _device(self, body: read.Fields, topic: str) -> tuple[str | None, str | None]:
        """Its DevEUI (from the message, else from the topic, else listed) and the server's id."""
        m = self._mapping
        dev_eui = read.eui(*_at(m.dev_eui, body))
        if m.dev_eui_in_topic:
            euis = euis_in_topic(topic)
            if dev_eui is not None and euis and dev_eui not in euis:
                raise ParseError(f"the topic is of device {euis[-1]}, the body of {dev_eui}")
            if dev_eui is None and len(euis) > 1:
                raise ParseError("the topic names several EUIs and the message none")
            dev_eui = dev_eui or next(iter(euis), None)
        device_ref = read.reference(*_at(m.device_ref, body))
        if dev_eui is None and device_ref is not None:
            dev_eui = m.devices.get(device_ref)
        if dev_eui is None and device_ref is None:
            wanted = [place.text for place in (m.dev_eui, m.device_ref) if place]
            if m.dev_eui_in_topic:
                wanted.append("an EUI in the topic")
            raise ParseError(f"the message names no device: {' or '.join(wanted)} is missing")
        return dev_eui, device_ref

    def _receptions(self, body: read.Fields) -> tuple[Reception, ...]:
        where = self._mapping.receptions
        if where is None:
            return ()
        return tuple(
            Reception(
                gateway_id=read.beside(read.gateway_id, *_at(where.gateway, entry)),
                rssi=read.level(*self._number(where.rssi, entry)) or None,
                snr=read.level(*self._number(where.snr, entry)),
            )
            for entry in ([body] if where.list is None else read.children(*_at(where.list, body)))
        )

    def _instant(self, moment: Moment | None, body: read.Fields) -> int | None:
        if moment is None:
            return None
        if moment.format == "rfc3339":
            return read.instant(*_at(moment.field, body), zone=moment.zone)
        return read.epoch(*self._number(moment.field, body), unit_ns=EPOCHS[moment.format])

    def _hertz(
        self,
        frequency: Frequency | None,
        body: read.Fields,
        *,
        low: int = 0,
        high: int = read.MAX_UINT32,
    ) -> int | None:
        if frequency is None:
            return None
        place = self._number(frequency.field, body)
        return read.scaled_hertz(*place, unit=HERTZ[frequency.unit], low=low, high=high)

    def _number(self, place: Place | None, body: read.Fields) -> tuple[read.Fields, str]:
        fields, key = _at(place, body)
        return (read.numerals(fields, [key]) if self._mapping.numbers_as_text else fields), key


def _at(place: Place | None, body: read.Fields) -> tuple[read.Fields, str]:
    """What a reader of `fields` takes: an object and a key, which is the whole path."""
    return ({}, "") if place is None else ({place.text: look_up(body, place.path)}, place.text)


def _holds(condition: Condition, body: read.Fields) -> bool:
    if condition.values is None:
        return _there(condition.field, body)
    value = look_up(body, condition.field.path)
    return any(value == wanted and _kind(value) is _kind(wanted) for wanted in condition.values)


def _there(place: Place, body: read.Fields) -> bool:
    return any(True for _ in items(body, place.path))


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)  # JSON has one kind of number


def _flag(condition: Condition | None, body: read.Fields, *, strict: bool = True) -> bool | None:
    """Whether a condition holds, None where its field is absent; without values it is a flag."""
    if condition is None or look_up(body, condition.field.path) is None:
        return None
    if condition.values is not None:
        return _holds(condition, body)
    place = _at(condition.field, body)
    return read.flag(*place) if strict else read.beside(read.flag, *place)


def _reader(format_name: str, own: str | None) -> Reader:
    return MappedReader(load_mapping(format_name, own)).parse


def _shipped(name: str) -> Format:
    reader = MappedReader(load_mapping(name, None))
    return Format(
        name=name,
        parse=reader.parse,
        with_mapping=partial(_reader, name),
        likeness=reader.is_alike,
    )


#: The format of a source whose mapping says everything.
FORMAT = Format(name=GENERIC, parse=None, with_mapping=partial(_reader, GENERIC))
#: The mappings that come with regionhub.
FORMATS = tuple(_shipped(name) for name in SHIPPED)
