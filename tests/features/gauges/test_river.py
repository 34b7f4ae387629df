"""Which gauge lies above which, and how long water takes between them."""

from __future__ import annotations

from itertools import pairwise

import httpx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hub import Hub
from tests.world import World

from regionhub.errors import Conflict, NotAllowed, NotFound
from regionhub.features.gauges.river.learn import learn
from regionhub.features.gauges.river.links import link_changes, links, put_link, upstream
from regionhub.features.gauges.river.travel import travel_time


def flood_wave(minutes: int, *, delay: float = 0, seed: int = 7) -> pd.Series[float]:
    """Five days of levels each `minutes` with four floods, each steeper than it falls."""
    at = np.arange(0, 5 * 1440, minutes)
    level = 30 + np.random.default_rng(seed).normal(0, 0.3, len(at))
    for begins, height in ((600, 40), (2300, 90), (3500, 25), (5200, 120)):
        since = np.clip((at - begins - delay) / 240, 0, None)
        level += height * since * np.exp(1 - since)
    times = pd.date_range("2026-11-01", periods=len(at), freq=f"{minutes}min", tz="UTC")
    return pd.Series(level, index=times)


@given(delay=st.integers(0, 900), lower=st.sampled_from([5, 10, 15, 30]))
def test_a_delay_is_learnt_to_a_quarter_of_an_hour(delay: int, lower: int) -> None:
    found = travel_time(flood_wave(15), flood_wave(lower, delay=delay, seed=8))
    assert found.minutes == pytest.approx(delay, abs=15)
    assert found.likeness is not None
    assert found.likeness > 0.9
    assert found.rises >= 3


def test_single_false_echoes_do_not_move_it() -> None:
    upper, lower = flood_wave(15), flood_wave(15, delay=180, seed=8)
    upper.iloc[[40, 200, 333]] += 300
    lower.iloc[[100, 410]] += 250
    assert travel_time(upper, lower).minutes == pytest.approx(180, abs=15)


def test_what_does_not_tell_a_time_gives_none() -> None:
    flat = flood_wave(15) * 0 + 30
    short = flood_wave(15)[:80]
    for upper, lower in ((flat, flood_wave(15)), (short, short), (short[:0], short[:0])):
        assert travel_time(upper, lower).minutes is None
    noise = flood_wave(15)
    other = pd.Series(np.random.default_rng(1).normal(30, 20, len(noise)), index=noise.index)
    assert travel_time(noise, other).minutes is None


def test_a_travel_time_is_learnt_from_readings(world: World) -> None:
    town = world.town()
    upper, lower = town.gauge(), town.gauge()
    for gauge, delay in ((upper, 0), (lower, 120)):
        levels = flood_wave(15, delay=delay)
        shift = world.ago(hours=1) - levels.index[-1]
        points = [(time + shift, 5000 - 10 * level) for time, level in levels.items()]
        town.device(gauge, mounting_height_cm=500, interval_seconds=900).readings(
            "distance", points
        )
    with town.acting() as connection:
        put_link(connection, lower, upper, minutes=None, by="anna")
    learn(world.owner, lower, upper, world.now)
    with town.acting() as connection:
        [link] = links(connection, site_id=lower)
        assert link.learnt_minutes == pytest.approx(120, abs=15)
        assert link.travel_minutes == link.learnt_minutes
        corrected = put_link(connection, lower, upper, minutes=90, by="berta")
        assert (corrected.travel_minutes, corrected.corrected_by) == (90, "berta")
        assert put_link(connection, lower, upper, minutes=None, by="carl").travel_minutes == (
            link.learnt_minutes
        )
        trace = [(c.what, c.changed_by, c.minutes) for c in link_changes(connection, lower)]
    assert trace == [
        ("corrected", "carl", None),
        ("corrected", "berta", 90),
        ("entered", "anna", None),
    ]


