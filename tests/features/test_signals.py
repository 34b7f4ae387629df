"""What every feature says of sites, by one shape and in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest
from psycopg import sql
from tests.town import Town
from tests.world import Resolution, World

from regionhub.features import FEATURES
from regionhub.levels import Signal
from regionhub.signals.rows import SiteSignal, signals
from regionhub.sites import SiteKind

SIGNALS = [signal for feature in FEATURES for signal in feature.signals]
SIGNALS_BY_NAME = {signal.name: signal for signal in SIGNALS}
COLUMNS = [
    ("tenant_id", "integer"),
    ("site_id", "integer"),
    ("signal", "text"),
    ("state", "text"),
    ("level", "smallint"),
    ("place", "double precision"),
    ("since", "timestamp with time zone"),
    ("time", "timestamp with time zone"),
    ("value", "double precision"),
    ("unit", "text"),
    ("decimals", "smallint"),
    ("reason", "text"),
    ("reason_since", "timestamp with time zone"),
    ("decided_at", "timestamp with time zone"),
]
#: Kind of site, and quantities that are measured there with values that say different things.
MEASURED: list[tuple[SiteKind, str, tuple[float, ...]]] = [
    ("tree", "soil_moisture_vwc", (16, 22, 26, 40)),
    ("bed", "soil_water_tension", (90, 50, 10, 3)),
    ("gauge", "water_level", (50, 150, 250, 350)),
    ("forest", "air_temperature", (-5, 20)),
    ("road", "road_surface_temperature", (-5, 20)),
]
STAGES: dict[str, Any] = {"stage_1_cm": 100, "stage_2_cm": 200, "stage_3_cm": 300}


@pytest.fixture
def region(world: World) -> World:
    """Sites of every kind in two towns, with values, old and failed ones, and with nothing."""
    for slug, shares in (("olpe", True), ("brilon", False)):
        town = world.town(slug, shares_with_region=shares)
        for kind, quantity, values in MEASURED:
            usual = _usual(kind)
            for value in (*values, None):
                site = town.site(kind, **usual)
                if value is not None:
                    points = [(world.ago(minutes=minutes), value) for minutes in (15, 5)]
                    town.sensor(site, quantity, *points)
            for minutes, quality in ((5, 3), (5, 4), (3 * 24 * 60, 1)):
                point = (world.ago(minutes=minutes), values[0], quality)
                town.sensor(town.site(kind, **usual), quantity, point)
            # no texture, no stages
            town.sensor(town.site(kind), quantity, (world.ago(minutes=5), values[0]))
            town.sensor(town.site(kind), quantity)
        frozen = town.tree()
        town.sensor(frozen, "soil_moisture_vwc", (world.ago(minutes=5), 25))
        town.sensor(frozen, "soil_temperature", (world.ago(minutes=5), -1))
        _fire_weather(town)
        _forest(town)
        icy = town.sensor(town.site("road"), "road_surface_temperature", (world.ago(minutes=5), -1))
        icy.readings("dew_point", [(world.ago(minutes=5), 0)])
        rising = town.site("gauge", **STAGES)
        levels = [(world.ago(minutes=15), 250), (world.ago(minutes=5), 320)]
        town.sensor(rising, "water_level", (world.ago(minutes=25), 250), *levels)
        no_height = town.site("gauge", **STAGES)
        town.sensor(no_height, "distance", (world.ago(minutes=5), 10))
    world.town("region", kind="region")
    return world


def _fire_weather(town: Town) -> None:
    """A stand in each class of fire weather, computed an hour ago."""
    world = town.world
    day = (world.now - timedelta(hours=12)).date()
    for state in SIGNALS_BY_NAME["fire_weather"].states:
        site = town.site("forest")
        fwi = None if state == "no_data" else 9.0
        columns = {"tenant_id": town.tenant_id, "day": f"{day}", "state": state, "fwi": fwi}
        marks = dict.fromkeys(("by_own_season", "uncertain", "is_forecast", "under_canopy"), False)
        world.add("core.fire_weather", site_id=site, **columns, **marks)


def _forest(town: Town) -> None:
    """Stands with smoke and without, and with soil of each dryness."""
    recently = town.world.ago(minutes=5)
    for pct in (0, 2, 12, None):
        town.sensor(town.site("forest"), "smoke_concentration", (recently, pct))
    for vwc in (16, 22, 30, None):
        site = town.site("forest", soil_texture="Ls3")
        town.sensor(site, "soil_moisture_vwc", (recently, vwc))


def _usual(kind: SiteKind) -> dict[str, Any]:
    if kind in {"tree", "bed"}:
        return {"soil_texture": "Ls3"}
    return STAGES if kind == "gauge" else {}


def rows(world: World, role: str = "t_region") -> list[SiteSignal]:
    with world.acting(role) as connection:
        return signals(connection)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_the_view_of_a_feature_has_the_columns_of_all(world: World, signal: Signal) -> None:
    def columns(view: str) -> list[tuple[str, str]]:
        found = world.owner.execute(
            "select column_name, data_type from information_schema.columns "
            "where table_schema = 'api' and table_name = %s order by ordinal_position",
            [view],
        ).fetchall()
        return [(row["column_name"], row["data_type"]) for row in found]

    assert columns("signal") == COLUMNS
    assert [name for name, _ in columns(signal.view)] == [name for name, _ in COLUMNS]


@pytest.mark.parametrize("role", ["t_olpe", "t_brilon", "t_region", "g_olpe"])
def test_of_every_site_that_a_reader_sees_something_is_said(region: World, role: str) -> None:
    """Several features may say something of one site, each of them once."""
    seen = region.ask(role, "select site_id, tenant_id from api.site")
    assert seen
    said = region.ask(role, "select signal, site_id, tenant_id from api.signal")
    assert {(row["site_id"], row["tenant_id"]) for row in said} == {
        (row["site_id"], row["tenant_id"]) for row in seen
    }
    assert len({(row["signal"], row["site_id"]) for row in said}) == len(said)


@pytest.mark.parametrize("resolution", get_args(Resolution))
def test_something_is_said_of_a_shared_site_as_well(region: World, resolution: Resolution) -> None:
    """But for gauges: a stage is decided on readings, and nothing of it on rollups."""
    owner, reader = region.town_of("olpe"), region.town_of("brilon")
    for stream in owner.select("select datastream_id from api.datastream"):
        region.grant(stream["datastream_id"], reader, resolution)
    seen = reader.select(
        "select site_id from api.site where kind <> 'gauge' or tenant_id = %(own)s or %(raw)s "
        "order by site_id",
        own=reader.tenant_id,
        raw=resolution == "raw",
    )
    assert len(seen) > len(region.select("select 1 from core.site")) / 2
    assert reader.select("select distinct site_id from api.signal order by site_id") == seen


def test_states_levels_and_reasons_have_words(region: World) -> None:
    known = {signal.name: signal for signal in SIGNALS}
    labels = {
        (row["signal"], row["state"]): row["level"]
        for row in region.ask("t_region", "select * from api.level")
    }
    seen: dict[str, set[str]] = {name: set() for name in known}
    for row in rows(region):
        signal = known[row.signal]
        state = signal.states[row.state]
        assert labels[row.signal, row.state] == row.level == state.level
        assert row.reason is None or row.reason in signal.reasons
        seen[row.signal].add(row.state)
    # the world shows everything that can be said of sites
    assert {name: codes for name, codes in seen.items() if known[name].order is not None} == {
        name: set(signal.states) for name, signal in known.items() if signal.order is not None
    }
    for signal in SIGNALS:
        for german, english, _ in signal.reasons.values():
            assert german
            assert english
            assert german != english


def test_every_reason_has_words_in_the_database(world: World) -> None:
    """Grafana shows them there; since when they are so stands in a column of its own."""
    found = {
        (row["signal"], row["reason"]): row["label_de"]
        for row in world.select("select * from api.reason")
    }
    assert found.keys() == {(signal.name, code) for signal in SIGNALS for code in signal.reasons}
    assert (
        found["irrigation", "device_silent"] == "Sensor meldet sich nicht, Gerät nicht mehr gehört"
    )
    assert not [label for label in found.values() if "{" in label]


def test_what_has_no_data_has_no_level_and_a_reason(region: World) -> None:
    unknown = [row for row in rows(region) if row.state == "no_data"]
    assert {row.signal for row in unknown} == {signal.name for signal in SIGNALS}
    for row in unknown:
        assert row.level is None
        assert row.reason
    old = region.ago(hours=12)  # the fire weather of a noon holds until the next one is late
    for row in rows(region):
        if row.level is not None and row.signal != "device_health":
            assert row.value is not None
            assert row.time is not None
            assert row.time >= old - timedelta(hours=24)


def test_what_has_a_value_has_a_unit_unless_it_is_a_plain_number(region: World) -> None:
    plain = {"fire_weather", "device_health"}
    for row in rows(region):
        if row.value is not None and row.signal not in plain:
            assert row.unit, row


def test_the_most_urgent_stands_first_and_the_unknown_before_what_is_in_order(
    region: World,
) -> None:
    order = {s.name: float("inf") if s.order is None else s.order for s in SIGNALS}
    ranks = {(s.name, code): state.rank for s in SIGNALS for code, state in s.states.items()}
    # what a single value says stands behind what is sure, and before what is less
    single = {code: reason.urgency for s in SIGNALS for code, reason in s.reasons.items()}
    names = {row["site_id"]: row["name"] for row in region.select("select * from core.site")}
    found = rows(region)
    keys = [
        (
            order[row.signal] == float("inf"),
            -max(0.5 if row.level is None else row.level, single.get(row.reason or "", 0)),
            order[row.signal],
            ranks[row.signal, row.state],
            float("inf") if row.place is None else row.place,
            names[row.site_id],
        )
        for row in found
    ]
    assert keys == sorted(keys)
    levels = [row.level for row in found if row.signal != "device_health"]
    assert "unconfirmed_3" in [row.reason for row in found]
    assert levels[0] == 3
    assert levels[-1] == 0
    assert levels.index(None) > levels.index(1)


def test_one_site_alone(region: World) -> None:
    every = rows(region)
    for row in every[::7]:
        with region.acting("t_region") as connection:
            alone = signals(connection, site_id=row.site_id)
        assert alone == [other for other in every if other.site_id == row.site_id]


def test_signals_have_different_names_orders_and_views(world: World) -> None:
    for attribute in ("name", "order", "decide", "view"):
        values = [getattr(signal, attribute) for signal in SIGNALS]
        assert len(set(values)) == len(values)
    for signal in SIGNALS:
        # one that a reader may not see rows of is a barrier
        [row] = world.owner.execute(
            sql.SQL("select reloptions from pg_class where oid = %s::regclass"),
            [f"api.{signal.view}"],
        ).fetchall()
        assert "security_barrier=true" in row["reloptions"]
