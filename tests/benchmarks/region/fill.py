"""Towns through the product, sites and devices as rows, readings and frames made on the server."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regionhub.store.statements import queries
from tests.benchmarks.region.arrivals import settle_sender
from tests.benchmarks.region.jobs import Jobs
from tests.benchmarks.region.place import Region
from tests.benchmarks.report import Figure
from tests.world import World

_SQL = queries(__package__, "fill")
#: Profile, send interval in seconds and quantities of the devices at each kind of site.
_DEVICES: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "tree": (
        "dragino/lse01",
        3600,
        ("soil_moisture_vwc", "soil_temperature", "soil_ec", "battery_voltage"),
    ),
    "gauge": ("dragino/ldds75", 900, ("distance", "battery_voltage")),
    "forest": (
        "milesight/em300-th",
        3600,
        ("air_temperature", "relative_humidity", "battery_voltage"),
    ),
}
_SOILS = ("Sl3", "Ls3", "Lu", "Ut3")
#: As long as a page looks back for frames.
_DAYS_OF_FRAMES = 35
#: After so many weeks the jobs of the database run, so that little waits for them.
_WEEKS_BETWEEN_JOBS = 4


@dataclass(frozen=True)
class Size:
    """How large a region is: towns, sites in each of them, days of readings."""

    towns: int
    sites: int
    days: int


def fill(region: Region, size: Size, tell: Callable[[str], None]) -> list[Figure]:
    """Make everything; says how fast, and what the database's own jobs took meanwhile."""
    _settle(region.world, size)
    jobs = Jobs(region)
    source = settle_sender(region.world)
    [now] = region.world.select("select date_bin('1 hour', now(), 'epoch') as hour")
    began, readings, seconds = time.monotonic(), 0, 0.0
    for number, days in enumerate(range(size.days, 0, -7), 1):
        start = now["hour"] - timedelta(days=days)
        end = min(start + timedelta(weeks=1), now["hour"])
        before = time.monotonic()
        readings += _send(region, start, end, source if days <= _DAYS_OF_FRAMES else None)
        seconds += time.monotonic() - before
        if number % _WEEKS_BETWEEN_JOBS == 0:
            jobs.run()
        tell(f"{readings:,} readings after {time.monotonic() - began:,.0f} s")
    for statement in ("latest", "device_states"):
        region.owner.execute(_SQL[statement])
    jobs.run()
    region.owner.execute("vacuum analyze")
    rate = Figure(f"{readings:,} readings made on the server", "1/s", [readings / seconds])
    return [rate, *jobs.figures()]


def _send(region: Region, start: datetime, end: datetime, source: int | None) -> int:
    """Readings of a period, and the frames if they have a source; how many readings."""
    with region.owner.transaction():
        region.owner.execute(_SQL["sent"], {"start": start, "end": end})
        readings = region.owner.execute(_SQL["readings"]).rowcount
        if source is not None:
            region.owner.execute(_SQL["uplinks"], {"source": source})
        region.owner.execute("drop table sent")
    return readings


def _settle(world: World, size: Size) -> None:
    """Towns with their sites; a device hangs at each since longer ago than the readings begin."""
    for number in range(size.towns):
        place = {"latitude": 51 + number % 8 / 10, "longitude": 7.5 + number // 8 * 0.15}
        name = f"town-{number + 1}"
        town = world.town(name, name.title(), shares_with_region=True, **place)
        world.add_all(
            "core.site", [_site(town.tenant_id, place, n, size) for n in range(size.sites)]
        )
    world.town("region", kind="region")
    sites = world.select("select site_id, tenant_id, kind, name from core.site order by site_id")
    world.add_all(
        "core.device",
        [
            {
                "tenant_id": site["tenant_id"],
                "dev_eui": f"70b3d5{site['site_id']:010x}",
                "name": f"Sensor {site['name']}",
                "profile_id": _DEVICES[site["kind"]][0],
                "interval_seconds": _DEVICES[site["kind"]][1],
            }
            for site in sites
        ],
    )
    devices = world.select("select device_id, dev_eui from core.device")
    device_ids = {device["dev_eui"]: device["device_id"] for device in devices}
    hung = [site | {"device_id": device_ids[f"70b3d5{site['site_id']:010x}"]} for site in sites]
    since = world.ago(days=400)
    world.add_all("core.installation", [_installation(site, since) for site in hung])
    world.add_all(
        "core.datastream",
        [
            {"tenant_id": site["tenant_id"], "device_id": site["device_id"], "quantity": quantity}
            for site in hung
            for quantity in _DEVICES[site["kind"]][2]
        ],
    )


def _site(tenant_id: int, place: dict[str, float], number: int, size: Size) -> dict[str, Any]:
    """Of a town's sites 60 % are trees, 12 % gauges and the others stands in the forest."""
    share = number / size.sites
    kind = "tree" if share < 0.6 else "gauge" if share < 0.72 else "forest"
    gauge = kind == "gauge"
    return {
        "tenant_id": tenant_id,
        "name": f"{kind} {number + 1}",
        "kind": kind,
        "latitude": place["latitude"] + random.random() / 20,
        "longitude": place["longitude"] + random.random() / 20,
        "soil_texture": _SOILS[number % 4] if kind == "tree" else None,
        "planted_year": 1990 + number % 35 if kind == "tree" else None,
        "water_body": f"Bach {number + 1}" if gauge else None,
        "gauge_zero_m": 200 if gauge else None,
        "stage_1_cm": 150 if gauge else None,
        "stage_2_cm": 220 if gauge else None,
        "stage_3_cm": 280 if gauge else None,
    }


def _installation(site: dict[str, Any], since: datetime) -> dict[str, Any]:
    return {
        "tenant_id": site["tenant_id"],
        "device_id": site["device_id"],
        "site_id": site["site_id"],
        "from_time": since,
        "mounting_height_cm": 400 if site["kind"] == "gauge" else None,
        "depth_cm": 30 if site["kind"] == "tree" else None,
    }