def test_gauges_above_stand_in_the_order_of_their_water(world: World) -> None:
    town, neighbour = world.town(), world.town()
    bridge, mill, weir = (town.gauge() for _ in range(3))
    spring = neighbour.gauge()
    stream = neighbour.sensor(spring, "water_level", (world.ago(minutes=5), 30.0))
    with town.acting() as connection, pytest.raises(NotFound):
        put_link(connection, mill, spring, minutes=5, by="anna")
    [datastream] = world.select(
        "select datastream_id from core.datastream where device_id = %s", stream.device_id
    )
    world.grant(datastream["datastream_id"], town, "raw")
    with town.acting() as connection:
        put_link(connection, bridge, mill, minutes=60, by="anna")
        put_link(connection, bridge, weir, minutes=45, by="anna")
        put_link(connection, mill, spring, minutes=None, by="anna")
        found = [(u.site_id, u.steps, u.travel_minutes) for u in upstream(connection, bridge)]
        assert found == [(weir, 1, 45), (mill, 1, 60), (spring, 2, None)]
        with pytest.raises(NotAllowed):
            put_link(connection, spring, bridge, minutes=5, by="anna")
    # who reads both gauges sees the link as well, but not whose work it was
    lower = town.device(mill).readings("water_level", [(world.ago(minutes=5), 30.0)])
    with world.granted(lower, neighbour), neighbour.acting() as connection:
        [link] = links(connection, site_id=mill)
        assert (link.entered_by, link.corrected_by) == (None, None)
    # what is shared no more is no more there, the link waits
    world.owner.execute("update core.sharing_grant set valid_until = now() - interval '1 second'")
    with town.acting() as connection:
        assert [u.site_id for u in upstream(connection, bridge)] == [weir, mill]
        [link] = links(connection, site_id=mill)
        assert link.upstream_name is None
    with neighbour.acting() as connection:
        assert links(connection) == []


def test_a_river_that_parts_and_joins_again_and_again_has_each_gauge_once(world: World) -> None:
    """Three arms between each two junctions: three to the twelfth ways."""
    town = world.town()
    rows = [[town.gauge() for _ in range(3)] for _ in range(13)]
    for below, above in pairwise(rows):
        for one in below:
            for minutes, other in zip((30.0, 10.0, 20.0), above, strict=True):
                world.add(
                    "core.gauge_link",
                    site_id=one, upstream_site_id=other, tenant_id=town.tenant_id,
                    corrected_minutes=minutes, corrected_by="anna", corrected_at=world.now,
                    entered_by="anna",
                )  # fmt: skip
    with town.acting() as connection:
        connection.execute("set local statement_timeout = '10s'")
        found = {u.site_id: (u.steps, u.travel_minutes) for u in upstream(connection, rows[0][0])}
    expected = {
        site: (steps, minutes + 10 * (steps - 1))
        for steps, row in enumerate(rows[1:], 1)
        for minutes, site in zip((30, 10, 20), row, strict=True)
    }
    assert found == expected


def test_water_does_not_flow_in_circles(world: World) -> None:
    town = world.town()
    a, b, c = (town.gauge() for _ in range(3))
    with town.acting() as connection:
        put_link(connection, b, a, minutes=None, by="anna")
        put_link(connection, c, b, minutes=None, by="anna")
    for lower, upper in ((a, c), (a, b), (a, a)):
        with pytest.raises(Conflict), town.acting() as connection:
            put_link(connection, lower, upper, minutes=None, by="anna")


def test_links_in_the_api(hub: Hub) -> None:
    client: httpx.Client = hub.signed_in(hub.a.admin)
    path = f"/api/v1/gauge-links/{hub.a.gauge}/{hub.a.upper}"
    answer = client.put(path, json={"travel_minutes": 90})
    assert (answer.status_code, answer.json()["travel_minutes"]) == (200, 90)
    for wrong in (-1, 1e9, "soon"):
        assert client.put(path, json={"travel_minutes": wrong}).status_code == 422
    back = f"/api/v1/gauge-links/{hub.a.upper}/{hub.a.gauge}"
    assert client.put(back, json={}).status_code == 409
    [above] = client.get(f"/api/v1/gauge-links/{hub.a.gauge}/upstream").json()["items"]
    assert (above["site_id"], above["travel_minutes"]) == (hub.a.upper, 90)
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404
    changes = client.get(f"/api/v1/gauge-links/{hub.a.gauge}/changes").json()["items"]
    assert [change["what"] for change in changes] == ["removed", "corrected"]
    tree = client.put(f"/api/v1/gauge-links/{hub.a.gauge}/{hub.a.tree}", json={})
    assert tree.status_code == 404
