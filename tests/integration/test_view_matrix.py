"""Who sees which rows: every view, for every reader, through every kind of grant.

A row of a town is seen by the town and, if the town agreed, by the region. What hangs on a
datastream is seen by others as finely as it was granted to a town that the reader sees. The rows
that must come out are computed here from what was put in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from tests.integration.matrix import (
    DAILY,
    HOURLY,
    OWN,
    QUANTITIES,
    RAW,
    READERS,
    SIGHTS,
    Expected,
    Matrix,
    Place,
    Reader,
    Rows,
    build,
    day,
    device,
    hour,
    newest,
    site,
    site_of,
    stream,
)
from tests.rows import connect
from tests.world import World

from regionhub.features import FEATURES

#: tests/features/<name>/matrix.py has the rows of the views that a feature brings.
OF_FEATURES = [
    import_module(f"tests.features.{feature.name}.matrix")
    for feature in FEATURES
    if find_spec(f"tests.features.{feature.name}.matrix")
]


@pytest.fixture(scope="module")
def matrix(views_url: str) -> Iterator[Matrix]:
    with connect(views_url) as owner:
        yield build(World(owner))
        owner.rollback()


def label(place: Place, reader: Reader) -> str:
    """With the town before it for a reader who sees several."""
    several = len(reader.towns) > 1 and place.sight(reader) == "own"
    return f"{place.town.slug.title()}: {place.name}" if several else place.name


def readings(place: Place, _: Reader) -> Rows:
    return [row for reading in place.readings for row in stream(place, *reading)]


def registered(place: Place, reader: Reader) -> Rows:
    """A datastream; its town reads it as finely as it is."""
    sight = place.sight(reader)
    finest = "raw" if sight == "own" else sight
    return stream(place, QUANTITIES[place.kind], sight != "own", finest)


EXPECTED: dict[str, Expected] = {
    "site": Expected(
        "site_id, tenant_id, name, note",
        DAILY,
        lambda p, r: site(p, p.name, "key at the mill" if p.sight(r) == "own" else None),
    ),
    "tree": Expected(
        "site_id, tenant_id, species, crown_m",
        OWN,
        lambda p, _: site(p, "Linde", 4.5) if p.kind == "tree" else [],
    ),
    "site_label": Expected("site_id, tenant_id, label", DAILY, lambda p, r: site(p, label(p, r))),
    "site_stream": Expected(
        "site_id, datastream_id, label",
        DAILY,
        lambda p, r: [(p.site, p.stream, label(p, r))],
    ),
    "installation": Expected(
        "site_id, tenant_id, device_id", DAILY, lambda p, _: site(p, p.device.device_id)
    ),
    "device": Expected(
        "device_id, tenant_id, site_id, serial, parameters",
        DAILY,
        lambda p, r: device(
            p, p.site, *(("4711", {"depth": 30}) if p.sight(r) == "own" else (None, {}))
        ),
    ),
    "device_label": Expected(
        "device_id, tenant_id, label", DAILY, lambda p, r: device(p, label(p, r))
    ),
    "own_device": Expected("device_id, tenant_id", OWN, lambda p, _: device(p)),
    "gauge_reference": Expected("site_id, tenant_id, stage_1_cm", DAILY, site_of("gauge", 100)),
    "datastream": Expected("datastream_id, tenant_id, quantity, shared, finest", DAILY, registered),
    "reading": Expected("datastream_id, tenant_id, time, value", RAW, readings),
    "reading_origin": Expected("datastream_id, tenant_id, time, value", OWN, readings),
    "reading_version": Expected(
        "datastream_id, tenant_id, value", OWN, lambda p, _: stream(p, 1.0) if p.archived else []
    ),
    "reading_hourly": Expected(
        "datastream_id, bucket, count, sum, min, max, last", HOURLY, lambda p, _: p.buckets(hour)
    ),
    "reading_daily": Expected(
        "datastream_id, bucket, count, sum, min, max, last", DAILY, lambda p, _: p.buckets(day)
    ),
    "latest": Expected("site_id, tenant_id, value", RAW, lambda p, _: site(p, newest(p))),
    **{view: rows for each in OF_FEATURES for view, rows in each.EXPECTED.items()},
    # whatever features say of a site: it began without data, and something was measured
    "signal_change": Expected("distinct site_id, tenant_id", OWN, lambda p, _: site(p)),
}
#: Rows of a table that nobody but its town sees: the table, and columns that tell them apart.
OF_TOWNS = {
    "tenant": ("tenant", "slug"),
    "source": ("source where kind = 'lns'", "source_id"),
    "dead_letter_account": ("source where kind = 'lns'", "source_id"),
    "uplink": ("uplink", "uplink_id"),
    "gauge_reference_correction": ("gauge_reference_correction", "correction_id"),
    "installation_correction": ("installation_correction", "correction_id"),
    "dead_letter": ("dead_letter", "dead_letter_id"),
    "ingest_fate": ("ingest_fate", "source_id"),
    "replay": ("replay", "replay_id"),
    "removal": ("removal", "removal_id"),
    "adoption": ("adoption", "solution"),
    "profile": ("profile", "profile_id"),
    "calibration": ("calibration", "calibration_id"),
    "site_group": ("site_group", "site_group_id"),
    "feed": ("feed", "source_id"),
    "feed_station": ("feed_station", "feed_station_id"),
}
#: The same for everybody.
FOR_ALL = (
    *("level", "reason", "quantity", "progress"),
    *(view for each in OF_FEATURES for view in getattr(each, "FOR_ALL", ())),
)
#: Each has a test of its own.
OTHERS = (
    "irrigation_limit_version",
    *("granted_datastream", "profile_version", "radio_event", "retention", "signal"),
    *("warning", "fire_danger_index", "weather_forecast"),
)


def test_every_view_is_in_the_matrix(matrix: Matrix) -> None:
    rows = matrix.world.owner.execute(
        "select table_name from information_schema.tables where table_schema = 'api'"
    ).fetchall()
    known = {*EXPECTED, *OF_TOWNS, *FOR_ALL, *EVENTS, *OTHERS}
    assert {row["table_name"] for row in rows} == known


def found(matrix: Matrix, reader: Reader, columns: str, view: str) -> Rows:
    rows = matrix.world.ask(reader.role, f"select {columns} from api.{view}")
    return in_order([tuple(row.values()) for row in rows])


def in_order(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: tuple(map(str, row)))


@pytest.mark.parametrize("view", EXPECTED)
def test_what_hangs_on_places(matrix: Matrix, view: str) -> None:
    columns, sights, rows = EXPECTED[view]
    for reader in READERS:
        seen = [place for place in matrix.places if place.sight(reader) in sights]
        known = in_order([row for place in seen for row in rows(place, reader)])
        assert found(matrix, reader, columns, view) == known, reader.role


@pytest.mark.parametrize("view", OF_TOWNS)
def test_what_belongs_to_towns(matrix: Matrix, view: str) -> None:
    table, key = OF_TOWNS[view]
    for reader in READERS:
        known = [
            (row["tenant_id"], row[key])
            for row in matrix.world.select(f"select * from core.{table}")
            if slug(matrix, row) in reader.towns
        ]
        assert found(matrix, reader, f"tenant_id, {key}", view) == in_order(known), reader.role


def slug(matrix: Matrix, row: dict[str, Any]) -> str:
    [town] = matrix.world.select(
        "select slug from core.tenant where tenant_id = %s", row["tenant_id"]
    )
    return str(town["slug"])


@pytest.mark.parametrize("view", FOR_ALL)
def test_what_everybody_sees(matrix: Matrix, view: str) -> None:
    matrix.world.owner.execute(
        "insert into core.progress (task, label_de, label_en, total) "
        "values ('fill', 'Verlauf', 'History', 3) on conflict do nothing"
    )
    everything = matrix.world.owner.execute(f"select * from api.{view}").fetchall()
    assert everything
    for reader in READERS:
        assert matrix.world.ask(reader.role, f"select * from api.{view}") == everything


def test_what_is_granted_now(matrix: Matrix) -> None:
    for reader in READERS:
        known = [
            (place.stream, finest == "raw", finest in HOURLY)
            for place in matrix.places
            for town, finest in place.granted.items()
            if town in reader.towns
        ]
        rows = found(matrix, reader, "datastream_id, raw, hourly", "granted_datastream")
        assert rows == in_order(known), reader.role


EVENTS: dict[str, Rows] = {
    "frame_event": [(f_cnt, False, False) for f_cnt in (3, 5, 7)],
    "waiting_event": [(8, True, False)],
    "join_event": [(None, False, True)],
}


@pytest.mark.parametrize("view", [*EVENTS, "radio_event"])
def test_frames_and_joins_of_own_devices(matrix: Matrix, view: str) -> None:
    events = EVENTS.get(view) or [event for each in EVENTS.values() for event in each]
    for reader in READERS:
        own = [p for p in matrix.places if p.archived and p.sight(reader) == "own"]
        known = [row for place in own for event in events for row in device(place, *event)]
        columns = "device_id, tenant_id, f_cnt, waiting, joined"
        assert found(matrix, reader, columns, view) == in_order(known), reader.role


def test_retention_of_own_towns(matrix: Matrix) -> None:
    for reader in READERS:
        rows = matrix.world.ask(reader.role, "select * from api.retention")
        assert len(rows) == 5 * len(reader.towns)
        assert {slug(matrix, row) for row in rows} == set(reader.towns)


def test_signals_are_the_signals_of_the_features(matrix: Matrix) -> None:
    said = [signal for feature in FEATURES for signal in feature.signals]
    for reader in READERS:
        known = [
            (signal.name, *place_id)
            for place in matrix.places
            for signal in said
            if place.sight(reader) in EXPECTED[signal.view].sights
            for place_id in site(place) * len(EXPECTED[signal.view].rows(place, reader))
        ]
        assert len(known) == len(set(known))
        assert found(matrix, reader, "signal, site_id, tenant_id", "signal") == in_order(known), (
            reader.role
        )


class TestCurves:
    """What the functions for charts show of a datastream, to each who sees it."""

    @pytest.mark.parametrize("width", ["1 minute", "1 hour", "1 day"])
    def test_no_finer_than_granted(self, matrix: Matrix, width: str) -> None:
        finest = {"1 minute": "raw", "1 hour": "hourly", "1 day": "daily"}[width]
        for reader in READERS:
            for place in matrix.gauges:
                sight = place.sight(reader)
                answer = None if sight is None else max(finest, sight, key=SIGHTS.index)
                rows = matrix.world.ask(
                    reader.role,
                    "select bucket from api.buckets(%(id)s, %(start)s, now(), %(width)s::interval)",
                    id=place.stream,
                    start=matrix.world.ago(days=10),
                    width=width,
                )
                assert {row["bucket"] for row in rows} == times(place, answer)

    @pytest.mark.parametrize(
        "function", ["completeness", "completeness_sessions", "completeness_gaps"]
    )
    def test_frames_are_counted_for_the_own_town_only(self, matrix: Matrix, function: str) -> None:
        for reader in READERS:
            for place in matrix.gauges:
                rows = matrix.world.ask(
                    reader.role,
                    f"select * from api.{function}(%(id)s, now() - interval '1 day', now())",
                    id=place.device.device_id,
                )
                assert bool(rows) == (place.sight(reader) == "own")


def times(place: Place, resolution: str | None) -> set[datetime]:
    if resolution is None:
        return set()
    if resolution == "raw":
        return {time.replace(second=0, microsecond=0) for time, _ in place.readings}
    return {row[1] for row in place.buckets(hour if resolution == "hourly" else day)}
