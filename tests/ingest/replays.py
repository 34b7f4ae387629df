"""Frames of one device, a wrong and a right codec for them, and replays with these."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from tests.ingest.conftest import NOW_NS, Intake, make_uplink
from tests.messages import STORED, arrived
from tests.shipped import PROFILES

from regionhub.archive.items import NewUplink
from regionhub.archive.runs import Archive, Replay, Selection
from regionhub.envelope import Envelope
from regionhub.errors import DecodeError
from regionhub.profiles import DeviceProfile
from regionhub.store.database import Database
from regionhub.times import to_datetime
from regionhub_ingest.decode import Codecs
from regionhub_ingest.own_times import at_possible_times
from regionhub_ingest.replay import replay

EM300_TH = "milesight/em300-th"
RIGHT = PROFILES[EM300_TH]
BEGINNING = to_datetime(NOW_NS - 400 * 86_400 * 10**9)


def variant(version: str, before: str, after: str, profile: DeviceProfile = RIGHT) -> DeviceProfile:
    """The profile with a change in its codec."""
    assert before in profile.codec
    return profile.model_copy(
        update={"version": version, "codec": profile.codec.replace(before, after)}
    )


#: A codec that reads the temperature ten times too high.
WRONG = variant(
    "wrong", "data.temperature = signed(bytes, at) / 10", "data.temperature = signed(bytes, at)"
)
NO_HUMIDITY = variant(
    "no-humidity", "0x0468: { bytes: 1, read: humidity },", "0x0468: { bytes: 1 },"
)


_ENGINES: dict[str, Codecs] = {}


def engine(profile: DeviceProfile) -> Codecs:
    """Compiled once: it is the slow part."""
    return _ENGINES.setdefault(profile.version, Codecs({profile.id: profile}))


def payload(temperature: float, humidity: float = 50.0) -> bytes:
    return (
        b"\x03\x67"
        + struct.pack("<h", round(temperature * 10))
        + b"\x04\x68"
        + bytes([round(humidity * 2)])
    )


def history(*records: tuple[float, float]) -> bytes:
    """Stored readings: seconds after NOW_NS and temperature."""
    return b"".join(
        b"\x20\xce" + struct.pack("<IhBB", int(NOW_NS / 1e9 + at), round(value * 10), 100, 0)
        for at, value in records
    )


def uplink(
    intake: Intake, at: float, frame: bytes, profile: DeviceProfile = RIGHT
) -> NewUplink | None:
    """What ingest makes of a frame with this profile; None where it becomes a dead letter."""
    item = make_uplink(intake, at=at, payload=frame, f_cnt=int(at) % 65536)
    arrival = item.uplink.time_ns + 10**8
    try:
        said = engine(profile).decode(
            EM300_TH, f_port=85, payload=frame, parameters={}, time_ns=item.uplink.time_ns
        )
    except DecodeError:
        return None
    measurements, _ = at_possible_times(said.measurements, received_ns=arrival)
    return item._replace(
        envelope=Envelope(topic="t", body=b"{}", arrival=arrived(arrival)),
        measurements=measurements,
        profile_version=profile.version,
    )


def store(intake: Intake, frames: Mapping[float, bytes], profile: DeviceProfile = RIGHT) -> None:
    for at, frame in frames.items():
        item = uplink(intake, at, frame, profile)
        if item is not None:
            assert intake.store.commit([item]) == [STORED]


def run(
    intake: Intake, profile: DeviceProfile, *, tenant_id: int | None = None, **chosen: Any
) -> Replay:
    usual: dict[str, Any] = {
        "profile_id": EM300_TH,
        "from_time": BEGINNING,
        "to_time": to_datetime(NOW_NS + 10**18),
    }
    selection = Selection(**usual | chosen)
    with Database(intake.url, size=3, role="ingest") as database:
        started = Archive(database).start(
            "uplinks",
            tenant_id=tenant_id or intake.source.tenant_id,
            requested_by="anna",
            why="ten times too high",
            selection=selection,
        )
        return replay(database, engine(profile), started)


def readings(intake: Intake, quantity: str = "air_temperature") -> list[tuple[Any, ...]]:
    return intake.rows(
        "select value, quality, tests from core.reading join core.datastream using (datastream_id) "
        "where quantity = %s order by time",
        quantity,
    )


def counts(run: Replay) -> dict[str, int]:
    names = (
        "changed",
        "unchanged",
        "failed",
        "readings_changed",
        "readings_added",
        "readings_missing",
    )
    return {name: getattr(run, name) for name in names if getattr(run, name)}


FRAMES = {600.0 * n: payload(20 + n / 10) for n in range(6)}


#: A codec that reads all temperatures twice too high, those of stored readings too.
DOUBLE = variant("double", "signed(bytes, at) / 10", "signed(bytes, at) / 5")
