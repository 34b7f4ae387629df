"""Physical values -> payload bytes, as the device itself packs them.

Written from the manufacturers' byte tables and from nothing of ours: an encoder that shared code
or a profile with the decoder would share its mistakes, and the two would agree on nonsense.

NaN means "the device could not measure this"; each device says so in its own way (a marker, a
flag, a group left out). A value outside what its word can hold is cut to the word's limits.
"""

from __future__ import annotations

import struct
from math import isnan, nan
from typing import NamedTuple

_BATTERY_ONLY = 0b10
_BOTH_GROUPS = 0b11


class Payload(NamedTuple):
    """The application bytes of one uplink and the port they are sent on.

    `decoded` is what the vendor's codec on a network server makes of the bytes, for the device
    types whose towns have that codec switched on; None elsewhere.
    """

    f_port: int
    data: bytes
    decoded: dict[str, float] | None = None


def _word(value: float) -> int:
    return min(max(round(value), 0), 0xFFFF)


def _signed(value: float) -> int:
    return min(max(round(value), -0x8000), 0x7FFF)


def lse01(
    battery_v: float,
    moisture_pct: float,
    temperature_c: float,
    ec_us_cm: float,
    external_c: float = 0.0,
) -> Payload:
    """Dragino LSE01, firmware 1.2, mode 0, port 2: big-endian words and a flag byte.

    Without a probe the three soil words are zero and the probe flag (bit 4) is off.
    `external_c` is the DS18B20 word, 0 when none is fitted.
    """
    battery = _word(battery_v * 1000) & 0x3FFF
    external = _signed(external_c * 10)
    if isnan(moisture_pct):
        return Payload(2, struct.pack(">HhHhHB", battery, external, 0, 0, 0, 0x00))
    data = struct.pack(
        ">HhHhHB",
        battery,
        external,
        _word(moisture_pct * 100),
        _signed(temperature_c * 100),
        _word(ec_us_cm),
        0x10,
    )
    return Payload(2, data)


def em500_smtc(
    battery_pct: float, moisture_pct: float, temperature_c: float, ec_us_cm: float
) -> Payload:
    """Milesight EM500-SMTC, newer hardware, port 85: little-endian items (channel, type, value).

    FF FF stands for a probe that could not be read. NaN for the battery leaves its item out.
    """
    items = b"" if isnan(battery_pct) else bytes((0x01, 0x75, round(battery_pct)))
    if isnan(moisture_pct):
        return Payload(85, items + bytes.fromhex("0367FFFF04CAFFFF057FFFFF"))
    temperature, moisture, ec = (
        _signed(temperature_c * 10),
        _word(moisture_pct * 100),
        _word(ec_us_cm),
    )
    items += struct.pack(
        "<BBhBBHBBH", 0x03, 0x67, temperature, 0x04, 0xCA, moisture, 0x05, 0x7F, ec
    )
    decoded = {"temperature": temperature / 10, "moisture": moisture / 100, "ec": float(ec)}
    if not isnan(battery_pct):
        decoded["battery"] = float(round(battery_pct))
    return Payload(85, items, decoded)


def trs12(
    device_id: int, battery_v: float, moisture_pct: float, temperature_c: float, ec_us_cm: float
) -> Payload:
    """Decentlab DL-TRS12, port 1: protocol 2, device id, group flags, words big-endian.

    The probe sends raw counts: vwc [m3/m3] = 0.0003879 * raw - 0.6956 (METER, mineral soil),
    the word is raw * 10. An unplugged probe leaves its group out.
    """
    battery = _word(battery_v * 1000)
    if isnan(moisture_pct):
        return Payload(1, struct.pack(">BHHH", 2, device_id, _BATTERY_ONLY, battery))
    raw_times_10 = _word((moisture_pct / 100 + 0.6956) / 0.0003879 * 10)
    temperature = _word(temperature_c * 10 + 32768)
    data = struct.pack(
        ">BHHHHHH",
        2,
        device_id,
        _BOTH_GROUPS,
        raw_times_10,
        temperature,
        _word(ec_us_cm),
        battery,
    )
    return Payload(1, data)


def mbx(device_id: int, battery_v: float, distance_mm: float, valid_samples: int = 5) -> Payload:
    """Decentlab DL-MBX, port 1. NaN: no echo, 5000 mm with 0 valid samples."""
    if isnan(distance_mm):
        distance_mm, valid_samples = 5000.0, 0
    data = struct.pack(
        ">BHHHHH",
        2,
        device_id,
        _BOTH_GROUPS,
        _word(distance_mm),
        valid_samples,
        _word(battery_v * 1000),
    )
    return Payload(1, data)


def mbx_unplugged(device_id: int, battery_v: float) -> Payload:
    """Decentlab DL-MBX whose ultrasonic head is gone: only the battery group."""
    return Payload(1, struct.pack(">BHHH", 2, device_id, _BATTERY_ONLY, _word(battery_v * 1000)))


def ldds75(
    battery_v: float, distance_mm: float, external_c: float = 0.0, *, detected: bool = True
) -> Payload:
    """Dragino LDDS75, firmware 1.1.4, port 2.

    A target inside the 280 mm blind zone (and NaN, no usable echo) is sent as 20 mm; without an
    ultrasonic head (`detected` false) the distance is 0 and the sensor flag off.
    """
    battery = _word(battery_v * 1000) & 0x3FFF
    distance = 20 if isnan(distance_mm) or distance_mm < 280 else _word(distance_mm)
    data = struct.pack(
        ">HHBhB",
        battery,
        distance if detected else 0,
        0,
        _signed(external_c * 10),
        int(detected),
    )
    return Payload(2, data)


