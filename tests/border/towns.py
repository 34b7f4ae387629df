"""Towns at the border: one that reads, one that grants it something, one that does not.

Every text of a town's rows holds a word that no other town has, so that what comes out somewhere
tells whose it is.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, get_args

from regionhub.sites import SiteKind
from tests import forecasts
from tests.alarms import furnish
from tests.devices import Device, Frame
from tests.feeds import furnish as furnish_feeds
from tests.rivers import a_curve
from tests.town import Town
from tests.world import Resolution, World

#: What each kind of site has there.
QUANTITIES: dict[SiteKind, str] = {
    "gauge": "distance",
    "tree": "soil_moisture_vwc",
    "forest": "air_temperature",
    "road": "road_surface_temperature",
    "weather": "air_temperature",
}
RESOLUTIONS: tuple[Resolution, ...] = get_args(Resolution)


@dataclass
class Thing:
    """A site with a device and its datastream; `mark` is a value that only raw readings show."""

    site: int
    device: Device
    stream: int
    mark: float


@dataclass
class BorderTown:
    """A town and all that it has; `word` stands in all of its texts.

    What no grant shows holds `secret`, in which the word stands as well.
    """

    town: Town
    word: str
    things: list[Thing] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)

    @property
    def secret(self) -> str:
        """What stands in texts that are for the town alone."""
        return f"geheim{self.word}"

    @property
    def tenant_id(self) -> int:
        """Its id."""
        return self.town.tenant_id


@dataclass
class Border:
    """The world; `granted` are the things of `giver` that `own` reads, by resolution.

    The roles of `nobody` see no town at all.
    """

    world: World
    own: BorderTown
    giver: BorderTown
    foreign: BorderTown
    nobody: Town
    granted: dict[Resolution, Thing]

    @property
    def towns(self) -> tuple[BorderTown, ...]:
        """Those that have something."""
        return self.own, self.giver, self.foreign


def build(world: World) -> Border:
    """Make them; the names of the towns are new each time."""
    own, giver, foreign = (
        _furnished(world, **more) for more in ({"shares_with_region": True}, {}, {})
    )
    nobody = world.town()
    world.owner.execute("delete from core.role_tenant where tenant_id = %s", [nobody.tenant_id])
    granted: dict[Resolution, Thing] = {}
    for resolution in RESOLUTIONS:
        thing = _thing(giver, "gauge", f"{giver.word} {resolution}")
        world.grant(thing.stream, own.town, resolution, purpose=giver.secret)
        granted[resolution] = thing
    return Border(world, own, giver, foreign, nobody, granted)


def _furnished(world: World, **columns: Any) -> BorderTown:
    word = "qz" + secrets.token_hex(4).translate(str.maketrans("0123456789", "ghijklmnop"))
    ags = str(secrets.randbelow(90_000_000) + 10_000_000)
    place = {"latitude": 51.1, "longitude": 8.1, "ags": ags}
    made = BorderTown(world.town(word, name=word.title(), **place, **columns), word)
    town, secret = made.town, made.secret
    made.ids["source"] = town.source(
        secret,
        topics=[f"{secret}/#"],
        username=secret,
        password=secret,
        broker_url=f"mqtt://{secret}:1",
    )
    town.source_state(
        made.ids["source"], problem=secret, problem_detail=secret, updated_at=world.now
    )
    town.fates([(world.now, "stored", secret, 7), (world.now, "dead_letter", "not_parseable", 1)])
    replay: dict[str, Any] = {
        "requested_by": secret,
        "why": secret,
        "kind": "dead_letters",
        "problem": secret,
    }
    made.ids["replay"] = world.add("core.replay", **_of(made), **replay)["replay_id"]
    version = {"profile_id": f"{word}/{secret}", "version": secret, "saved_by": secret}
    world.add("core.profile_version", **_of(made), **version, profile=secret, codec=secret)
    world.add("core.profile", **_of(made), **version)
    world.add("core.adoption", **_of(made), solution="flood", wanted_by=secret, problem=secret)
    register = {"name": secret, "digest": secret, "uploaded_by": secret}
    world.add("core.register_file", **_of(made), content=secret.encode(), **register)
    board = {"uid": secret, "version": "1", "base": {"title": secret}}
    world.add("core.applied_dashboard", **_of(made), **board, solution="flood")
    world.add(
        "core.removal",
        **_of(made),
        what="uplink",
        reason=secret,
        removed=3,
        messages=3,
        oldest=world.ago(days=500),
        newest=world.ago(days=400),
    )
    made.ids["dead_letter"] = town.dead_letter(body=secret.encode(), topic=secret, detail=secret)
    town.account("viewer", f"{secret}@{word}.example", display_name=secret)
    town.key()
    for table in ("account", "api_key"):
        [row] = world.select(
            f"select max({table}_id) as id from auth.{table} where tenant_id = %s", made.tenant_id
        )
        made.ids[table] = row["id"]
    group = {"name": secret, "soil_texture": "Sl3", "note": secret}
    made.ids["site_group_id"] = world.add("core.site_group", **_of(made), **group)["site_group_id"]
    limits = dict.fromkeys(("wet_nfk_pct", "wet_kpa"), 101.0) | {
        "soon_nfk_pct": 51.0,
        "now_nfk_pct": 31.0,
        "target_nfk_pct": 81.0,
        "wet_kpa": 7.0,
        "soon_kpa": 34.0,
        "now_kpa": 82.0,
    }
    who = {"young": False, "set_by": secret, "why": secret}
    of = _of(made) | {"site_group_id": made.ids["site_group_id"]}
    for _ in range(2):  # the second one replaces the first
        world.add("core.irrigation_limit", **of, **limits, **who)
    town.site("bed", f"{secret} bed")
    for kind in QUANTITIES:
        made.things.append(_thing(made, kind, f"{secret} {kind}"))
    fault = {"quantity": "distance", "valid_from": world.now, "factor": 1.0, "added": 1.0}
    trace = {"calibrated_by": secret, "why": secret}
    calibrated = world.add(
        "core.calibration",
        **_of(made),
        device_id=made.things[0].device.device_id,
        **fault,
        **trace,
    )
    of_source = _of(made) | {"source_id": made.ids["source"]}
    api = {"address": f"https://{secret}", "token": secret, "application_id": secret}
    world.add("core.source_api", **of_source, **api)
    world.add(
        "core.device_registration",
        **of_source,
        device_id=made.things[0].device.device_id,
        problem="refused",
        detail=secret,
        tried_by=secret,
    )
    made.ids["calibration"] = calibrated["calibration_id"]
    made.ids |= furnish(town, made.things[0].site, secret)
    curve = world.add("core.rating_curve", **a_curve(made.tenant_id, made.things[0].site, secret))
    made.ids["curve_id"] = curve["curve_id"]
    world.add(
        "core.gauge_reference_correction",
        **_of(made),
        site_id=made.things[0].site,
        corrected_by=secret,
        why=secret,
        from_time=world.ago(days=9),
        to_time=world.ago(days=8),
        gauge_datum="NN",
        **dict.fromkeys(("gauge_zero_m", "stage_1_cm", "stage_2_cm", "stage_3_cm"), 1.0),
    )
    made.ids |= furnish_feeds(town, secret, ags)
    link = {"site_id": made.things[0].site, "upstream_site_id": made.things[1].site}
    world.add("core.gauge_link", **_of(made), **link, entered_by=secret)
    forecasts.furnish(world, made.tenant_id, made.things[0].site, world.ago(minutes=1))
    world.add("core.gauge_link_change", **_of(made), **link, changed_by=secret, what="entered")
    return made


def _of(made: BorderTown) -> dict[str, int]:
    return {"tenant_id": made.tenant_id}


def _thing(made: BorderTown, kind: SiteKind, name: str) -> Thing:
    town, world, word = made.town, made.town.world, made.word
    columns: dict[SiteKind, dict[str, Any]] = {
        "gauge": {"water_body": word, "stage_1_cm": 100.0, "gauge_zero_m": 180.0},
        "tree": {
            "soil_texture": "Ls3",
            "planted_year": 2001,
            "site_group_id": made.ids["site_group_id"],
        },
    }
    site = town.site(
        kind, name, note=made.secret, latitude=51.2, longitude=8.2, **columns.get(kind, {})
    )
    if kind == "tree":
        _outlook(made, site)
    change = {"signal": "gauges", "state": "no_data", "at": world.ago(hours=1)}
    world.add("core.signal_change", **_of(made), site_id=site, **change)
    device = town.device(
        site,
        name,
        parameters={"word": made.secret},
        serial=made.secret,
        profile_id=f"{word}/x",
        mounting_height_cm=500.0,
        depth_cm=30.0,
    )
    device.corrected(made.secret)
    photo = {"image": made.secret.encode(), "taken_by": made.secret}
    world.add("core.site_photo", **_of(made), site_id=site, **photo)
    if kind == "tree":
        world.add("core.tree", **_of(made), site_id=site, species=made.secret, crown_m=4.0)
        undone = {"undone_at": world.now, "undone_by": made.secret}
        town.watered(site, made.secret)
        town.watered(site, made.secret, **undone)
    quantity = QUANTITIES[kind]
    mark = 23 + (next(world.numbers) * 1000 + 117) / 1e6
    noon = world.ago(days=2).replace(hour=12, minute=0, second=0, microsecond=0)
    points = [(world.ago(minutes=minute), 20.0 + minute / 7) for minute in (1, 11, 21, 31)]
    points += [
        (noon + timedelta(minutes=5 * n), value) for n, value in enumerate((22.5, mark, 24.5))
    ]
    stream = device.readings(quantity, points, position=word)
    if kind == "forest":
        _fire_weather(made, site)
    for battery, value in (("battery_voltage", 3.3), ("battery_level", 80.0)):
        device.readings(battery, [(world.ago(minutes=3), value)])
    device.uplinks(
        (Frame(world.ago(minutes=40 - 5 * n), n) for n in (3, 5, 7)), event_id=made.secret
    )
    device.event("join", world.ago(hours=2), dev_addr="01a4c3f2")
    town.dead_letter(
        "not_decodable",
        dev_eui=device.dev_eui,
        body=made.secret.encode(),
        topic=made.secret,
        detail=made.secret,
        frame_time=world.ago(minutes=2),
        dev_addr="01a4c3f2",
        f_cnt=8,
    )
    world.add(
        "core.reading_version",
        **_of(made),
        datastream_id=stream,
        time=points[0][0],
        value=1.5,
        quality=1,
        tests=0,
        profile_id=f"{word}/x",
        replay_id=made.ids["replay"],
    )
    world.put(
        "core.device_state",
        "device_id",
        **_of(made),
        device_id=device.device_id,
        last_seen_at=world.ago(minutes=2),
    )
    return Thing(site, device, stream, mark)


def _fire_weather(made: BorderTown, site: int) -> None:
    """A day of a stand, and what was decided from it."""
    world, day = made.town.world, f"{made.town.world.ago(days=1):%F}"
    codes = dict.fromkeys(("ffmc", "dmc", "dc", "isi", "bui", "fwi"), 1.0)
    noon = {"temperature_degc": 21.0, "humidity_pct": 41.0, "wind_kmh": 9.0, "rain_mm": 0.5}
    marks = dict.fromkeys(("by_own_season", "uncertain", "is_forecast", "under_canopy"), False)
    row = {"day": day, "state": "fire_low", "vpd_kpa": 1.5}
    world.add("core.fire_weather", **_of(made), site_id=site, **row, **codes, **noon, **marks)
    decided = {"state": "fire_low", "level": 0, "inputs": {"day": day}, "value": 1.0}
    times = dict.fromkeys(("time", "since", "reason_since", "decided_at"), world.now)
    said = {"unit": "FWI", "decimals": 1, "reason": "forecast", "place": -1.0}
    signal = {"signal": "fire_weather", **decided, **times, **said}
    world.add("core.signal", **_of(made), site_id=site, **signal)
    depths = [{"depth_cm": 30, "nfk_pct": 20}]
    dry = {"depths": depths, "nfk_pct": 20.5, "twd_um": 90, "short_days": 4.5, "rising": True}
    dry |= {"vpd_kpa": 1.5, "driest_vpd_kpa": 2.5, "installed": True}
    for name, state, inputs in (
        ("smoke", "smoke", {"installed": True}),
        ("drought", "drought", dry),
    ):
        known = {"state": state, "level": 1, "inputs": inputs, "value": 1.0}
        world.add("core.signal", **_of(made), site_id=site, signal=name, **known, **times, **said)


def _outlook(made: BorderTown, site: int) -> None:
    """When water is due at a tree, and what was said of that before."""
    of = {**_of(made), "site_id": site}
    numbers = dict.fromkeys(("forecast", "low", "high"), "{1,2}")
    said = {"due_state": "range", "unit": "%"} | dict.fromkeys(("due_from", "due_to"), "2026-07-01")
    known = {"need": 4, "fitted_days": 9, "value": 21.0, "limit_value": 20.0, "with_weather": True}
    made.town.world.add(
        "core.irrigation_outlook",
        **of,
        **numbers,
        **said,
        **known,
        made_at=made.town.world.now,
        basis="measured",
    )
    day = str(made.town.world.now.date())
    forecast = {"lead_days": 3, "value": 22.0, "low": 21.0, "high": 23.0, "came": 22.5}
    made.town.world.add("core.irrigation_forecast", **of, **forecast, made_on=day)
