"""Messages from envelope to item, step by step; the payloads of a batch are decoded together."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple, cast

from regionhub.archive.items import Item, NewDeadLetter, NewDeviceEvent, NewIgnored, NewUplink
from regionhub.devices import Device, Source
from regionhub.envelope import Envelope
from regionhub.errors import (
    UNEXPECTED,
    MessageError,
    ProfileError,
    StoreError,
    UnknownDevice,
    UnusableProfile,
    WrongTenant,
)
from regionhub.observability import get_logger
from regionhub.uplinks import DeviceEvent, Ignored, Uplink
from regionhub_ingest.decode import Codecs, Decoded, Payload
from regionhub_ingest.formats import parse, without_keys
from regionhub_ingest.metrics import MISPLACED
from regionhub_ingest.own_times import at_possible_times
from regionhub_ingest.registry import Registry

_log = get_logger(__name__)


_NOTHING = Decoded({}, (), [])


class _Undecoded(NamedTuple):
    """A frame of a known device that a codec has to read."""

    source: Source
    device: Device
    envelope: Envelope
    uplink: Uplink


class Pipeline:
    """Turns what a broker delivered into what the store keeps.

    Belongs to one thread: the JavaScript engine of its codecs does.
    """

    def __init__(self, registry: Registry, codecs: Codecs) -> None:
        self._registry = registry
        self._codecs = codecs

    def prepare(self, source: Source, envelope: Envelope) -> Item:
        """The item for one message; see `prepare_all`."""
        (item,) = self.prepare_all([(source, envelope)])
        return item

    def prepare_all(self, messages: Sequence[tuple[Source, Envelope]]) -> list[Item]:
        """The item for each message; every failure of a message itself becomes a dead letter.

        Raises:
            StoreUnavailable: whether the device is known cannot be asked now; try again.
        """
        items = [self._read(source, envelope) for source, envelope in messages]
        waiting = [(i, item) for i, item in enumerate(items) if isinstance(item, _Undecoded)]
        results = self._decode([item for _, item in waiting])
        for (i, item), result in zip(waiting, results, strict=True):
            items[i] = self._finish(item, result)
        return cast("list[Item]", items)

    def _read(self, source: Source, envelope: Envelope) -> Item | _Undecoded:
        if envelope.retained:
            return NewIgnored(source=source, reason="retained")
        envelope = without_keys(envelope)
        dev_eui: str | None = None
        device: Device | None = None
        frame: Uplink | None = None
        try:
            message = parse(source.format, envelope, source.mapping)
            if isinstance(message, Ignored):
                return NewIgnored(source=source, reason=message.event)
            if isinstance(message, Uplink):
                # nobody here reads what the server's codec said, and a batch holds thousands
                frame = message = message._replace(decoded=None)
            dev_eui = message.dev_eui
            device = self._device(source, message)
            if isinstance(message, DeviceEvent):
                return NewDeviceEvent(
                    source=source, device=device, envelope=envelope, event=message
                )
            if message.simulated:
                return NewIgnored(source=source, reason="simulated")
            uplink = _Undecoded(source, device, envelope, message)
            return uplink if message.decodable else self._finish(uplink, _NOTHING)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, this message has its fate
            return _dead_letter(source, envelope, error, dev_eui, device, frame)

    def _decode(self, uplinks: Sequence[_Undecoded]) -> Sequence[Decoded | Exception]:
        payloads = [
            Payload(
                device.profile_id,
                uplink.f_port,
                uplink.payload,
                device.parameters,
                uplink.time_ns,
            )
            for _, device, _, uplink in uplinks
        ]
        try:
            return self._codecs.decode_all(payloads)
        except Exception as error:  # noqa: BLE001 - a fault of this program; which frame is it?
            if len(uplinks) == 1:
                return [error]
            return [result for uplink in uplinks for result in self._decode([uplink])]

    def _finish(self, undecoded: _Undecoded, result: Decoded | Exception) -> Item:
        source, device, envelope, uplink = undecoded
        if isinstance(result, ProfileError):
            result = UnusableProfile(result.detail)
        if isinstance(result, Exception):
            return _dead_letter(source, envelope, result, uplink.dev_eui, device, uplink)
        arrival_ns = envelope.received_ns
        measurements, misplaced = at_possible_times(
            result.measurements,
            received_ns=time.time_ns() if arrival_ns is None else arrival_ns,
        )
        if misplaced:
            MISPLACED.labels(device.profile_id).inc(misplaced)
            _log.warning("readings_misplaced", dev_eui=uplink.dev_eui, readings=misplaced)
        # none where no codec ran: the archive then never decodes what is only noise
        version = self._codecs.version(device.profile_id) if uplink.decodable else None
        return NewUplink(source, device, envelope, uplink, measurements, version)

    def _device(self, source: Source, message: Uplink | DeviceEvent) -> Device:
        dev_eui = message.dev_eui
        if dev_eui is None:
            raise UnknownDevice(_unlisted(source, message))
        device = self._registry.find(dev_eui)
        if device is None:
            raise UnknownDevice(f"no device with DevEUI {dev_eui} is registered")
        if device.tenant_id != source.tenant_id:
            raise WrongTenant(f"the device with DevEUI {dev_eui} belongs to another town")
        return device


def _dead_letter(
    source: Source,
    envelope: Envelope,
    error: Exception,
    dev_eui: str | None,
    device: Device | None,
    frame: Uplink | None,
) -> NewDeadLetter:
    if isinstance(error, MessageError):
        # a town must not learn that another one has this device heard, only that it is refused
        reason, detail = error.reason, error.detail
    else:
        # a fault of this program: the message comes again at every start, so if it ended the
        # process, no town would have data any more
        _log.error("message_failed", source=source.name, tenant=source.tenant, exc_info=error)
        reason, detail = UNEXPECTED, f"this program failed with {type(error).__name__}"
    return NewDeadLetter(
        source=source,
        envelope=envelope,
        reason=reason,
        detail=detail,
        dev_eui=dev_eui,
        device=device,
        frame=frame,
    )


def _unlisted(source: Source, message: Uplink | DeviceEvent) -> str:
    assert isinstance(message, Uplink), "only uplinks may name a device otherwise than by DevEUI"
    return (
        f"the server calls this device {message.device_ref!r}: list that id with its DevEUI under "
        f"devices: in the mapping of the source {source.name!r} (regionhub source mapping)"
    )
