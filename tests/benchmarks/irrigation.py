"""Irrigation of a region: the nightly outlook, a town's list, and deciding about all of it."""

from __future__ import annotations

import itertools
import random
import resource
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from regionhub.features import FEATURES
from regionhub.features.irrigation.jobs import make_outlook
from regionhub.features.irrigation.store import BERLIN
from regionhub.signals.decide import decide
from regionhub.signals.history import rewrite_history
from regionhub.signals.jobs import Step
from regionhub.store.statements import queries
from tests.benchmarks.region.place import Region
from tests.benchmarks.region.web import Question, ask, open_session
from tests.benchmarks.report import Figure
from tests.rows import connect
from tests.town import Town
from tests.world import SIGNALS

_COPIES = queries(__package__, "irrigation")
#: Trees of a town, one of ten with a sensor; groups of twenty.
_TREES, _SENSORS, _GROUP = 2000, 10, 20
_DAYS = 120
#: How often the outlook of the town is made.
_NIGHTS = 3
#: Steps of the past, of ten sites each: enough to say how long all of them take.
_PAST_STEPS = 20
_TOWN_MS, _REGION_MS, _NIGHTS_S = 150, 500, 600


def irrigation_figures(place: Region, towns: int, rounds: int) -> list[Figure]:
    """Build a town, decide about it, make its outlook; read it in a region of its copies."""
    place.world.town("region", kind="region")
    town = _town(place)
    place.owner.execute("vacuum analyze")
    deciding = _sites_a_second(place, lambda connection: decide(connection, SIGNALS))
    past = _sites_a_second(
        place, lambda connection: rewrite_history(connection, SIGNALS), _PAST_STEPS
    )
    for feature in FEATURES:
        if feature.decide is not None:
            _sites_a_second(place, feature.decide)
    nights = [_night(place, town.tenant_id) for _ in range(_NIGHTS)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _copy(place, town.tenant_id, range(1, towns))
    each = sorted(nights)[len(nights) // 2]
    return [
        Figure("deciding about all anew", "sites/s", [deciding]),
        Figure("when their states changed in 120 days", "sites/s", [past]),
        Figure("outlook of one town", "s", nights),
        Figure(f"outlook of {towns} towns, one by one", "s", [towns * each], at_most=_NIGHTS_S),
        Figure("memory of the process, at most", "MB", [memory]),
        *_read(place, town, rounds),
    ]


def _sites_a_second(place: Region, step: Step, most: int | None = None) -> float:
    """Take one step after the other until nothing is left, or so many."""
    began, sites = time.perf_counter(), 0
    for _ in itertools.islice(itertools.count(), most):
        with place.owner.transaction():
            found = step(place.owner)
        if found is None:
            break
        sites += len(found)
    return sites / (time.perf_counter() - began)


def _night(place: Region, tenant_id: int) -> float:
    """Make the outlook of a town; seconds."""
    began = time.perf_counter()
    with connect(place.hub.url, autocommit=False) as work:
        make_outlook(work, tenant_id, datetime.now(UTC).astimezone(BERLIN).date())
    return time.perf_counter() - began


def _copy(place: Region, town: int, numbers: Sequence[int]) -> None:
    """Plant more towns, and say of them what was decided of another one."""
    tenants = []
    for number in numbers:
        copy = place.world.town(f"grove-{number}", shares_with_region=True)
        _plant(copy)
        tenants.append(copy.tenant_id)
    for statement in _COPIES.values():
        place.owner.execute(statement, {"town": town, "tenants": tenants})
    place.owner.execute("vacuum analyze")


def _read(place: Region, town: Town, rounds: int) -> list[Figure]:
    """What a town and the region look at most, over HTTP."""
    region = place.world.town_of("region")
    pages = [f"/bewaesserung?seite={number}" for number in range(1, 11)]
    every = ["/bewaesserung", f"/bewaesserung?ort={town.tenant_id}"]
    asked = [
        ("town", town, "portal, its list", pages, _TOWN_MS),
        ("town", town, "API, irrigation", ["/api/v1/irrigation"], _TOWN_MS),
        ("town", town, "portal, overview", ["/"], _TOWN_MS),
        ("region", region, "portal, overview", ["/"], _REGION_MS),
        ("region", region, "portal, irrigation by town", every[:1], _REGION_MS),
        ("region", region, "portal, a town's list", every[1:], _REGION_MS),
        ("region", region, "portal, points of the map", ["/karte"], None),
    ]
    with place.hub.process("serve"):
        place.hub.wait_ready()
        return [
            ask(place, who, Question(name, paths, most), open_session(reader), rounds)
            for who, reader, name, paths, most in asked
        ]


def _town(place: Region) -> Town:
    """A town whose trees dry since a rain that fell three weeks ago, each at its own pace."""
    town = place.world.town("grove-0", shares_with_region=True)
    values = {"town": town.tenant_id}
    owner = place.owner
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
    return town


def _plant(town: Town) -> None:
    """Its trees in their groups, with the sensors and what these measure."""
    world, of = town.world, {"tenant_id": town.tenant_id}
    world.owner.execute(
        "insert into core.site_group (tenant_id, name, soil_texture) "
        "select %(tenant_id)s, 'group ' || n, (array['Ls3', 'Sl3', 'Ut3'])[1 + n %% 3] "
        f"from generate_series(0, {_TREES // _GROUP - 1}) n",
        of,
    )
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
