"""Devices that send already and are not registered, and which models they may be.

Every function with a connection takes one under a town's role.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regionhub.archive.letters.waiting import ReadMessage, messages_of_device
from regionhub.profiles import DeviceProfile
from regionhub.store.database import Connection, select_all
from regionhub.store.jobs import Work
from regionhub.store.statements import queries
from regionhub.uplinks import Uplink
from regionhub.web.api.registration import Profiles

_SQL = queries(__package__, "queries")

#: What the page shows; a broker that carries the devices of others has any number.
MOST_SHOWN = 50
#: Of each device so many of its messages are looked at.
_MESSAGES = 5
_MOST_LIKELY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A device that nobody registered; `of_maker` are profiles of devices with a like DevEUI."""

    dev_eui: str
    first_heard: datetime
    last_heard: datetime
    messages: int
    of_maker: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """One of them with what its newest frame says; `likely` models, the likeliest first."""

    sender: Sender
    f_port: int | None
    length: int | None
    gateways: Sequence[str]
    likely: Sequence[DeviceProfile]


def unknown_devices(
    connection: Connection, tenant_id: int, profiles: Profiles, read: ReadMessage
) -> list[Unknown]:
    """Those of a town, the latest first."""
    values = {"tenant_id": tenant_id, "limit": MOST_SHOWN}
    senders = select_all(connection, Sender, _SQL["unknown"], values)
    return [_looked_at(connection, tenant_id, profiles, read, sender) for sender in senders]


def _looked_at(
    connection: Connection, tenant_id: int, profiles: Profiles, read: ReadMessage, sender: Sender
) -> Unknown:
    messages = messages_of_device(connection, tenant_id, sender.dev_eui, limit=_MESSAGES)
    frames = [frame for message in messages if (frame := read(message)) and frame.payload]
    newest = frames[0] if frames else None
    return Unknown(
        sender=sender,
        f_port=newest.f_port if newest else None,
        length=len(newest.payload) if newest else None,
        gateways=newest.gateway_ids if newest else (),
        likely=likely(frames, profiles, sender.of_maker),
    )


def likely(
    frames: Sequence[Uplink], profiles: Profiles, of_maker: Sequence[str] = ()
) -> list[DeviceProfile]:
    """The models whose examples have frames of this port and length, the likeliest first.

    One that the town has under a DevEUI of the same maker comes before the others. Where several
    fit, a person has to look at the label: another one's codec may read the frame as well.
    """
    shapes = {(frame.f_port, len(frame.payload)) for frame in frames}
    scores: dict[str, int] = {}
    for profile in profiles.values():
        if profile.maps_decoded:
            continue
        known = {(example.f_port, len(example.payload)) for example in profile.examples}
        fits = len(shapes & known)
        if fits:
            scores[profile.id] = 2 * fits + (profile.id in of_maker)
    best = sorted(scores, key=lambda profile_id: (-scores[profile_id], profile_id))
    return [profiles[profile_id] for profile_id in best[:_MOST_LIKELY]]


def ask_for_late(work: Work) -> None:
    """Ask for messages that came just before ingest knew the device that somebody registered."""
    with work.owner() as connection:
        connection.execute(_SQL["ask_for_late"])
