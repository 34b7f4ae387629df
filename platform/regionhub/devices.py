"""Devices and sources, as ingest needs to know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

from regionhub.errors import InputError

CurrentSite = Annotated[int | None, Field(description="Site where the device is now.")]
_LONGEST_TOPIC = 65535  # bytes


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
    """One connection to a network server of a tenant. `broker_url` is mqtt://host:port or mqtts://.

    `mapping` is JSON: where the values stand in its messages, if the format does not say it all.
    `sessions` share its messages at the broker, so that as many ingest processes can work on them.
    `former_topics` may still be subscribed there.
    """

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
    mapping: str | None = None
    sessions: int = 1
    former_topics: tuple[str, ...] = ()


def broker_address(url: str) -> tuple[str, int]:
    """Host and port of mqtt://host:port or mqtts://host:port; without a port the usual one.

    Raises:
        InputError: it is no such address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        usual = {"mqtt": 1883, "mqtts": 8883}[parts.scheme]
        host.encode("idna")
    except (ValueError, KeyError):
        host, port, usual = "", None, 0
    rest = url.partition("://")[2]
    if not host or port == 0 or not rest.isprintable() or any(sign in rest for sign in "/?#@ "):
        raise InputError(f"{url!r} is no address of a broker: write mqtt://host:port or mqtts://…")
    return host, usual if port is None else port


def check_topic(topic: str) -> None:
    """Refuse what no message can come on.

    Raises:
        InputError: a filter with wildcards, or no usable text.
    """
    check_topic_filter(topic)
    if {"#", "+"} & set(topic):
        raise InputError(
            f"{topic[:80]!r} is a filter: give the one topic that the messages came on"
        )


def check_topic_filter(topic: str) -> None:
    """Refuse what MQTT does not allow as a filter.

    Raises:
        InputError: a wildcard that does not stand alone, or no usable text.
    """
    levels = topic.split("/")
    usable = (
        0 < len(topic.encode("utf-8", "replace")) <= _LONGEST_TOPIC
        and topic.isprintable()
        and all(level in {"#", "+"} or not {"#", "+"} & set(level) for level in levels)
        and "#" not in levels[:-1]
    )
    if not usable:
        raise InputError(f"{topic[:80]!r} is no topic filter of MQTT")
