"""Files in the layouts of those who publish them; `files.py` makes them and names the layouts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.feeds import files

from regionhub.features.feeds import download
from regionhub.features.feeds.content import Content, Observation, UnusableFile
from regionhub.features.feeds.formats import cap, cdc, mosmix, nrw, pegelonline, radolan, wbi

NOON = datetime(2026, 9, 30, 12, tzinfo=UTC)


def values(content: Content) -> dict[datetime, dict[str, float | None]]:
    """What was measured, by time and quantity."""
    return {
        row.time: {one.quantity: one.value for one in row.measurements if one.value is not None}
        for row in content.observations
        if row.has_value
    }


@pytest.mark.parametrize("encoding", ["ascii", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_entities_are_refused_in_each_encoding_that_is_read(encoding: str) -> None:
    text = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    with pytest.raises(UnusableFile):
        cap.parse_xml(text.encode(encoding))
    assert cap.parse_xml("<a>ä</a>".encode("utf-16")).text == "ä"


class TestStateGauges:
    """North Rhine-Westphalia."""

    def test_times_have_the_offset_of_winter(self) -> None:
        rows = [
            (files.ALTENA, NOON, "131.20"),
            (files.ALTENA, NOON, "NA"),
            ("2829100000100", NOON, "1"),
        ]
        content = nrw.levels(files.nrw_levels(rows), {files.ALTENA})
        assert values(content) == {NOON: {"water_level": 131.2}}
        row, without = content.observations
        assert not without.has_value
        assert row.row == f"{files.ALTENA};2026-09-30T13:00:00.000+01:00;131.20".encode()
        assert content.others == {"elsewhere": 1, "block_end": 2}

    def test_a_row_that_says_nothing_is_counted(self) -> None:
        body = files.nrw_levels([]) + f"{files.ALTENA};gestern;3.1\r\n".encode()
        content = nrw.levels(body, {files.ALTENA})
        assert (content.observations, content.others) == ([], {"unreadable": 1})

    def test_stations(self) -> None:
        found = {station.name: station for station in nrw.stations(files.nrw_stations())}
        assert found["Altena"].stages_cm == (190, 235, 380)
        # empty, "0.0", no second one, one that is lower
        assert {name: found[name].stages_cm for name in found if name != "Altena"} == {
            "Weidenau 1": (),
            "Hagen Haspe": (),
            "Meschede": (150,),
            "Olsberg": (160,),
        }
        assert (found["Altena"].code, found["Altena"].latitude) == (files.ALTENA, 51.2944)

    def test_gauge_zeros_stand_elsewhere(self) -> None:
        found = nrw.with_zeros(nrw.stations(files.nrw_stations()), files.nrw_zeros())
        assert {one.name: one.gauge_zero_m for one in found if one.gauge_zero_m} == {
            "Altena": 152.34
        }


class TestPegelonline:
    """Federal waterways."""

    def test_stations(self) -> None:
        [hattingen] = pegelonline.stations(files.PEGELONLINE_STATIONS)
        assert (hattingen.name, hattingen.water_body) == ("Hattingen", "Ruhr")
        assert (hattingen.gauge_zero_m, hattingen.gauge_datum) == (61.03, "NHN")

    @pytest.mark.parametrize(
        ("unit", "zero", "datum"),
        [
            ("m. ü. NN", 61.03, "NN"),
            ("m. ü. NHN", 61.03, "NHN"),
            ("m. ü. NAP", None, None),
            ("", None, None),
        ],
    )
    def test_a_zero_is_a_height_above_something_known(
        self, unit: str, zero: float | None, datum: str | None
    ) -> None:
        told = files.PEGELONLINE_STATIONS.replace("m. ü. NHN".encode(), unit.encode())
        [hattingen] = pegelonline.stations(told)
        assert (hattingen.gauge_zero_m, hattingen.gauge_datum) == (zero, datum)

    def test_levels(self) -> None:
        content = pegelonline.levels("x", files.PEGELONLINE_LEVELS)
        assert values(content) == {NOON: {"water_level": 203}}
        assert content.others == {"unreadable": 1}


class TestWarnings:
    """Common Alerting Protocol."""

    def test_for_the_cells_of_our_towns(self) -> None:
        content = cap.warnings(files.cap_zip(), {"805962004", "105962000"})
        assert content.warnings is not None
        [warning] = content.warnings
        assert (warning.warn_cell, warning.event, warning.severity) == (
            "805962004",
            "STURMBÖEN",
            "moderate",
        )
        assert warning.headline == "Amtliche WARNUNG vor STURMBÖEN"
        assert (warning.onset, warning.expires) == (NOON, NOON + timedelta(hours=6))
        # cancelled, for elsewhere; no XML, without a severity, with entities
        assert content.others == {"elsewhere": 2, "unreadable": 3}


class TestFireDanger:
    """WBI."""

    def test_stations(self) -> None:
        assert [(one.code, one.name) for one in wbi.stations(files.WBI_STATIONS)] == [
            ("1300", "Eslohe"),
            ("2483", "Kahler Asten"),
        ]

    def test_the_newest_run_counts(self) -> None:
        content = wbi.days("2483", files.wbi_file())
        assert [(one.day, one.wbi) for one in content.dangers] == [
            (date(2026, 8, 14), 4),
            (date(2026, 8, 15), 5),
            (date(2026, 8, 18), 3),
        ]
        assert content.dangers[0].issued_at == datetime(2026, 8, 14, 4, 13, tzinfo=UTC)
        assert content.others == {"older_run": 1, "no_value": 4}


class TestRadar:
    """RADOLAN."""

    @pytest.mark.parametrize(
        ("latitude", "longitude", "shape", "corner"),
        [
            # chapter 1.4 of the description of the format
            (46.9526, 3.5889, (900, 900), (0, 0)),
            (54.5877, 2.0715, (900, 900), (900, 0)),
            (54.7405, 15.7208, (900, 900), (900, 900)),
            (47.0705, 14.6209, (900, 900), (0, 900)),
            (51.0, 9.0, (900, 900), (450, 450)),
            (46.1929, 4.6759, (1100, 900), (0, 0)),
            (55.5342, 17.1128, (1100, 900), (1100, 900)),
        ],
    )
    def test_the_grid_lies_where_it_should(
        self, latitude: float, longitude: float, shape: tuple[int, int], corner: tuple[int, int]
    ) -> None:
        east, north = radolan.project(latitude, longitude)
        west, south = radolan._CORNERS[shape]
        assert (north - south, east - west) == pytest.approx(corner, abs=0.02)

    def test_rain_at_a_place(self) -> None:
        picture = radolan.picture(download.unbz2(files.radar({(51.29, 7.67): 37})))
        assert (picture.product, picture.time) == ("RW", datetime(2026, 9, 30, 11, 50, tzinfo=UTC))
        assert picture.interval == timedelta(hours=1)
        assert picture.at(51.29, 7.67) == pytest.approx(3.7)
        assert picture.at(51.05, 7.85) == 0
        assert picture.at(47.0, 20.0) is None

    def test_where_no_radar_looked_there_is_no_zero(self) -> None:
        for flag in (0x2000 | 0x9C4, 0x8000 | 5):
            picture = radolan.picture(download.unbz2(files.radar({(51.29, 7.67): flag})))
            assert picture.at(51.29, 7.67) is None

    def test_five_minutes_have_another_precision(self) -> None:
        body = files.radar({(51.29, 7.67): 37}, product="RY", precision="-02", minutes=5)
        assert radolan.picture(download.unbz2(body)).at(51.29, 7.67) == pytest.approx(0.37)


class TestForecast:
    """MOSMIX."""

    def test_hours(self) -> None:
        content = mosmix.forecast("10418", files.mosmix_file())
        [station] = content.stations
        assert (station.name, station.latitude, station.longitude) == ("Lüdenscheid", 51.25, 7.65)
        first, second = content.forecasts
        assert first.time == NOON
        assert first.issued_at == NOON - timedelta(hours=3)
        assert first.temperature_degc == pytest.approx(15.5)
        assert first.dew_point_degc == pytest.approx(9.2)
        assert first[5:] == (3.09, 0.4, 810)
        assert second[3:] == (None, None, None, None, None)


class TestObservations:
    """Stations of the weather service."""

    def test_stations(self) -> None:
        assert [
            (one.code, one.name, one.elevation_m) for one in cdc.stations(files.CDC_STATIONS)
        ] == [
            ("00044", "Großenkneten", 44),
            ("03098", "Lüdenscheid", 387),
        ]

    @pytest.mark.parametrize(
        ("columns", "row", "expected"),
        [
            (
                "QN;PP_10;TT_10;TM5_10;RF_10;TD_10",
                "2; 960.1;  14.2;  13.0;  81.0;  11.0",
                {"air_temperature": 14.2, "relative_humidity": 81},
            ),
            ("QN;RWS_DAU_10;RWS_10;RWS_IND_10", "2;  10;   0.35;   1", {"precipitation": 0.35}),
            ("QN;FF_10;DD_10", "2;   3.2; 230", {"wind_speed": 3.2}),
            (
                "QN;DS_10;GS_10;SD_10;LS_10",
                "2; -999;  18.0; -999; -999",
                {"irradiance": pytest.approx(300)},
            ),
            ("QN_9;TT_TU;RF_TU", "3;  14.2; -999", {"air_temperature": 14.2}),
        ],
    )
    def test_columns(self, columns: str, row: str, expected: dict[str, float]) -> None:
        content = cdc.observations("03098", files.cdc_file(columns, [("202609301200", row)]))
        assert values(content) == {NOON: expected}

    def test_what_is_missing_is_counted(self) -> None:
        rows = [("202609301200", "2; -999; -999"), ("gestern", "2; 1; 1"), ("202609301210", "2")]
        content = cdc.observations("03098", files.cdc_file("QN;FF_10;DD_10", rows))
        assert (values(content), content.others) == ({}, {"unreadable": 2})


READERS: list[Callable[[bytes], object]] = [
    lambda body: nrw.levels(body, {files.ALTENA}),
    nrw.stations,
    lambda body: nrw.with_zeros([], body),
    pegelonline.stations,
    lambda body: pegelonline.levels("x", body),
    lambda body: cap.warnings(body, {"805962004"}),
    wbi.stations,
    lambda body: wbi.days("1", body),
    lambda body: radolan.picture(download.unbz2(body)),
    lambda body: mosmix.forecast("1", body),
    cdc.stations,
    lambda body: cdc.observations("1", body),
]
WHOLE = [
    files.nrw_levels([(files.ALTENA, NOON, "1")]),
    files.nrw_stations(),
    files.nrw_zeros(),
    files.PEGELONLINE_STATIONS,
    files.PEGELONLINE_LEVELS,
    files.cap_zip(),
    files.WBI_STATIONS,
    files.wbi_file(),
    files.radar({}),
    files.mosmix_file(),
    files.CDC_STATIONS,
    files.cdc_file("QN;FF_10", [("202609301200", "2;1")]),
]


@pytest.mark.parametrize("number", range(len(READERS)))
@given(data=st.data())
def test_a_broken_file_is_refused_or_read(number: int, data: st.DataObject) -> None:
    whole = WHOLE[data.draw(st.sampled_from([number, *range(len(WHOLE))]))]
    cut = data.draw(st.integers(0, min(len(whole), 3000)))
    body = (
        whole[:cut]
        + data.draw(st.binary(max_size=8))
        + data.draw(st.sampled_from([b"", whole[cut + 1 :]]))
    )
    try:
        READERS[number](body)
    except UnusableFile:
        return


class TestPacked:
    """Nothing that is unpacked fills the memory."""

    def test_a_zip_of_nothing_but_zeros(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(download.Bound.__init__, "__defaults__", (100_000,))
        bomb = files.zipped({"a.xml": b"0" * 60_000, "b.xml": b"0" * 60_000})
        with pytest.raises(UnusableFile, match="larger"):
            list(download.members(bomb, ".xml"))

    def test_other_packers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(download, "LARGEST_UNPACKED", 1000)
        monkeypatch.setattr(download.Bound.__init__, "__defaults__", (1000,))
        for body in files.packed(b"0" * 100_000):
            with pytest.raises(UnusableFile):
                download.gunzip(download.unbz2(body))


def test_an_observation_keeps_its_row() -> None:
    content = cdc.observations("1", files.cdc_file("QN;FF_10", [("202609301200", "2;1.5")]))
    assert [type(one) for one in content.observations] == [Observation]
    assert content.observations[0].row == b"1;202609301200;2;1.5;eor"
