"""A look at a feed: what it keeps, counts, asks for again, and says when something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.features.feeds import files
from tests.features.feeds.server import HERE, Server, serving
from tests.rows import connect
from tests.world import Town, World

from regionhub.errors import Conflict, InputError
from regionhub.features.feeds import download, fetch, store
from regionhub.features.feeds.content import Station
from regionhub.features.feeds.download import NotFetched
from regionhub.features.feeds.fetch import Outcome, due_feeds, fetch_feed
from regionhub.features.feeds.formats import radolan
from regionhub.features.feeds.jobs import fetch_due
from regionhub.features.feeds.kinds import KINDS
from regionhub.features.feeds.problems import trouble
from regionhub.features.feeds.write import FeedRow, keep_stations
from regionhub.store.database import Connection, Database, select_all
from regionhub.store.jobs import Locks, Work
from regionhub.store.statements import queries

WARNINGS = "Z_CAP_C_EDZW_LATEST_PVW_STATUS_PREMIUMDWD_COMMUNEUNION_DE.zip"
NOON = datetime(2026, 9, 30, 12, tzinfo=UTC)


@dataclass
class Hub:
    """A region with a town that it fetches for; `server` has the files."""

    world: World
    database: Database
    region: Town
    altena: Town
    server: Server
    connection: Connection

    def add(self, kind: str, *stations: str, by: Town | None = None, **more: Any) -> int:
        """A feed of the region."""
        tenant = (by or self.region).tenant_id
        given = {"address": self.server.address, "name": kind} | more
        return store.add_feed(
            self.connection, tenant_id=tenant, kind=kind, stations=stations, **given
        )

    def fetch(self, source_id: int) -> Outcome:
        """Look at it now."""
        return fetch_feed(self.connection, self.database, source_id, HERE)

    def feed(self, source_id: int) -> store.Feed:
        """How it is doing."""
        [found] = [one for one in store.feeds_of_all(self.connection) if one.source_id == source_id]
        return found

    def fates(self, source_id: int) -> dict[str, int]:
        """How many rows had which fate."""
        rows = self.world.select(
            "select fate || ' ' || reason as what, sum(messages)::int as messages "
            "from core.ingest_fate where source_id = %s group by 1",
            source_id,
        )
        return {row["what"].strip(): row["messages"] for row in rows}

    def readings(self, quantity: str) -> list[tuple[datetime, float]]:
        """What Altena sees."""
        rows = self.altena.select(
            "select r.time, r.value from api.reading r join api.datastream d using (datastream_id) "
            "where d.quantity = %s order by 1",
            quantity,
        )
        return [(row["time"], row["value"]) for row in rows]


@pytest.fixture(scope="module")
def databases(new_database: Callable[[], str]) -> Iterator[tuple[Any, Database]]:
    """The owner of a database, and the same under the ingest role."""
    url = new_database()
    with (
        connect(url, autocommit=True) as owner,
        Database(url, size=2, role="ingest") as database,
    ):
        yield owner, database


@pytest.fixture
def hub(databases: tuple[Any, Database]) -> Iterator[Hub]:
    """What one test leaves behind no other one finds."""
    owner, database = databases
    with serving() as server:
        world = World(owner)
        region = world.town("suedwestfalen", kind="region")
        altena = world.town("altena", ags="05962004", latitude=51.29, longitude=7.67)
        yield Hub(world, database, region, altena, server, owner)
    # what is never to be removed is empty here
    owner.execute("set session_replication_role = replica")
    owner.execute("truncate core.tenant, core.reading, core.uplink, core.touched cascade")
    owner.execute("reset session_replication_role")


def serve_radar(server: Server, rain: int = 0, hours: int = 1) -> list[datetime]:
    """Pictures of the last hours; when they end."""
    ends = radolan.hours(datetime.now(UTC), hours)
    server.files |= {
        f"raa01-rw_10000-{end:%y%m%d%H%M}-dwd---bin.bz2": files.radar(
            {(51.29, 7.67): rain}, time=end
        )
        for end in ends
    }
    return ends


def serve_gauges(server: Server, *rows: tuple[str, datetime, str]) -> None:
    """The files of the state."""
    server.files |= {
        "messwerte.zip": files.nrw_zip(rows),
        "hygon/OpenHygon-Pegel-Stationen_EPSG4326.txt": files.nrw_stations(),
        "hydro/Hydrologische-Stationen-NRW_EPSG25832_CSV.zip": files.nrw_zeros_zip(),
    }


class TestGauges:
    """Gauges of the state become sites that the towns around see."""

    def test_readings_stages_and_terms(self, hub: Hub) -> None:
        rows = [(files.ALTENA, NOON, "131.20"), (files.ALTENA, NOON + timedelta(minutes=15), "NA")]
        serve_gauges(hub.server, *rows, ("2829100000100", NOON, "30.0"))
        source = hub.add("nrw-gauges")
        outcome = hub.fetch(source)
        assert (outcome.problem, outcome.rows) == (None, 1)
        assert hub.fates(source) == {
            "stored": 1,
            "ignored no_value": 1,
            "ignored elsewhere": 1,
            "ignored block_end": 2,
        }
        assert hub.readings("water_level") == [(NOON, 131.2)]
        [site] = hub.altena.select("select * from api.site where name = 'Altena'")
        assert (site["kind"], site["gauge_zero_m"], site["stage_3_cm"]) == ("gauge", 152.34, 380)
        with hub.altena.acting() as connection:
            found = store.station_of_site(connection, site["site_id"])
        assert found is not None
        assert (found.code, "LANUK" in found.origin) == (files.ALTENA, True)

    def test_stages_that_people_entered_stay_where_the_operator_tells_none(self, hub: Hub) -> None:
        source = {"source_id": hub.add("pegelonline")}
        [feed] = select_all(
            hub.connection, FeedRow, queries(download.__package__, "work")["feed"], source
        )

        def told(*stages_cm: float) -> list[Any]:
            place: dict[str, Any] = {"latitude": 51.3, "longitude": 7.6}
            gauge = Station(code="x", name="Hagen", **place, kind="gauge", stages_cm=stages_cm)
            keep_stations(hub.connection, feed, KINDS["pegelonline"], [gauge])
            [site] = hub.world.select("select stage_1_cm, stage_2_cm from core.site")
            return list(site.values())

        assert told() == [None, None]
        hub.connection.execute("update core.site set stage_1_cm = 90, stage_2_cm = 150")
        assert told() == [90, 150]
        assert told(100.0) == [100, None]

    def test_what_is_known_is_counted_and_what_was_late_is_kept(self, hub: Hub) -> None:
        late = (files.ALTENA, NOON - timedelta(minutes=15), "130.0")
        serve_gauges(hub.server, (files.ALTENA, NOON, "131.20"))
        source = hub.add("nrw-gauges")
        hub.fetch(source)
        serve_gauges(hub.server, late, (files.ALTENA, NOON, "131.20"))
        hub.fetch(source)
        assert hub.readings("water_level") == [(late[1], 130.0), (NOON, 131.2)]
        assert hub.fates(source) == {"stored": 2, "ignored known": 1, "ignored block_end": 2}

    def test_what_the_operator_corrects_replaces_the_reading(self, hub: Hub) -> None:
        quarter = timedelta(minutes=15)
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        source = hub.add("nrw-gauges", by=hub.altena)

        def told(*levels: float) -> list[float]:
            rows = [(now - number * quarter, f"{level}") for number, level in enumerate(levels)]
            serve_gauges(hub.server, *((files.ALTENA, *row) for row in rows))
            assert hub.fetch(source).problem is None
            return [value for _, value in reversed(hub.readings("water_level"))]

        def said() -> tuple[float, str]:
            [row] = hub.altena.select(
                "select level_cm, state from api.gauge where time is not null"
            )
            return row["level_cm"], row["state"]

        def row_of(time: datetime) -> str:
            [row] = hub.altena.select(
                "select convert_from(decode(payload_hex, 'hex'), 'UTF8') as told "
                "from api.reading_origin where time = %s",
                time,
            )
            return str(row["told"])

        assert told(131.0, 130.5, 130.0, 129.5) == [131.0, 130.5, 130.0, 129.5]
        before = said()
        assert told(389.0, 388.5, 388.0, 129.5) == [389.0, 388.5, 388.0, 129.5]
        assert (before[0], said()) == (131, (389, "stage_3"))
        former = hub.altena.select(
            "select time, value, replaced_by from api.reading_version order by time desc"
        )
        assert [row["value"] for row in former] == [131.0, 130.5, 130.0]
        assert {row["replaced_by"] for row in former} == {"nrw-gauges"}
        assert row_of(now).endswith("389.0")
        assert hub.fates(source) == {"stored": 7, "ignored known": 1, "ignored block_end": 2}

        # and back again: its row is there already
        assert told(131.0, 388.5, 388.0, 129.5) == [131.0, 388.5, 388.0, 129.5]
        assert row_of(now).endswith("131.0")
        assert said()[0] == 131
        assert hub.altena.select("select distinct state from api.replay") == [{"state": "done"}]

    def test_of_two_rows_for_one_moment_the_first_counts(self, hub: Hub) -> None:
        serve_gauges(hub.server, (files.ALTENA, NOON, "131.20"), (files.ALTENA, NOON, "140"))
        source = hub.add("nrw-gauges")
        hub.fetch(source)
        hub.world.owner.execute("delete from core.feed_file")
        hub.fetch(source)
        assert hub.readings("water_level") == [(NOON, 131.2)]
        assert hub.world.select("select * from core.replay") == []

    def test_a_file_that_did_not_change_is_not_sent_again(self, hub: Hub) -> None:
        serve_gauges(hub.server, (files.ALTENA, NOON, "131.20"))
        source = hub.add("nrw-gauges")
        assert hub.fetch(source).problem is None
        hub.server.asked.clear()
        assert hub.fetch(source).problem is None
        assert hub.server.asked == [("messwerte.zip", 304)]

    def test_provenance_is_the_row(self, hub: Hub) -> None:
        serve_gauges(hub.server, (files.ALTENA, NOON, "131.20"))
        hub.fetch(hub.add("nrw-gauges", by=hub.altena))
        [row] = hub.altena.select("select payload_hex from api.reading_origin")
        assert bytes.fromhex(row["payload_hex"]).startswith(files.ALTENA.encode())

    def test_only_towns_within_reach_see_them(self, hub: Hub) -> None:
        far = hub.world.town("far", latitude=51.3, longitude=8.9)
        serve_gauges(hub.server, (files.ALTENA, NOON, "131.20"))
        hub.fetch(hub.add("nrw-gauges"))
        assert far.select("select * from api.site") == []
        assert hub.readings("water_level") == [(NOON, 131.2)]


def test_rain_of_the_radar_is_that_of_the_town(hub: Hub) -> None:
    ends = serve_radar(hub.server, 37, hours=2)
    # sums of an hour that ends at another minute would be counted twice
    hub.server.files["raa01-rw_10000-latest-dwd---bin.bz2"] = b"x"
    source = hub.add("dwd-radar")
    assert hub.fetch(source).problem is None
    times, rain = zip(*hub.readings("precipitation"), strict=True)
    assert list(times) == ends
    assert list(rain) == pytest.approx([3.7, 3.7])
    assert hub.fates(source) == {"stored": 2, "ignored file_missing": 10}
    hub.server.asked.clear()
    assert hub.fetch(source).problem is None
    assert {status for _, status in hub.server.asked} == {304, 404}


def test_stations_of_the_weather_service(hub: Hub) -> None:
    hub.server.files |= {
        "air_temperature/now/zehn_now_tu_Beschreibung_Stationen.txt": files.CDC_STATIONS,
        "air_temperature/now/10minutenwerte_TU_03098_now.zip": files.cdc_file(
            "QN;PP_10;TT_10;TM5_10;RF_10;TD_10", [("202609301200", "2;960;14.2;13;81;11")]
        ),
        "wind/now/10minutenwerte_wind_03098_now.zip": files.cdc_file(
            "QN;FF_10;DD_10", [("202609301200", "2;3.2;230")]
        ),
    }
    source = hub.add("dwd-stations")
    outcome = hub.fetch(source)
    assert outcome.problem is None
    assert hub.readings("air_temperature") == [(NOON, 14.2)]
    assert hub.readings("wind_speed") == [(NOON, 3.2)]
    # rain and radiation are not measured there
    assert hub.fates(source) == {"stored": 2, "ignored file_missing": 2}
    assert hub.feed(source).station_count == 1


def test_a_forecast(hub: Hub) -> None:
    hub.server.files["10418/kml/MOSMIX_L_LATEST_10418.kmz"] = files.mosmix_file(
        datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    )
    source = hub.add("dwd-forecast", "10418")
    assert hub.fetch(source).problem is None
    rows = hub.altena.select(
        "select station, time, rain_mm from api.weather_forecast order by time"
    )
    assert [(row["station"], row["rain_mm"]) for row in rows] == [
        ("Lüdenscheid", 0.4),
        ("Lüdenscheid", None),
    ]
    assert hub.fates(source) == {"stored": 2}


def test_warnings_are_those_that_stand_now(hub: Hub) -> None:
    hub.server.files[WARNINGS] = files.cap_zip()
    source = hub.add("dwd-warnings")
    assert hub.fetch(source).problem is None
    assert hub.world.select("select warn_cell, event from core.warning") == [
        {"warn_cell": "805962004", "event": "STURMBÖEN"}
    ]
    hub.server.files[WARNINGS] = files.zipped({"readme.txt": b""})
    assert hub.fetch(source).problem is None
    assert hub.world.select("select * from core.warning") == []
    assert trouble(hub.feed(source), datetime.now(UTC)) is None


def test_the_fire_danger_index(hub: Hub) -> None:
    stem = "derived_germany_fire_danger_index_woodland_forecast_recent"
    hub.server.files |= {
        f"{stem}_v2-3--0_stations_list.txt": files.WBI_STATIONS,
        f"{stem}_1300_v2-3--0.csv.gz": files.wbi_file(),
    }
    source = hub.add("dwd-fire-danger")
    assert hub.fetch(source).problem is None
    rows = hub.altena.select("select station, wbi from api.fire_danger_index order by day")
    assert [(row["station"], row["wbi"]) for row in rows] == [
        ("Eslohe", 4),
        ("Eslohe", 5),
        ("Eslohe", 3),
    ]


class TestTrouble:
    """What goes wrong is named, and tried again later and later."""

    @pytest.mark.parametrize(
        ("status", "files_there", "problem"),
        [
            (503, {}, "feed_refused"),
            (None, {}, "feed_file_missing"),
            (
                None,
                {WARNINGS: b"<html>"},
                "feed_unusable",
            ),
        ],
    )
    def test_it_is_named(
        self, hub: Hub, status: int | None, files_there: dict[str, bytes], problem: str
    ) -> None:
        hub.server.status, hub.server.files = status, files_there
        source = hub.add("dwd-warnings" if files_there else "dwd-radar")
        assert hub.fetch(source).problem == problem
        found = trouble(hub.feed(source), datetime.now(UTC))
        assert found is not None
        assert (found.code, bool(found.sentence()), found.text(str)) == (
            problem,
            True,
            found.text(str),
        )

    def test_later_and_later(self, hub: Hub) -> None:
        source, waits = hub.add("dwd-radar"), []
        for _ in range(8):
            hub.fetch(source)
            feed = hub.feed(source)
            assert feed.tried_at is not None
            waits.append(round((feed.next_at - feed.tried_at).total_seconds() / 600))
        assert waits == [1, 2, 4, 8, 16, 32, 36, 36]

    def test_a_place_that_the_hub_may_not_reach(self, hub: Hub) -> None:
        source = hub.add("dwd-radar")
        outcome = fetch_feed(hub.connection, hub.database, source)
        assert outcome.problem == "feed_away"
        assert "REGIONHUB_FEED_NETWORKS" in str(outcome.detail)

    def test_nothing_new(self, hub: Hub) -> None:
        serve_radar(hub.server)
        source = hub.add("dwd-radar")
        assert hub.fetch(source).problem is None
        newest = hub.feed(source).newest_at
        assert newest is not None
        assert trouble(hub.feed(source), newest + timedelta(hours=2, minutes=59)) is None
        found = trouble(hub.feed(source), newest + timedelta(hours=3, minutes=1))
        assert found is not None
        assert (found.code, found.since) == ("feed_stale", newest)
        store.switch_feed(hub.connection, source, enabled=False)
        assert trouble(hub.feed(source), newest + timedelta(days=9)) is None

    def test_one_file_of_several_keeps_none_of_the_others(self, hub: Hub) -> None:
        hub.server.files["10418/kml/MOSMIX_L_LATEST_10418.kmz"] = files.mosmix_file(
            datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        )
        source = hub.add("dwd-forecast", "10418", "99999")
        assert hub.fetch(source).problem is None
        assert hub.fates(source) == {"stored": 2, "ignored file_missing": 1}

    def test_what_a_slow_server_was_not_asked_for_is_next(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetch, "LONGEST_LOOK_SECONDS", 0)
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        path = "{0}/kml/MOSMIX_L_LATEST_{0}.kmz".format
        hub.server.files |= {path(code): files.mosmix_file(now) for code in ("10418", "10427")}
        source = hub.add("dwd-forecast", "10418", "10427", "99999")
        for _ in range(6):
            assert hub.fetch(source).problem is None
        answers = [(path("10418"), 200), (path("10427"), 200), (path("99999"), 404)]
        again = [(path("10418"), 304), (path("10427"), 304), (path("99999"), 404)]
        assert hub.server.asked == answers + again
        assert not {source} & set(due_feeds(hub.connection))

    def test_a_file_that_is_too_large(self, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(download, "LARGEST", 1000)
        hub.server.files["x"] = b"0" * 2000
        with pytest.raises(NotFetched) as refused:
            download.download(f"{hub.server.address}x", networks=HERE)
        assert refused.value.code == "feed_too_large"


class TestSetUp:
    """Adding a feed."""

    @pytest.mark.parametrize(
        ("kind", "more"),
        [
            ("dwd-nothing", {}),
            ("dwd-forecast", {}),
            ("dwd-radar", {"address": "ftp://x/"}),
            ("dwd-radar", {"address": "https://user:password@host/"}),
            ("dwd-stations", {"stations": ["../../etc"]}),
        ],
    )
    def test_what_cannot_work_is_refused(self, hub: Hub, kind: str, more: dict[str, Any]) -> None:
        with pytest.raises(InputError):
            store.add_feed(hub.connection, tenant_id=hub.region.tenant_id, kind=kind, **more)

    def test_one_of_a_name(self, hub: Hub) -> None:
        hub.add("dwd-radar")
        with pytest.raises(Conflict):
            hub.add("dwd-radar")

    def test_a_feed_is_no_network_server(self, hub: Hub) -> None:
        hub.add("dwd-radar", by=hub.altena)
        assert hub.altena.select("select * from api.source") == []


def test_work_looks_at_what_is_due(hub: Hub) -> None:
    serve_radar(hub.server)
    source, off = hub.add("dwd-radar"), hub.add("dwd-radar", name="off")
    store.switch_feed(hub.connection, off, enabled=False)
    assert due_feeds(hub.connection) == [source]

    with Locks(hub.database) as locks:
        work = Work(
            owner=lambda: nullcontext(hub.connection),
            database=hub.database,
            locks=locks,
            feed_networks=HERE,
        )
        fetch_due(work)
    assert due_feeds(hub.connection) == []
    assert hub.feed(source).fetched_at is not None
