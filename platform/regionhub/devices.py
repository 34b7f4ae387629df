"""Devices and sources, as ingest needs to know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A registered LoRaWAN end device and what its codec needs."""

    device_id: int
    tenant_id: int
    dev_eui: str
    profile_id: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One connection to a network server of a tenant. `broker_url` is mqtt://host:port or mqtts://."""

    source_id: int
    tenant_id: int
    tenant: str
    name: str
    format: str
    broker_url: str
    topics: tuple[str, ...]
    protocol: str = "5"
    username: str | None = None
    password: str | None = None
