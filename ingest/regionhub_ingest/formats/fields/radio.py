"""How a frame was sent and heard: frequencies in Hz, levels in dBm and dB.

None of it decides over a frame: what cannot be is unknown.
"""

from __future__ import annotations

import re

from regionhub.uplinks import Reception
from regionhub_ingest.formats.fields.numbers import MAX_UINT32, number, whole
from regionhub_ingest.formats.fields.objects import Fields
from regionhub_ingest.formats.fields.refusal import beside

#: No radio of LoRaWAN sends lower: a mapping that says Hz means MHz.
MIN_FREQUENCY_HZ = 1_000_000
#: No radio of LoRaWAN has a channel that wide, Hz.
MAX_BANDWIDTH_HZ = 10_000_000
#: No level of a received signal is further from 0, dBm or dB ...
MAX_LEVEL = 1000
#: ... and what is nearer is 0: a column of four bytes could not hold it.
MIN_LEVEL = 1e-9

_DIGITS = re.compile(r"[0-9]{1,19}")
_LORA_RATE = re.compile(r"SF([0-9]{1,2})(?:\s*BW([0-9]{1,4}(?:\.[0-9]+)?))?(?:\s.*)?", re.ASCII)


def hertz(fields: Fields, key: str, *, high: int = MAX_UINT32) -> int | None:
    """Read a frequency or bandwidth in Hz, None when absent. 64-bit integers come as text."""
    value = fields.get(key)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        fields = {key: int(value)}
    return beside(whole, fields, key, high=high) or None


def scaled_hertz(
    fields: Fields, key: str, *, unit: int, low: int = 0, high: int = MAX_UINT32
) -> int | None:
    """Read a frequency or bandwidth given in a unit of so many hertz, None when absent or zero."""
    value = beside(number, fields, key)
    if not value:
        return None
    hz = value * unit  # a float may be infinite here
    return round(hz) or None if low <= hz <= high else None


def lora_rate(fields: Fields, key: str) -> tuple[int | None, int | None]:
    """Read spreading factor and bandwidth (Hz) from a text such as "SF7BW125" or "SF7 BW125 4/5".

    None for what it does not say, such as the bit rate of another modulation.
    """
    value = fields.get(key)
    match = _LORA_RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None, None
    sf = spreading_factor({key: int(match[1])}, key)
    return sf, None if match[2] is None else round(float(match[2]) * 1000) or None


def spreading_factor(fields: Fields, key: str) -> int | None:
    """Read a spreading factor, None when absent."""
    return beside(whole, fields, key, high=12) or None


def level(fields: Fields, key: str) -> float | None:
    """Read a signal level or a ratio in decibels, None when absent."""
    value = beside(number, fields, key)
    if value is None or MIN_LEVEL <= abs(value) <= MAX_LEVEL:
        return value
    return 0.0 if abs(value) < MIN_LEVEL else None


def reception(
    fields: Fields,
    gateway_id: str | None,
    *,
    has_snr: bool,
    rssi: str = "rssi",
    snr: str = "snr",
) -> Reception:
    """Read how one gateway heard the frame, for servers that leave out zeros.

    0 dBm is not plausible, so an absent or zero RSSI is unknown; beside a known RSSI an absent
    SNR is exactly 0 dB, unless the modulation has none (FSK, LR-FHSS).
    """
    dbm = level(fields, rssi) or None
    db = level(fields, snr) or (0.0 if has_snr and dbm is not None else None)
    return Reception(gateway_id=gateway_id, rssi=dbm, snr=db)
