"""A world in which every kind of reader meets every kind of grant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, get_args
from zoneinfo import ZoneInfo

from tests import forecasts
from tests.devices import ADDRESS, Device, Frame
from tests.feeds import feed, station
from tests.rivers import a_curve
from tests.town import Town
from tests.world import Resolution, World

from regionhub.sites import SiteKind

#: How finely somebody sees what hangs on a datastream; "own" is everything.
SIGHTS = ("own", "raw", "hourly", "daily")
QUANTITIES: dict[SiteKind, str] = {
    "gauge": "distance",
    "tree": "soil_moisture_vwc",
    "forest": "air_temperature",
    "road": "road_surface_temperature",
}
BERLIN = ZoneInfo("Europe/Berlin")
#: Minutes before now.
_MEASURED = (5, 20, 80, 24 * 60, 50 * 60)


OWN, RAW, HOURLY, DAILY = (SIGHTS[:n] for n in range(1, 5))
Rows = list[tuple[Any, ...]]


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

    grants: tuple[tuple[Resolution, dict[str, timedelta]], ...]
    finest: Resolution | None


def shares() -> Iterator[Share]:
    """Every resolution, for each way in which a grant holds, holds no more or not yet."""
    second, days = timedelta(seconds=1), timedelta(days=2)
    over = {"valid_from": -days, "valid_until": -second}
    yield Share((), None)
    for resolution in get_args(Resolution):
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

    town: Town
    kind: SiteKind
    name: str
    site: int
    device: Device
    stream: int
    #: Time and value, the newest first.
    readings: list[tuple[datetime, float]]
    #: Whether frames of its device were kept.
    archived: bool
    #: Town to how finely it may read the datastream by a grant.
    granted: dict[str, str] = field(default_factory=dict)

    def sight(self, reader: Reader) -> str | None:
        """How finely a reader sees it."""
        if self.town.slug in reader.towns:
            return "own"
        granted = [finest for town, finest in self.granted.items() if town in reader.towns]
        return min(granted, key=SIGHTS.index, default=None)

    def buckets(self, start: Callable[[datetime], datetime]) -> list[tuple[Any, ...]]:
        """Datastream, bucket, count, sum, min, max and last."""
        rows = []
        for bucket in {start(time) for time, _ in self.readings}:
            values = [value for time, value in self.readings if start(time) == bucket]
            sums = len(values), sum(values), min(values), max(values)
            rows.append((self.stream, bucket, *sums, values[0]))
        return rows


@dataclass
class Matrix:
    """The world and its places."""

    world: World
    places: list[Place]

    @property
    def gauges(self) -> list[Place]:
        """One gauge of each town for each way in which others see it."""
        gauges = [place for place in self.places if place.kind == "gauge"]
        return list({(p.town.slug, str(p.granted)): p for p in gauges}.values())


def build(world: World) -> Matrix:
    """Arnsberg shares with Olpe and the region, Brilon with Arnsberg."""
    arnsberg = _town(world, "arnsberg", shares_with_region=True)
    olpe, brilon = (_town(world, slug) for slug in ("olpe", "brilon"))
    region = _town(world, "region", kind="region")
    places: list[Place] = []
    for share in shares():
        # gauges meet every grant, sites of other kinds every resolution
        plain = [times for _, times in share.grants] in ([], [{}])
        kinds: list[SiteKind] = list(QUANTITIES) if plain else ["gauge"]
        for kind in kinds:
            place = _place(arnsberg, kind, len(places))
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
            place = _place(town, kind, len(places))
            if town is brilon and kind in {"gauge", "road"}:
                world.grant(place.stream, arnsberg, "raw")
                place.granted["arnsberg"] = "raw"
            places.append(place)
    for gauge in (place for place in places if place.kind == "gauge"):
        # below something that no other town sees
        upper = next(p for p in places if p.town is gauge.town and _hidden(p))
        link = {"site_id": gauge.site, "upstream_site_id": upper.site, "entered_by": "anna"}
        world.add("core.rating_curve", **a_curve(gauge.town.tenant_id, gauge.site))
        past = {"corrected_by": "anna", "why": "typing error", "from_time": world.ago(days=9)}
        own = {"tenant_id": gauge.town.tenant_id, "site_id": gauge.site}
        world.add("core.gauge_reference_correction", gauge_datum="NN", **own, **past)
        world.add("core.gauge_link", tenant_id=gauge.town.tenant_id, **link)
        forecasts.furnish(world, gauge.town.tenant_id, gauge.site, world.ago(minutes=5))
    return Matrix(world, places)


def _hidden(place: Place) -> bool:
    return place.kind != "gauge" and not place.granted.keys() - {"region"}


def _town(world: World, slug: str, **columns: Any) -> Town:
    town = world.town(slug, **columns)
    town.fates([(world.now, "stored", "", 7)])
    world.add("core.site_group", tenant_id=town.tenant_id, name="Linden")
    ids = {"tenant_id": town.tenant_id}
    station(town, feed(town, slug), slug)
    world.add("core.replay", **ids, kind="uplinks", requested_by="anna", why="codec corrected")
    world.add("core.adoption", **ids, solution="flood", wanted_by="anna")
    for board in ("flood", "trees"):
        applied: dict[str, Any] = {"uid": board, "solution": board, "version": "1", "base": {}}
        world.add("core.applied_dashboard", **ids, **applied)
    profile = {"profile_id": f"{slug}/own", "version": "1", "saved_by": "anna"}
    world.add("core.profile_version", **ids, **profile, profile="", codec="")
    world.add("core.profile", **ids, **profile)
    times = {"oldest": world.ago(days=500), "newest": world.ago(days=400)}
    world.add("core.removal", **ids, what="uplink", removed=3, messages=3, **times)
    return town


def _place(town: Town, kind: SiteKind, number: int) -> Place:
    name, world, quantity = f"{kind} {number}", town.world, QUANTITIES[kind]
    own: dict[SiteKind, dict[str, Any]] = {
        "gauge": {"stage_1_cm": 100},
        "tree": {"soil_texture": "Ls3"},
    }
    site = town.site(kind, name, note="key at the mill", **own.get(kind, {}))
    if kind == "tree":
        of = {"site_id": site, "tenant_id": town.tenant_id}
        world.add("core.tree", **of, species="Linde", crown_m=4.5)
        town.watered(site)
    device = town.device(
        site, name, serial="4711", parameters={"depth": 30}, mounting_height_cm=500
    )
    # different everywhere, and less than the pores of a soil hold
    readings = [
        (world.ago(minutes=minutes), number / 2 + nth / 16) for nth, minutes in enumerate(_MEASURED)
    ]
    stream = device.readings(quantity, readings)
    archived = kind == "gauge"
    if archived:
        _archive(device, stream, readings[0][0])
    return Place(town, kind, name, site, device, stream, readings, archived)


def _archive(device: Device, stream: int, time: datetime) -> None:
    """Frames with the counters 3, 5 and 7, one more that waits, a join, a corrected reading."""
    town, world = device.town, device.world
    device.uplinks(Frame(world.ago(minutes=40 - 5 * f_cnt), f_cnt) for f_cnt in (3, 5, 7))
    frame = {"frame_time": world.ago(minutes=2), "dev_addr": ADDRESS, "f_cnt": 8}
    town.dead_letter("not_decodable", dev_eui=device.dev_eui, **frame)
    device.event("join", world.ago(hours=2))
    of = {"tenant_id": town.tenant_id, "device_id": device.device_id, "quantity": "distance"}
    fault = {"valid_from": world.now, "factor": 1.0, "added": 1.0, "why": "checked"}
    world.add("core.calibration", **of, **fault, calibrated_by="anna")
    device.corrected("put right")
    [replay] = world.select(
        "select replay_id from core.replay where tenant_id = %s", town.tenant_id
    )
    world.add(
        "core.reading_version",
        **replay,
        datastream_id=stream,
        tenant_id=town.tenant_id,
        time=time,
        value=1.0,
        quality=1,
        tests=0,
        profile_id=device.profile_id,
    )


def hour(time: datetime) -> datetime:
    """Where the hour begins."""
    return time.replace(minute=0, second=0, microsecond=0)


def day(time: datetime) -> datetime:
    """Where the day begins in Germany."""
    return time.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)


class Expected(NamedTuple):
    """The rows of a place in a view, for those who see it in one of these ways."""

    columns: str
    sights: tuple[str, ...]
    rows: Callable[[Place, Reader], Rows]


def site(place: Place, *values: Any) -> Rows:
    return [(place.site, place.town.tenant_id, *values)]


def site_of(kind: str, *values: Any) -> Callable[[Place, Reader], Rows]:
    return lambda place, _: site(place, *values) if place.kind == kind else []


def device(place: Place, *values: Any) -> Rows:
    return [(place.device.device_id, place.town.tenant_id, *values)]


def stream(place: Place, *values: Any) -> Rows:
    return [(place.stream, place.town.tenant_id, *values)]


def newest(place: Place) -> float:
    return place.readings[0][1]