def keller_measurements(*channels: float) -> Payload:
    """KELLER ADT1/ARC1, port 1, function 1, connection type 3: float32, big-endian.

    `channels` are the five active ones in their order: P1-PBaro and P1 [bar], TOB1 (water)
    [degC], PBaro [bar], TBaro (air) [degC]. NaN is the channel error FF FF FF FF.
    """
    words = b"".join(
        b"\xff" * 4 if isnan(value) else struct.pack(">f", value) for value in channels
    )
    return Payload(1, struct.pack(">BBH", 1, 3, 0x00D3) + words)


def keller_information(
    battery_v: float, battery_pct: float, humidity_pct: float, serial: int, clock_s: int
) -> Payload:
    """KELLER ADT1/ARC1, port 4, function 12: once a day. `clock_s` counts from 2000-01-01."""
    data = struct.pack(
        ">BB4BIIfBB",
        12,
        1,
        *(0x13, 0x00, 0x13, 0x2F),  # class and group 19.00, firmware of week 47 in 2019
        serial,
        clock_s,
        battery_v,
        round(battery_pct),
        round(humidity_pct),
    )
    return Payload(4, data)


def em300_th(battery_pct: float, temperature_c: float, humidity_pct: float) -> Payload:
    """Milesight EM300-TH, port 85. NaN leaves an item out, as this device does with the battery."""
    items = b""
    decoded: dict[str, float] = {}
    if not isnan(battery_pct):
        items += bytes((0x01, 0x75, round(battery_pct)))
        decoded["battery"] = float(round(battery_pct))
    if not isnan(temperature_c):
        temperature = _signed(temperature_c * 10)
        humidity = min(max(round(humidity_pct * 2), 0), 200)
        items += struct.pack("<BBhBBB", 0x03, 0x67, temperature, 0x04, 0x68, humidity)
        decoded |= {"humidity": humidity / 2, "temperature": temperature / 10}
    return Payload(85, items, decoded)


def sht35(
    device_id: int, battery_v: float, temperature_c: float = nan, humidity_pct: float = nan
) -> Payload:
    """Decentlab DL-SHT35, port 1: temperature (x+45)/175 and humidity x/100 of a full word."""
    battery = _word(battery_v * 1000)
    if isnan(temperature_c):
        return Payload(1, struct.pack(">BHHH", 2, device_id, _BATTERY_ONLY, battery))
    temperature = _word((temperature_c + 45) / 175 * 65535)
    humidity = _word(humidity_pct / 100 * 65535)
    data = struct.pack(">BHHHHH", 2, device_id, _BOTH_GROUPS, temperature, humidity, battery)
    return Payload(1, data)


def zn1(device_id: int, battery_v: float, position_um: float, range_um: float = 20000) -> Payload:
    """Decentlab DL-ZN1, port 1: 32 bits, the low word first, 0 in the middle of the range."""
    battery = _word(battery_v * 1000)
    if isnan(position_um):
        return Payload(1, struct.pack(">BHHH", 2, device_id, _BATTERY_ONLY, battery))
    raw = round((position_um / range_um + 1) * 8388608)
    data = struct.pack(
        ">BHHHHH", 2, device_id, _BOTH_GROUPS, raw & 0xFFFF, raw >> 16 & 0xFFFF, battery
    )
    return Payload(1, data)


def gs524n(battery_pct: float, smoke_pct: float, temperature_c: float) -> Payload:
    """Milesight GS524N, port 85: an alarm (1) or normal (7), six bytes that add up to 0."""
    event = 1 if smoke_pct > 0 else 7
    battery, smoke, warmth = round(battery_pct), round(smoke_pct), round(temperature_c) & 0xFF
    data = bytes((0x22, 0x10 | event, battery, smoke, warmth))
    return Payload(85, data + bytes((-sum(data) % 256,)))


def weather_station(
    temperature_c: float, humidity_pct: float, wind_m_s: float, rain_total_mm: float
) -> Payload:
    """A weather station that no maker makes: what it sends is known as its server decodes it."""
    decoded = {
        "temperature": round(temperature_c, 1),
        "humidity": round(humidity_pct, 1),
        "windSpeed": round(wind_m_s, 1),
        "rainTotal": round(rain_total_mm, 1),
    }
    return Payload(2, b"\x01", decoded)


def cws(
    device_id: int,
    battery_v: float,
    surface_c: float,
    air_c: float,
    humidity_pct: float,
    dew_point_c: float,
) -> Payload:
    """Decentlab DL-CWS, port 1: hundredths above 32768, an angle of 71°. NaN: battery only."""
    battery = _word(battery_v * 1000)
    if isnan(surface_c):
        return Payload(1, struct.pack(">BHHH", 2, device_id, _BATTERY_ONLY, battery))
    hundredths = (surface_c, air_c, humidity_pct, dew_point_c)
    data = struct.pack(
        ">BHHHHHHHHH",
        2,
        device_id,
        _BOTH_GROUPS,
        *(_word(value * 100 + 32768) for value in hundredths),
        32768 + 71,
        _word(air_c * 100 + 32768),
        battery,
    )
    return Payload(1, data)
