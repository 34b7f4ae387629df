"""A look at a feed: what it keeps, counts, asks for again, and says when something is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.features.feeds import files
from tests.features.feeds.region import Hub, serve_gauges, serve_radar

from regionhub.features.feeds import download, store
from regionhub.features.feeds.content import Station
from regionhub.features.feeds.kinds import KINDS
from regionhub.features.feeds.problems import trouble
from regionhub.features.feeds.write import FeedRow, keep_stations
from regionhub.store.database import select_all
from regionhub.store.statements import queries

WARNINGS = "Z_CAP_C_EDZW_LATEST_PVW_STATUS_PREMIUMDWD_COMMUNEUNION_DE.zip"
NOON = datetime(2026, 9, 30, 12, tzinfo=UTC)
#: Gauges of the state tell a level each quarter of an hour; it is stale after three of them.
QUARTER = timedelta(minutes=15)


def newest_quarter() -> datetime:
    now = datetime.now(UTC)
    return now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)


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
        assert site["gauge_datum"] == "NHN"
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
        quarter, now = QUARTER, newest_quarter()
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

    @pytest.mark.parametrize("gone", ["NA", "", None])
    def test_what_the_operator_takes_back_is_no_reading_any_more(
        self, hub: Hub, gone: str | None
    ) -> None:
        """As a row without a value, or none between the others; as it was once it is back."""
        quarter, now = QUARTER, newest_quarter()
        source = hub.add("nrw-gauges", by=hub.altena)

        def told(*levels: str | None) -> list[float | None]:
            rows = [
                (files.ALTENA, now - number * quarter, level)
                for number, level in enumerate(levels)
                if level is not None
            ]
            serve_gauges(hub.server, *rows)
            assert hub.fetch(source).problem is None
            return [value for _, value in reversed(hub.readings("water_level"))]

        def state() -> str:
            [row] = hub.altena.select("select state from api.gauge where time is not null")
            return str(row["state"])

        wrong = ("389", "389", "389", "389", "130", "130")
        assert told(*wrong) == [389, 389, 389, 389, 130, 130]
        assert state() == "stage_3"
        assert told("130", gone, gone, gone, "130", "130") == [130, None, None, None, 130, 130]
        assert state() == "stage_0"
        assert len(hub.altena.select("select 1 from api.reading_version")) == 4
        assert told("130", gone, gone, gone, "130", "130") == [130, None, None, None, 130, 130]
        assert len(hub.altena.select("select 1 from api.reading_version")) == 4
        assert told(*wrong) == [389, 389, 389, 389, 130, 130]

    def test_a_row_without_a_value_is_none(self, hub: Hub) -> None:
        serve_gauges(hub.server, (files.ALTENA, NOON, "NA"))
        source = hub.add("nrw-gauges")
        hub.fetch(source)
        assert hub.readings("water_level") == []
        assert hub.fates(source) == {"ignored no_value": 1, "ignored block_end": 1}

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
