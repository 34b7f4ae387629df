"""Devices and sources, as ingest needs to know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field

from regionhub.errors import InputError

CurrentSite = Annotated[int | None, Field(description="Site where the device is now.")]
_LONGEST_TOPIC = 65535  # bytes


class Calibration(NamedTuple):
    """From `since_ns` on a value is factor * raw + added, in the unit of the quantity."""

    quantity: str
    position: str
    since_ns: int
    factor: float
    added: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A registered LoRaWAN end device and what its codec needs.

    `calibrations` are those in force, the newest first.
    """

    device_id: int
    tenant_id: int
    dev_eui: str
    profile_id: str
    parameters: Mapping[str, Any]
    calibrations: tuple[Calibration, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One connection to a network server of a tenant; for `broker_url` see `broker_address`.

    `ca`, `certificate` and `private_key` are PEM. `sealed` says why its password and its key, which
    are sealed in the database, could not be opened.

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
    ca: str | None = None
    certificate: str | None = None
    private_key: str | None = None
    sealed: str | None = None


class Broker(NamedTuple):
    """Where a broker is: `path` of its WebSocket, or None if it speaks MQTT without one."""

    host: str
    port: int
    tls: bool
    path: str | None


#: By scheme: whether it is encrypted, a WebSocket, and the usual port.
_SCHEMES = {
    "mqtt": (False, False, 1883),
    "mqtts": (True, False, 8883),
    "ws": (False, True, 80),
    "wss": (True, True, 443),
}
#: Other words for them, as clients of network servers use them.
_SAME = {"tcp": "mqtt", "ssl": "mqtts", "tls": "mqtts", "mqtt+ssl": "mqtts"}


def broker_url(given: str) -> str:
    """The address of a broker as we write it: `ssl://` is `mqtts://`, `tcp://` is `mqtt://`.

    Raises:
        InputError: it is no such address.
    """
    scheme, sign, rest = given.strip().partition("://")
    url = f"{_SAME.get(scheme.lower(), scheme.lower())}{sign}{rest}"
    broker_address(url)
    return url


def broker_address(url: str) -> Broker:
    """Where to connect to mqtt://, mqtts://, ws:// or wss://; without a port the usual one.

    Raises:
        InputError: it is no such address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        tls, websocket, usual = _SCHEMES[parts.scheme]
        host.encode("idna")
    except (ValueError, KeyError):
        host, port, tls, websocket, usual = "", None, False, False, 0
        parts = urlsplit("")
    rest = url.partition("://")[2]
    unwanted = "?#@ " if websocket else "/?#@ "
    if not host or port == 0 or not rest.isprintable() or any(sign in rest for sign in unwanted):
        raise InputError(
            f"{url!r} is no address of a broker: write mqtt://host:port, mqtts://host:port (also "
            "called ssl://) or wss://host:port/path"
        )
    path = (parts.path or "/mqtt") if websocket else None
    return Broker(host, usual if port is None else port, tls, path)


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
