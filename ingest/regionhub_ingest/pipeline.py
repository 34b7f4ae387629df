"""Messages from envelope to item, step by step; the payloads of a batch are decoded together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from regionhub.archive.items import Item, NewDeadLetter, NewDeviceEvent, NewIgnored, NewUplink
from regionhub.devices import Device, Source
from regionhub.envelope import Arrival, Envelope
from regionhub.errors import (
    UNEXPECTED,
    MessageError,
    ParseError,
    ProfileError,
    StoreError,
    UnknownDevice,
    UnusableProfile,
)
from regionhub.observability import get_logger
from regionhub.profiles import DeviceProfile
from regionhub.uplinks import DeviceEvent, Ignored, Uplink
from regionhub_ingest.calibrate import calibrated
from regionhub_ingest.codec import Frame
from regionhub_ingest.decode import Codecs, Decoded
from regionhub_ingest.formats import parse, without_keys
from regionhub_ingest.formats.clock import MAX_AHEAD_OF_ARRIVAL_NS
from regionhub_ingest.metrics import MISPLACED
from regionhub_ingest.own_times import at_possible_times
from regionhub_ingest.registry import Registry

_log = get_logger(__name__)


class Pipeline:
    """Turns messages into what the store keeps.

    Belongs to one thread, as its codecs do.

    Args:
        registry: knows the devices.
        codecs: decode their payloads.
        kept_since_ns: what is older is ignored, because retention would remove it at once.
    """

    def __init__(
        self, registry: Registry, codecs: Codecs, *, kept_since_ns: int | None = None
    ) -> None:
        self._registry = registry
        self._codecs = codecs
        self._kept_since_ns = kept_since_ns
        self._stored: Mapping[str, DeviceProfile] = {}

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
        waiting = [
            (i, item)
            for i, item in enumerate(items)
            if isinstance(item, NewUplink) and item.uplink.decodable
        ]
        results = self._decode([item for _, item in waiting])
        for (i, item), result in zip(waiting, results, strict=True):
            items[i] = self._decoded(item, result)
        return items

    def _read(self, source: Source, envelope: Envelope) -> Item:
        """All but what the codecs say: an uplink has no measurements yet."""
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
            dev_eui = message.dev_eui
            _check_time(message, envelope.arrival)
            decoded = None
            if isinstance(message, Uplink):
                # few profiles read what the server's codec said, and a batch holds thousands
                decoded = message.decoded
                frame = message = message.without_decoded()
            device = self._device(source, message)
            if frame is not None and self._codecs.maps_decoded(device.profile_id):
                message = frame._replace(decoded=decoded)
            if reason := self._unwanted(message):
                return NewIgnored(source=source, reason=reason)
            if isinstance(message, DeviceEvent):
                return NewDeviceEvent(
                    source=source, device=device, envelope=envelope, event=message
                )
            # without a version: where no codec runs, the archive never decodes what is only noise
            return NewUplink(source, device, envelope, message, (), None)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, this message has its fate
            return _dead_letter(source, envelope, error, dev_eui, device, frame)

    def _decode(self, items: Sequence[NewUplink]) -> Sequence[Decoded | Exception]:
        frames = [
            (
                device.profile_id,
                Frame(
                    uplink.payload,
                    uplink.f_port,
                    uplink.time_ns,
                    device.parameters,
                    device.device_id,
                    uplink.decoded,
                ),
            )
            for _, device, _, uplink, _, _ in items
        ]
        try:
            return self._codecs.decode_all(frames)
        except Exception as error:  # noqa: BLE001 - a fault of this program; which frame is it?
            if len(items) == 1:
                return [error]
            return [result for item in items for result in self._decode([item])]

    def _decoded(self, item: NewUplink, result: Decoded | Exception) -> Item:
        source, device, envelope, uplink, _, _ = item
        if isinstance(result, ProfileError):
            result = UnusableProfile(result.detail)
        if isinstance(result, Exception):
            return _dead_letter(source, envelope, result, uplink.dev_eui, device, uplink)
        measurements, misplaced = at_possible_times(
            result.measurements, received_ns=envelope.arrival.at_ns
        )
        if misplaced:
            MISPLACED.labels(device.profile_id).inc(misplaced)
            _log.warning("readings_misplaced", dev_eui=uplink.dev_eui, readings=misplaced)
        if device.calibrations:
            measurements = calibrated(measurements, device.calibrations, time_ns=uplink.time_ns)
        version = self._codecs.version(device.profile_id)
        return NewUplink(source, device, envelope, uplink, measurements, version)

    def _device(self, source: Source, message: Uplink | DeviceEvent) -> Device:
        dev_eui = message.dev_eui
        if dev_eui is None:
            raise UnknownDevice(_unlisted(source, message))
        # of this town: that another one registered it is nobody's business here
        device = self._registry.find(source.tenant_id, dev_eui)
        if self._registry.profiles is not self._stored:
            self._stored = self._registry.profiles
            self._codecs.take(self._stored)
        if device is None:
            raise UnknownDevice(f"no device with DevEUI {dev_eui} is registered")
        return device

    def _unwanted(self, message: Uplink | DeviceEvent) -> str | None:
        """Why nothing is kept of a message of a known device."""
        if isinstance(message, Uplink) and message.simulated:
            return "simulated"
        if self._kept_since_ns is not None and message.time_ns < self._kept_since_ns:
            return "too_old"
        return None


def _check_time(message: Uplink | DeviceEvent, arrival: Arrival) -> None:
    """Refuse what was not yet when it came: without a known arrival, its format cannot see that."""
    if message.time_ns > arrival.at_ns + MAX_AHEAD_OF_ARRIVAL_NS:
        raise ParseError("the message is of a time that has not come yet")


def _dead_letter(
    source: Source,
    envelope: Envelope,
    error: Exception,
    dev_eui: str | None,
    device: Device | None,
    frame: Uplink | None,
) -> NewDeadLetter:
    if isinstance(error, MessageError):
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
