"""The messages of ChirpStack v4 (JSON marshaler, v4.19) for one device.

Field order, omitted zeros in nested messages and number formats follow the server: scalar fields
of the event are always written, those of `rxInfo` and `location` only when not zero.
"""

from __future__ import annotations

from binascii import b2a_base64
from uuid import NAMESPACE_URL, uuid5

import orjson

from .model import SimulatedDevice
from .radio import FREQUENCIES_HZ, Frame, Gateway, Session
from .stamps import gps_duration, stamp, uuid4

#: A gateway's clock is believed when it is that close to the server's (rx_timestamp_max_drift).
_MAX_DRIFT_NS = 30_000_000_000
_PLAIN_TAIL = '+00:00","rssi":'


class ChirpStack:
    """Writes topics and bodies as one application of a town's ChirpStack does."""

    def __init__(self, device: SimulatedDevice, sf: int) -> None:
        self._topic = f"application/{device.application}/device/{device.dev_eui}/event/"
        info = {
            "tenantId": _id("tenant", device.lns_tenant),
            "tenantName": device.lns_tenant,
            "applicationId": device.application,
            "applicationName": "umwelt",
            "deviceProfileId": _id("profile", device.lns_tenant, device.profile),
            "deviceProfileName": device.profile,
            "deviceName": device.name,
            "devEui": device.dev_eui,
            "deviceClassEnabled": "CLASS_A",
            "tags": {"art": device.site_kind},
        }
        self._info = f'"deviceInfo":{orjson.dumps(info).decode()}'
        self._dr = 12 - sf
        self._gateways: dict[str, tuple[str, str]] = {}
        self._tx_info = [
            f'"txInfo":{{"frequency":{frequency},"modulation":{{"lora":{{"bandwidth":125000,'
            f'"spreadingFactor":{sf},"codeRate":"CR_4_5"}}}}}},"regionConfigId":"eu868"}}'
            for frequency in FREQUENCIES_HZ
        ]

    def up(self, frame: Frame) -> tuple[str, bytes]:
        """Return topic and body of the `up` event."""
        payload = frame.payload
        decoded = ""
        if payload.decoded is not None:
            decoded = f'"object":{orjson.dumps(payload.decoded).decode()},'
        receptions = ",".join(self._rx_info(frame))
        body = (
            f"{self._head(frame.random_hex, self._time_ns(frame))},"
            f'"devAddr":"{frame.session.dev_addr}","adr":true,"dr":{self._dr},'
            f'"fCnt":{frame.f_cnt},"fPort":{payload.f_port},"confirmed":false,'
            f'"data":"{b2a_base64(payload.data, newline=False).decode()}",{decoded}'
            f'"rxInfo":[{receptions}],{self._tx_info[frame.channel]}'
        )
        return self._topic + "up", body.encode()

    def join(self, session: Session, time_ns: int, random_hex: str) -> tuple[str, bytes]:
        """Return topic and body of the `join` event."""
        body = (
            f'{self._head(random_hex, time_ns)},"devAddr":"{session.dev_addr}",'
            '"regionConfigId":"eu868"}'
        )
        return self._topic + "join", body.encode()

    def status(self, frame: Frame, battery_pct: float) -> tuple[str, bytes]:
        """Return topic and body of the `status` event that came in the same frame as an uplink."""
        margin = max(-32, min(31, round(max(r.snr for r in frame.receptions) + 10)))
        # The device answers with 1 to 254; the server turns that into percent.
        level = round(round(battery_pct * 2.54) / 2.54, 5)
        body = (
            f"{self._head(frame.random_hex, self._time_ns(frame))},"
            f'"margin":{margin},"externalPowerSource":false,"batteryLevelUnavailable":false,'
            f'"batteryLevel":{level}}}'
        )
        return self._topic + "status", body.encode()

    def _head(self, random_hex: str, time_ns: int) -> str:
        return (
            f'{{"deduplicationId":"{uuid4(random_hex)}",'
            f'"time":"{stamp(time_ns)}+00:00",{self._info}'
        )

    @staticmethod
    def _time_ns(frame: Frame) -> int:
        """GPS time of any gateway unchecked, else a gateway's clock if near, else the server's."""
        if any(r.gateway.gps for r in frame.receptions):
            return frame.clock_ns // 1_000_000 * 1_000_000
        if abs(frame.clock_ns - frame.server_ns) < _MAX_DRIFT_NS:
            return frame.clock_ns
        return frame.server_ns

    def _rx_info(self, frame: Frame) -> list[str]:
        gps_ns = frame.clock_ns // 1_000_000 * 1_000_000
        gps_clock = f'{stamp(gps_ns)}+00:00","nsTime":"'
        gps_tail = f'+00:00","timeSinceGpsEpoch":"{gps_duration(gps_ns)}","rssi":'
        clock = f'{stamp(frame.clock_ns)}+00:00","nsTime":"'
        channel = f'"channel":{frame.channel},' if frame.channel else ""
        chain = '"rfChain":1,' if frame.channel < 3 else ""
        server_ns = frame.server_ns
        entries = []
        for gateway, rssi, snr, delay_ns, token in frame.receptions:
            head, location = self._gateways.get(gateway.eui) or self._gateway(gateway)
            quality = f'"snr":{snr},' if snr else ""
            counter = b2a_base64((token ^ 0x5A5A5A5A).to_bytes(4), newline=False).decode()
            entries.append(
                f'{head}{token},"gwTime":"{gps_clock if gateway.gps else clock}'
                f"{stamp(server_ns + delay_ns)}"
                f"{gps_tail if gateway.gps else _PLAIN_TAIL}{rssi},"
                f"{quality}{channel}{chain}"
                f'{location}{counter}","crcStatus":"CRC_OK"}}'
            )
        return entries

    def _gateway(self, gateway: Gateway) -> tuple[str, str]:
        """Return what is always the same about a gateway: text before and after the facts."""
        place: dict[str, float | str] = {
            "latitude": gateway.latitude,
            "longitude": gateway.longitude,
            "altitude": float(gateway.altitude),
        }
        if gateway.gps:
            place["source"] = "GPS"
        texts = (
            f'{{"gatewayId":"{gateway.eui}","uplinkId":',
            f'"location":{orjson.dumps(place).decode()},"context":"',
        )
        self._gateways[gateway.eui] = texts
        return texts


def application_id(tenant: str) -> str:
    """Return the UUID of the town's application on its simulated ChirpStack."""
    return _id("application", tenant)


def _id(*names: str) -> str:
    return str(uuid5(NAMESPACE_URL, "regionhub-simulation/" + "/".join(names)))
