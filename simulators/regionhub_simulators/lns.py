"""The two network servers of the simulated towns behind one face."""

from __future__ import annotations

from typing import Protocol

from .chirpstack import ChirpStack
from .model import SimulatedDevice
from .radio import Frame, Session
from .tts import TheThingsStack


class NetworkServer(Protocol):
    """Turns frames of one device into (topic, body) as the server publishes them."""

    def up(self, frame: Frame) -> tuple[str, bytes]:
        """Return the uplink."""
        ...

    def join(self, session: Session, time_ns: int, random_hex: str) -> tuple[str, bytes]:
        """Return the message about a join."""
        ...


def network_server(device: SimulatedDevice, sf: int) -> ChirpStack | TheThingsStack:
    """Return the writer for the server this device's town runs; `sf` is its spreading factor."""
    return ChirpStack(device, sf) if device.lns == "chirpstack-v4" else TheThingsStack(device, sf)


def topic_filter(device: SimulatedDevice) -> str:
    """Return the MQTT filter under which all events of the device's application arrive."""
    if device.lns == "chirpstack-v4":
        return f"application/{device.application}/device/+/event/+"
    return f"v3/{device.application}@{device.lns_tenant}/devices/+/#"
