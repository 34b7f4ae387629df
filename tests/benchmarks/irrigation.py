"""Irrigation of a region: the nightly outlook, a town's list, and deciding about all of it."""

from __future__ import annotations

import random
import resource
import time
from datetime import UTC, datetime
from typing import Any

from regionhub.features.irrigation.jobs import make_outlook
from regionhub.features.irrigation.store import BERLIN, irrigation_page
from regionhub.registry.places import tallies
from tests.benchmarks.region.place import Region
from tests.benchmarks.report import Figure
from tests.rows import connect
from tests.town import Town

#: Trees of a town, one of ten with a sensor; groups of twenty.
_TREES, _SENSORS, _GROUP = 2000, 10, 20
_DAYS = 120
#: What the bars are about.
_TOWNS = 59
_PAGES = 40


def irrigation_figures(place: Region, towns: int) -> list[Figure]:
    """Build the towns, decide about them, make their outlook, read their lists."""
    place.world.town("region", kind="region")
    ids = [_town(place, number) for number in range(towns)]
    place.owner.execute("vacuum analyze")
    began = time.perf_counter()
    place.world.decide()
    deciding = time.perf_counter() - began
    today = datetime.now(UTC).astimezone(BERLIN).date()
    nights = []
    with connect(place.hub.url, autocommit=False) as work:
        for tenant_id in ids:
            began = time.perf_counter()
            make_outlook(work, tenant_id, today)
            work.commit()
            nights.append(time.perf_counter() - began)
    place.owner.execute("vacuum analyze")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each = sorted(nights)[len(nights) // 2]
    sites = towns * _TREES
    return [
        Figure("deciding about all anew", "sites/s", [sites / deciding]),
        Figure("outlook of one town", "s", nights),
        Figure(
            f"outlook of {_TOWNS} towns, one after the other", "s", [_TOWNS * each], at_most=600
        ),
        Figure("memory of the process, at most", "MB", [memory]),
        Figure("list of a town, p95 of a page", "ms", [_p95(place, ids)], at_most=150),
        Figure(f"overview of {sites:,} sites", "ms", _overview(place)),
    ]


def _town(place: Region, number: int) -> int:
    """A town whose trees dry since a rain that fell three weeks ago, each at its own pace."""
    town = place.world.town(f"grove-{number}", shares_with_region=True)
    values = {"town": town.tenant_id, "number": number}
    owner = place.owner
    owner.execute(
        "insert into core.site_group (tenant_id, name, soil_texture) "
        "select %(town)s, 'group ' || n, (array['Ls3', 'Sl3', 'Ut3'])[1 + n %% 3] "
        f"from generate_series(0, {_TREES // _GROUP - 1}) n",
        values,
    )
    _plant(town)
    owner.execute(
        "insert into core.reading (datastream_id, tenant_id, time, value, quality, tests) "
        "select d.datastream_id, d.tenant_id, t, case d.quantity when 'soil_temperature' then 16 "
        "else 14 + 14 * exp(-extract(epoch from t - date_bin('21 days', t, now() - "
        "interval '130 days')) / 86400 / (20 + d.datastream_id %% 30)) + random() / 10 end, 1, 0 "
        "from core.datastream d, "
        f"generate_series(now() - interval '{_DAYS} days', now(), '1 hour') t "
        "where d.tenant_id = %(town)s order by 1, 3",
        values,
    )
    owner.execute(
        "insert into core.latest (datastream_id, tenant_id, time, value, quality, received_at) "
        "select r.datastream_id, r.tenant_id, r.time, r.value, r.quality, r.time "
        "from core.reading r where r.tenant_id = %(town)s and r.time > now() - interval '30 min'",
        values,
    )
    return town.tenant_id


def _plant(town: Town) -> None:
    """Its trees in their groups, with the sensors and what these measure."""
    world, of = town.world, {"tenant_id": town.tenant_id}
    groups = world.select(
        "select site_group_id from core.site_group where tenant_id = %s order by site_group_id",
        town.tenant_id,
    )
    world.add_all("core.site", [_tree(n) | of | groups[n // _GROUP] for n in range(_TREES)])
    sites = world.select(
        "select site_id from core.site where tenant_id = %s order by site_id", town.tenant_id
    )
    euis = {f"{site['site_id']:016x}": site["site_id"] for site in sites[::_SENSORS]}
    town.devices(euis, "acme/soil", interval_seconds=3600)
    devices = world.select(
        "select device_id, dev_eui from core.device where tenant_id = %s", town.tenant_id
    )
    hung = of | {"from_time": world.ago(days=200), "depth_cm": 30}
    world.add_all(
        "core.installation",
        [
            hung | {"device_id": device["device_id"], "site_id": euis[device["dev_eui"]]}
            for device in devices
        ],
    )
    world.add_all(
        "core.datastream",
        [
            of | {"device_id": device["device_id"], "quantity": quantity}
            for device in devices
            for quantity in ("soil_moisture_vwc", "soil_temperature")
        ],
    )


def _tree(number: int) -> dict[str, Any]:
    return {
        "name": f"tree {number}",
        "kind": "tree",
        "latitude": 51 + random.random() / 10,
        "longitude": 8 + random.random() / 10,
        "planted_year": 1990 + number % 37,
    }


def _p95(place: Region, towns: list[int]) -> float:
    """Pages of a list in the order of need, as the portal reads them; each in its town's role."""
    times = []
    for number in range(_PAGES):
        tenant_id = towns[number % len(towns)]
        slug = f"grove-{number % len(towns)}"
        began = time.perf_counter()
        with place.world.town_of(slug).acting(decided=False) as connection:
            irrigation_page(connection, tenant_id, limit=50, offset=50 * (number % 30))
        times.append(1000 * (time.perf_counter() - began))
    return sorted(times)[int(0.95 * len(times))]


def _overview(place: Region) -> list[float]:
    """What the overview of a region counts."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        with place.world.town_of("region").acting(decided=False) as connection:
            tallies(connection)
        times.append(1000 * (time.perf_counter() - began))
    return times
