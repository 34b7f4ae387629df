"""A world in which every kind of reader meets every kind of grant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.world import Row, World

#: How finely somebody sees what hangs on a datastream; "own" is everything.
SIGHTS = ("own", "raw", "hourly", "daily")
QUANTITIES = {
    "gauge": "distance",
    "tree": "soil_moisture_vwc",
    "forest": "air_temperature",
    "road": "road_surface_temperature",
}
#: Minutes before now.
_MEASURED = (5, 20, 80, 24 * 60, 50 * 60)


class Reader(NamedTuple):
    """A database role, and the towns whose rows it sees as its own."""

    role: str
    towns: tuple[str, ...]


READERS = [
    *(
        Reader(f"{kind}_{slug}", (slug,))
        for slug in ("arnsberg", "olpe", "brilon")
        for kind in "tg"
    ),
    # the region sees who agreed
    *(Reader(f"{kind}_region", ("arnsberg", "region")) for kind in "tg"),
]


class Share(NamedTuple):
    """Grants of one datastream to Olpe, and how finely Olpe may read it now."""

    grants: tuple[tuple[str, dict[str, timedelta]], ...]
    finest: str | None


def shares() -> Iterator[Share]:
    """Every resolution, for each way in which a grant holds, holds no more or not yet."""
    second, days = timedelta(seconds=1), timedelta(days=2)
    over = {"valid_from": -days, "valid_until": -second}
    yield Share((), None)
    for resolution in SIGHTS[1:]:
        for times in ({}, {"valid_from": -days}, {"valid_from": -days, "valid_until": second}):
            yield Share(((resolution, times),), resolution)
        for times in (
            over,
            {"valid_from": -days, "valid_until": timedelta()},
            {"valid_from": second},
            {"valid_from": -days, "revoked_at": -second},
        ):
            yield Share(((resolution, times),), None)
    yield Share((("daily", {}), ("hourly", {})), "hourly")
    yield Share((("raw", {}), ("daily", {})), "raw")
    yield Share((("raw", over), ("daily", {})), "daily")


@dataclass
class Place:
    """A site with one device that measures one quantity."""

    town: Row
    site: Row
    device: Row
    installation: Row
    stream: Row
    readings: list[Row]
    #: Whether frames of its device were kept.
    archived: bool
    #: Town to how finely it may read the datastream by a grant.
    granted: dict[str, str] = field(default_factory=dict)

    def sight(self, reader: Reader) -> str | None:
        """How finely a reader sees it."""
        if self.town["slug"] in reader.towns:
            return "own"
        granted = [finest for town, finest in self.granted.items() if town in reader.towns]
        return min(granted, key=SIGHTS.index, default=None)

    def buckets(self, start: Callable[[datetime], datetime]) -> list[tuple[Any, ...]]:
        """Datastream, bucket, count, sum, min, max and last."""
        rows = []
        for bucket in {start(reading["time"]) for reading in self.readings}:
            inside = [r for r in self.readings if start(r["time"]) == bucket]
            values = [r["value"] for r in inside]
            last = max(inside, key=lambda r: r["time"])["value"]
            stream = self.stream["datastream_id"]
            rows.append((stream, bucket, len(values), sum(values), min(values), max(values), last))
        return rows


@dataclass
class Matrix:
    """The world and its places."""

    world: World
    places: list[Place]

    @property
    def gauges(self) -> list[Place]:
        """One gauge of each town for each way in which others see it."""
        gauges = [place for place in self.places if place.site["kind"] == "gauge"]
        return list({(p.town["slug"], str(p.granted)): p for p in gauges}.values())


def build(world: World) -> Matrix:
    """Arnsberg shares with Olpe and the region, Brilon with Arnsberg."""
    arnsberg = _town(world, "arnsberg", shares_with_region=True)
    olpe, brilon = (_town(world, slug) for slug in ("olpe", "brilon"))
    region = _town(world, "region", kind="region")
    places = []
    for share in shares():
        # gauges meet every grant, sites of other kinds every resolution
        plain = [times for _, times in share.grants] in ([], [{}])
        for kind in QUANTITIES if plain else ["gauge"]:
            place = _place(world, arnsberg, kind)
            for resolution, times in share.grants:
                moments = {key: world.now + span for key, span in times.items()}
                world.grant(place.stream, olpe, resolution, **moments)
            if share.finest is not None:
                place.granted["olpe"] = share.finest
            elif plain:
                # what the region sees as its own anyway
                world.grant(place.stream, region, "raw")
                place.granted["region"] = "raw"
            places.append(place)
    for town in (olpe, brilon, region):
        for kind in QUANTITIES:
            place = _place(world, town, kind)
            if town is brilon and kind in {"gauge", "road"}:
                world.grant(place.stream, arnsberg, "raw")
                place.granted["arnsberg"] = "raw"
            places.append(place)
    return Matrix(world, places)


def _town(world: World, slug: str, **columns: Any) -> Row:
    town = world.town(slug, **columns)
    ids = {"tenant_id": town["tenant_id"]}
    source = world.source(town)
    world.insert("replay", **ids, kind="uplinks", requested_by="anna", why="codec corrected")
    times = {"oldest": world.ago(days=500), "newest": world.ago(days=400)}
    world.insert("removal", **ids, what="uplink", removed=3, messages=3, **times)
    hour = {"source_id": source["source_id"], "hour": world.now}
    world.insert("ingest_fate", **ids, **hour, fate="stored", messages=7)
    return town


def _place(world: World, town: Row, kind: str) -> Place:
    number = len(world.rows["site"])
    site = world.site(town, kind, soil_texture="Ls3", note="key at the mill", stage_1_cm=100)
    device = world.device(town, parameters='{"depth": 30}')
    installation = world.install(device, site, mounting_height_cm=500)
    stream = world.stream(device, QUANTITIES[kind])
    readings = [
        world.reading(stream, world.ago(minutes=minutes), number + nth / 8)
        for nth, minutes in enumerate(_MEASURED)
    ]
    world.latest(stream, readings[0]["time"], readings[0]["value"])
    archived = kind == "gauge"
    if archived:
        _archive(world, device, stream, readings[0])
    return Place(town, site, device, installation, stream, readings, archived)


def _archive(world: World, device: Row, stream: Row, reading: Row) -> None:
    """Frames with the counters 3, 5 and 7, one more that waits, a join, a corrected reading."""
    ids = {key: device[key] for key in ("tenant_id", "device_id")}
    source, replay = (
        next(row for row in world.rows[table] if row["tenant_id"] == device["tenant_id"])
        for table in ("source", "replay")
    )
    for f_cnt in (3, 5, 7):
        world.uplink(device, source, world.ago(minutes=40 - 5 * f_cnt), f_cnt=f_cnt)
    waiting = {"frame_time": world.ago(minutes=2), "dev_addr": "01a4c3f2", "f_cnt": 8}
    world.letter(source, world.now, dev_eui=device["dev_eui"], **waiting)
    world.insert("device_event", **ids, kind="join", time=world.ago(hours=2), detail="{}")
    version = {"replay_id": replay["replay_id"], "profile_id": "acme/sensor", "tests": 0}
    point = {"time": reading["time"], "value": 1.0, "quality": 1}
    row = {key: stream[key] for key in ("tenant_id", "datastream_id")}
    world.insert("reading_version", **row, **version, **point)
