"""What can be wrong with a device, and how it shows in values, bytes and messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from .encoders import Payload
from .model import DAY_S, Fault, SimulatedDevice, SimulatedMessage
from .weather import Series

#: How long before the reference moment a lasting fault began, days.
_SINCE_DAYS = {
    Fault.STUCK: 9.0,
    Fault.UNPLUGGED: 4.0,
    Fault.SILENT: 3.0,
    Fault.STEP: 3.0,
    Fault.BATTERY: 10.0,
}
#: A body no network server sends: larger than 256 KiB.
OVERSIZED_BYTES = 270_000
_SPIKE = {
    "moisture": 30.0,
    "distance": -900.0,
    "depth": 90.0,
    "temperature": 25.0,
    "surface": -15.0,
}
#: A probe that lost contact with the soil, a mounting that slipped.
_STEP = {"moisture": -12.0, "distance": -400.0, "depth": 40.0, "temperature": 8.0, "surface": -6.0}
#: What the battery of a healthy device loses in a day, as a share, and the least that it has.
_DRAIN, _LEAST_CHARGE = 1 / 3000, 0.05
_OUT_OF_RANGE = {
    "moisture": 130.0,
    "distance": 9_999.0,
    "depth": 4_000.0,
    "temperature": 95.0,
    "surface": 120.0,
}
#: A gateway clock that runs ahead, seconds.
CLOCK_SKEW_S = 40 * 60


def begins_s(fault: Fault, reference_s: int) -> float:
    """When the fault began, Unix seconds; minus infinity for what was always wrong."""
    days = _SINCE_DAYS.get(fault)
    return reference_s - days * DAY_S if days is not None else -np.inf


def distort(fault: Fault, main: str, values: Series, times: Series, reference_s: int) -> Series:
    """Return the series of the `main` quantity as the faulty sensor gives it.

    NaN stands for "could not measure". A stuck sensor is not made here: it repeats an old value.
    """
    since = times >= begins_s(fault, reference_s)
    if fault is Fault.UNPLUGGED:
        return np.where(since, np.nan, values)
    if fault is Fault.SPIKE:
        return np.where(_rarely(times, 40), values + _SPIKE[main], values)
    if fault is Fault.STEP:
        return np.where(since, np.maximum(values + _STEP[main], 0.5), values)
    if fault is Fault.OUT_OF_RANGE:
        return np.where(_rarely(times, 12), _OUT_OF_RANGE[main], values)
    return values


def charge(device: SimulatedDevice, times: Series, begin_s: float, reference_s: int) -> Series:
    """Return the share that the battery of a device has left, 0 to 1.

    No two are of one age; one that fails is empty at the reference moment.
    """
    age_days = (times - begin_s) / DAY_S + device.key % 500
    usual = np.clip(1 - _DRAIN * age_days, _LEAST_CHARGE, 1.0)
    if device.fault is not Fault.BATTERY:
        return usual
    left_s = reference_s - times
    failing = left_s / (reference_s - begins_s(Fault.BATTERY, reference_s))
    return usual * np.clip(failing, 0.02, 1.0)


def _rarely(times: Series, one_in: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return true for about one uplink in so many, by its second alone."""
    mixed = (times.astype(np.int64) * 2_654_435_761 % 2**32) >> 16  # Knuth's multiplicative hash
    return np.asarray(mixed % one_in == 0)


def spoil_payload(payload: Payload) -> Payload:
    """Return the bytes of a device whose firmware has gone wrong: short, another protocol."""
    return Payload(payload.f_port, b"\xff" + payload.data[1:3])


def stray_message(fault: Fault, message: SimulatedMessage) -> SimulatedMessage | None:
    """Return what arrives now and then beside a device's good message, None for nothing."""
    sent_ns = message.sent_ns + 1_500_000_000
    if fault is Fault.NOT_JSON:
        return message._replace(sent_ns=sent_ns, body=message.body[: len(message.body) // 2])
    if fault is Fault.OVERSIZED:
        padding = b" " * (OVERSIZED_BYTES - len(message.body))
        return message._replace(sent_ns=sent_ns, body=message.body + padding)
    if fault is Fault.UNKNOWN_DEVICE:
        stranger = "02ffffff" + message.dev_eui[8:]
        return message._replace(
            sent_ns=sent_ns,
            topic=message.topic.replace(message.dev_eui, stranger),
            body=message.body.replace(message.dev_eui.encode(), stranger.encode()).replace(
                message.dev_eui.upper().encode(), stranger.upper().encode()
            ),
            dev_eui=stranger,
        )
    return None


#: What a demonstration shows. Not `OVERSIZED`: many brokers answer it by cutting the publisher's
#: connection, after which QoS 1 sends it again, for ever.
USUAL_FAULTS = tuple(fault for fault in Fault if fault is not Fault.OVERSIZED)


def assign_faults(
    devices: Sequence[SimulatedDevice], *, seed: int, faults: Iterable[Fault] = USUAL_FAULTS
) -> list[SimulatedDevice]:
    """Return the same devices; every fault hits one of them, each another one.

    Faults of the measuring go to sites where they can be seen; gauges get nothing lasting, so
    that a flood remains visible.
    """
    rng = np.random.default_rng([seed, 5])
    order = [devices[i] for i in rng.permutation(len(devices))]
    chosen: dict[str, Fault] = {}
    for fault in faults:
        for device in order:
            if device.dev_eui not in chosen and _fits(fault, device):
                chosen[device.dev_eui] = fault
                break
    return [replace(device, fault=chosen.get(device.dev_eui)) for device in devices]


def break_gauge(devices: Sequence[SimulatedDevice], fault: Fault | None) -> list[SimulatedDevice]:
    """Return the same devices; the first gauge without a fault has this one."""
    found = list(devices)
    for place, device in enumerate(found):
        if fault is not None and device.site_kind == "gauge" and device.fault is None:
            found[place] = replace(device, fault=fault)
            break
    return found


def _fits(fault: Fault, device: SimulatedDevice) -> bool:
    match fault:
        case Fault.STUCK | Fault.UNPLUGGED:
            return device.site_kind in {"tree", "bed"}
        case Fault.SPIKE:
            return device.site_kind == "gauge"
        case Fault.STEP:
            return device.site_kind in {"tree", "bed"}
        case Fault.CLOCK_SKEW:
            return device.lns == "chirpstack-v4"
        case _:
            return device.site_kind != "gauge"
