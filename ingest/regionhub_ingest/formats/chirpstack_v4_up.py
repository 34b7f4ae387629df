"""An `up` event of ChirpStack v4 as a typed decoder reads it, if it is a usual one.

Every field that the server writes is listed, also those that nobody reads: what msgspec does not
know it would skip without a look at its numbers and texts, which may be no valid JSON. What the
strict readers take as well but the server does not write, such as `null`, is not usual.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct, field

from regionhub_ingest.formats import fields as read

_Uint32: TypeAlias = Annotated[int, Meta(ge=0, le=read.MAX_UINT32)]
# No longer than the server writes it: they are kept in caches.
_Eui: TypeAlias = Annotated[str, Meta(max_length=16)]
_NEAR_ZERO = Meta(ge=-read.MAX_LEVEL, le=read.MAX_LEVEL)
_Level: TypeAlias = Annotated[int, _NEAR_ZERO] | Annotated[float, _NEAR_ZERO]
# What the server's codec gave, to three levels. Of integers beyond 64 bits orjson makes floats.
_Scalar: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | float | str | bool | None
_Inner: TypeAlias = _Scalar | list[_Scalar] | dict[str, _Scalar]
_Value: TypeAlias = _Scalar | list[_Inner] | dict[str, _Inner]


class _Fields(Struct, rename="camel", forbid_unknown_fields=True, gc=False):
    """What is not listed is refused, and the order is the server's, which is fastest."""


class DeviceInfo(_Fields, kw_only=True):
    tenant_id: str = ""
    tenant_name: str = ""
    application_id: str = ""
    application_name: str = ""
    device_profile_id: str = ""
    device_profile_name: str = ""
    device_name: str = ""
    dev_eui: _Eui
    device_class_enabled: str = ""
    tags: dict[str, str] = {}


class Location(_Fields):
    latitude: float = 0
    longitude: float = 0
    altitude: float = 0
    source: str = ""
    accuracy: float = 0


class RxInfo(_Fields, kw_only=True):
    gateway_id: _Eui
    uplink_id: float = 0
    gw_time: str = ""
    ns_time: Annotated[datetime, Meta(tz=True)]  # to the microsecond, enough to see who agrees
    time_since_gps_epoch: str = ""
    fine_time_since_gps_epoch: str = ""
    rssi: _Level = 0
    snr: _Level = 0
    channel: float = 0
    rf_chain: float = 0
    board: float = 0
    antenna: float = 0
    location: Location | None = None
    context: str = ""
    metadata: dict[str, str] = {}
    crc_status: str = ""


class Lora(_Fields):
    bandwidth: Annotated[int, Meta(ge=0, le=read.MAX_BANDWIDTH_HZ)] = 0
    spreading_factor: Annotated[int, Meta(ge=0, le=12)] = 0
    code_rate: str = ""


class Modulation(_Fields):
    lora: Lora


class TxInfo(_Fields):
    frequency: _Uint32
    modulation: Modulation


class Up(_Fields, kw_only=True):
    deduplication_id: Annotated[str, Meta(max_length=255)] = ""
    time: str = ""
    device_info: DeviceInfo
    dev_addr: Annotated[str, Meta(max_length=8)] = ""
    adr: bool = False
    dr: Annotated[int, Meta(ge=0, le=15)] = 0
    f_cnt: _Uint32 = 0
    f_port: Annotated[int, Meta(ge=0, le=255)] = 0
    confirmed: bool = False
    data: str = ""
    decoded: dict[str, _Value] | None = field(default=None, name="object")
    rx_info: list[RxInfo]
    tx_info: TxInfo
    region_config_id: str = ""
