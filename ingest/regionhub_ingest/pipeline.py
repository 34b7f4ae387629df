"""One message from envelope to item, step by step."""

from __future__ import annotations

from regionhub.devices import Device, Source
from regionhub.envelope import Envelope
from regionhub.errors import (
    MessageError,
    ProfileError,
    StoreError,
    UnknownDevice,
    UnusableProfile,
    WrongTenant,
)
from regionhub.observability import get_logger
from regionhub.readings import Measurement
from regionhub.store.batch import Item, NewDeadLetter, NewDeviceEvent, NewIgnored, NewUplink
from regionhub.uplinks import DeviceEvent, Ignored, Uplink
from regionhub_ingest.decode import Codecs, Decoded
from regionhub_ingest.formats import parse
from regionhub_ingest.metrics import MISPLACED
from regionhub_ingest.normalize import normalize
from regionhub_ingest.registry import Registry

_log = get_logger(__name__)


class Pipeline:
    """Turns what a broker delivered into what the store keeps.

    Belongs to one thread: the JavaScript engine of its codecs does.
    """

    def __init__(self, registry: Registry, codecs: Codecs) -> None:
        self._registry = registry
        self._codecs = codecs

    def prepare(self, source: Source, envelope: Envelope) -> Item:
        """The item for one message; every failure of the message itself becomes a dead letter.

        Raises:
            StoreUnavailable: whether the device is known cannot be asked now; try again.
        """
        if envelope.retained:
            return NewIgnored(source=source, reason="retained")
        dev_eui: str | None = None
        device: Device | None = None
        try:
            message = parse(source.format, envelope)
            if isinstance(message, Ignored):
                return NewIgnored(source=source, reason=message.event)
            dev_eui = message.dev_eui
            device = self._device(source, dev_eui)
            if isinstance(message, DeviceEvent):
                return NewDeviceEvent(
                    source=source, device=device, envelope=envelope, event=message
                )
            return self._uplink(source, device, envelope, message)
        except MessageError as error:
            # a town must not learn that another one has this device heard, only that it is refused
            return NewDeadLetter(
                source=source,
                envelope=envelope,
                reason=error.reason,
                detail=error.detail,
                dev_eui=dev_eui,
                device=device,
            )
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - see below
            # a fault of this program: the message comes again at every start, so if it ended the
            # process, no town would have data any more
            _log.exception("message_failed", source=source.name, tenant=source.tenant)
            return NewDeadLetter(
                source=source,
                envelope=envelope,
                reason="unexpected",
                detail=f"this program failed with {type(error).__name__}",
                dev_eui=dev_eui,
                device=device,
            )

    def _device(self, source: Source, dev_eui: str) -> Device:
        device = self._registry.find(dev_eui)
        if device is None:
            raise UnknownDevice(f"no device with DevEUI {dev_eui} is registered")
        if device.tenant_id != source.tenant_id:
            raise WrongTenant(f"the device with DevEUI {dev_eui} belongs to another town")
        return device

    def _uplink(self, source: Source, device: Device, envelope: Envelope, uplink: Uplink) -> Item:
        if uplink.simulated:
            return NewIgnored(source=source, reason="simulated")
        measurements: tuple[Measurement, ...] = ()
        if uplink.decodable:
            decoded = self._decode(device, uplink)
            assert envelope.received_ns is not None, "what comes over MQTT has an arrival"
            measurements, misplaced = normalize(
                decoded.measurements, time_ns=uplink.time_ns, received_ns=envelope.received_ns
            )
            if misplaced:
                MISPLACED.labels(device.profile_id).inc(misplaced)
                _log.warning("readings_misplaced", dev_eui=uplink.dev_eui, readings=misplaced)
        return NewUplink(
            source=source,
            device=device,
            envelope=envelope,
            uplink=uplink,
            measurements=measurements,
            # none where no codec ran: the archive then never decodes what is only noise
            profile_version=self._codecs.version(device.profile_id) if uplink.decodable else None,
        )

    def _decode(self, device: Device, uplink: Uplink) -> Decoded:
        try:
            return self._codecs.decode(
                device.profile_id,
                f_port=uplink.f_port,
                payload=uplink.payload,
                parameters=device.parameters,
                time_ns=uplink.time_ns,
            )
        except ProfileError as error:
            raise UnusableProfile(error.detail) from error
