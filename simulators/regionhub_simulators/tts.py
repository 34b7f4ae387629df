"""The messages of The Things Stack v3 for one device.

That server leaves out every field that is 0, false or empty, writes EUIs in capitals, 64-bit
integers as strings and times with a `Z`.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import orjson

from .model import SimulatedDevice
from .radio import FREQUENCIES_HZ, Frame, Gateway, Session, airtime_s
from .stamps import stamp, ulid

#: Device types whose formatter also gives normalised measurements, and where they belong.
_NORMALIZED = {
    "milesight/em300-th": ("air", {"humidity": "relativeHumidity", "temperature": "temperature"}),
    "milesight/em500-smtc": (
        "soil",
        {"moisture": "moisture", "temperature": "temperature", "ec": "ec"},
    ),
}
_JOIN_EUI = "0253494D00000001"
#: The concentrator counts microseconds in 32 bits.
_WRAP = 2**32


class TheThingsStack:
    """Writes topics and bodies as one application of a town's Things Stack does."""

    def __init__(self, device: SimulatedDevice, sf: int) -> None:
        self._device = device
        device_id = f"eui-{device.dev_eui}"
        self._topic = f"v3/{device.application}@{device.lns_tenant}/devices/{device_id}/"
        self._ids = (
            f'{{"end_device_ids":{{"device_id":"{device_id}",'
            f'"application_ids":{{"application_id":"{device.application}"}},'
            f'"dev_eui":"{device.dev_eui.upper()}","join_eui":"{_JOIN_EUI}","dev_addr":"'
        )
        self._sf = sf
        self._rate = (
            f'"data_rate":{{"lora":{{"bandwidth":125000,"spreading_factor":{sf},'
            '"coding_rate":"4/5"}}'
        )
        network: dict[str, Any] = {
            "net_id": "000013",
            "ns_id": "EC656E0000000181",
            "tenant_id": device.lns_tenant,
            "cluster_id": "eu1",
            "cluster_address": "eu1.cloud.thethings.industries",
            "tenant_address": f"{device.lns_tenant}.eu1.cloud.thethings.industries",
        }
        brand, model = device.profile.split("/", 1)
        version = {
            "brand_id": brand,
            "model_id": model,
            "hardware_version": "1.0",
            "firmware_version": "1.0",
            "band_id": "EU_863_870",
        }
        self._network = (
            f'"version_ids":{orjson.dumps(version).decode()},'
            f'"network_ids":{orjson.dumps(network).decode()}'
        )
        self._gateways: dict[str, tuple[str, str]] = {}
        self._site = orjson.dumps(
            {
                "user": {
                    "latitude": device.latitude,
                    "longitude": device.longitude,
                    "source": "SOURCE_REGISTRY",
                }
            }
        ).decode()

    def up(self, frame: Frame) -> tuple[str, bytes]:
        """Return topic and body of the `up` message."""
        decoded = ""
        if frame.payload.decoded is not None:
            decoded = f'"decoded_payload":{_numbers(frame.payload.decoded)},'
            normalized = self._normalized(frame)
            if normalized:
                decoded += f'"normalized_payload":[{normalized}],'
        body = f'{self._head(frame)},"uplink_message":{{{self._message(frame, decoded)}}}}}'
        return self._topic + "up", body.encode()

    def normalized(self, frame: Frame) -> tuple[str, bytes] | None:
        """Return the second copy of the frame on `up/normalized`, None without such a formatter."""
        normalized = self._normalized(frame)
        if not normalized:
            return None
        middle = f'"normalized_payload":{normalized},'
        body = f'{self._head(frame)},"uplink_normalized":{{{self._message(frame, middle)}}}}}'
        return self._topic + "up/normalized", body.encode()

    def join(self, session: Session, time_ns: int, random_hex: str) -> tuple[str, bytes]:
        """Return topic and body of the `join` message."""
        body = (
            f"{self._ids}{session.dev_addr.upper()}"
            f'"}},"correlation_ids":["gs:uplink:{ulid(time_ns, random_hex)}"],'
            f'"received_at":"{stamp(time_ns + 608_198_293)}Z",'
            f'"join_accept":{{"session_key_id":"{session.key_id}",'
            f'"received_at":"{stamp(time_ns)}Z"}}}}'
        )
        return self._topic + "join", body.encode()

    def _head(self, frame: Frame) -> str:
        return (
            f"{self._ids}{frame.session.dev_addr.upper()}"
            f'"}},"correlation_ids":["gs:uplink:{ulid(frame.server_ns, frame.random_hex)}"],'
            f'"received_at":"{stamp(frame.server_ns + 206_700_884)}Z"'
        )

    def _message(self, frame: Frame, middle: str) -> str:
        payload, f_cnt = frame.payload, frame.f_cnt
        port = f'"f_port":{payload.f_port},' if payload.f_port else ""
        counter = f'"f_cnt":{f_cnt},' if f_cnt else ""
        data = f'"frm_payload":"{b64encode(payload.data).decode()}",' if payload.data else ""
        receptions = ",".join(self._rx_metadata(frame))
        first = frame.receptions[0].gateway
        timestamp = f'"timestamp":{_concentrator(frame.radio_ns // 1000, first)}'
        clock = f',"time":"{stamp(_milliseconds(frame.clock_ns))}Z"' if first.gps else ""
        return (
            f'"session_key_id":"{frame.session.key_id}",{port}{counter}{data}{middle}'
            f'"rx_metadata":[{receptions}],'
            f'"settings":{{{self._rate},"frequency":"{FREQUENCIES_HZ[frame.channel]}",'
            f"{timestamp}{clock}}},"
            f'"received_at":"{stamp(frame.server_ns)}Z",'
            f'"consumed_airtime":"{airtime_s(self._sf, len(payload.data)):.6f}s",'
            f'"locations":{self._site},{self._network}'
        )

    def _normalized(self, frame: Frame) -> str:
        if frame.payload.decoded is None or self._device.profile not in _NORMALIZED:
            return ""
        place, names = _NORMALIZED[self._device.profile]
        values = {
            name: value / 1000 if name == "ec" else value  # the schema wants dS/m
            for key, name in names.items()
            if (value := frame.payload.decoded.get(key)) is not None
        }
        return f'{{"{place}":{_numbers(values)}}}'

    def _rx_metadata(self, frame: Frame) -> list[str]:
        clock = stamp(_milliseconds(frame.clock_ns))
        time, gps = f'"time":"{clock}Z",', f'"gps_time":"{clock}Z",'
        channel = f'"channel_index":{frame.channel},' if frame.channel else ""
        received_ns = frame.server_ns - 20_000_000
        microseconds = frame.radio_ns // 1000
        entries = []
        for gateway, rssi, snr, delay_ns, token in frame.receptions:
            ids, tail = self._gateways.get(gateway.eui) or self._gateway(gateway)
            quality = f'"snr":{snr},' if snr else ""
            entries.append(
                f"{{{ids},{time if gateway.gps else ''}"
                f'"timestamp":{_concentrator(microseconds, gateway)},'
                f'"rssi":{rssi},"channel_rssi":{rssi},{quality}'
                f'"frequency_offset":"{token % 6001 - 3000}",{tail},{channel}'
                f"{gps if gateway.gps else ''}"
                f'"received_at":"{stamp(received_ns + delay_ns // 8)}Z"}}'
            )
        return entries

    def _gateway(self, gateway: Gateway) -> tuple[str, str]:
        """Return what is always the same about a gateway: its names, and the end of an entry."""
        eui = gateway.eui.upper()
        ids = f'"gateway_ids":{{"gateway_id":"{gateway.name}","eui":"{eui}"}}'
        place = {
            "latitude": gateway.latitude,
            "longitude": gateway.longitude,
            "altitude": gateway.altitude,
            "source": "SOURCE_REGISTRY",
        }
        # The server's token for downlinks: a protobuf of the gateway's identifiers.
        identifiers = b"\x0a" + bytes((len(gateway.name),)) + gateway.name.encode()
        identifiers += b"\x12\x08" + bytes.fromhex(gateway.eui)
        token = b"\x0a" + bytes((len(identifiers),)) + identifiers
        tail = (
            f'"location":{orjson.dumps(place).decode()},'
            f'"uplink_token":"{b64encode(token).decode()}"'
        )
        self._gateways[gateway.eui] = (ids, tail)
        return ids, tail


def _milliseconds(ns: int) -> int:
    return ns // 1_000_000 * 1_000_000


def _concentrator(microseconds: int, gateway: Gateway) -> int:
    """Return the gateway's own microsecond counter, which began when it was switched on."""
    return (microseconds + gateway.altitude * 1_013_904_223) % _WRAP or 1


def _numbers(values: dict[str, float]) -> str:
    """JSON as Go writes it: whole numbers without a fraction, keys sorted."""
    plain = {key: int(v) if v.is_integer() else v for key, v in values.items()}
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()
