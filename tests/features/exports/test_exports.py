"""Many series in one file: what a German Excel, a program and a map get."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from arro3.io import read_parquet
from openpyxl import load_workbook
from tests.features.exports.town import Measured, measured
from tests.pages import text

from regionhub.features.exports.collect import Series, Table, Value
from regionhub.features.exports.files import german_csv, number, plain

__all__ = ["measured"]


def export(measured: Measured, **query: Any) -> httpx.Response:
    usual = {"from": measured.start, "to": measured.end, "resolution": "raw"}
    return measured.api.get("/api/v1/export", params=usual | query)


def test_for_a_german_excel(measured: Measured) -> None:
    answer = export(measured, format="csv-de")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "messwerte-2026-07-01-2026-07-02.csv" in answer.headers["content-disposition"]
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert head == [
        "Zeit",
        "'=Linde: Bodentemperatur [°C]",
        "Eiche: Bodentemperatur [°C]",
    ]
    assert rows == [
        ["01.07.2026 12:00:00", "32,8", ""],
        ["01.07.2026 12:10:00", "33", "-4,5"],
    ]


def test_for_programs(measured: Measured) -> None:
    rows = list(csv.DictReader(io.StringIO(export(measured, format="csv").text)))
    assert [(row["time"], row["site"], row["value"]) for row in rows] == [
        ("2026-07-01T10:00:00.000Z", "=Linde", "32.8"),
        ("2026-07-01T10:10:00.000Z", "=Linde", "33"),
        ("2026-07-01T10:10:00.000Z", "Eiche", "-4.5"),
    ]
    assert {(row["quantity"], row["unit"]) for row in rows} == {("soil_temperature", "degC")}


def test_as_a_workbook(measured: Measured) -> None:
    book = load_workbook(io.BytesIO(export(measured, format="xlsx").content))
    rows = list(book["Werte"].values)
    assert rows[0][1:] == ("'=Linde: Bodentemperatur [°C]", "Eiche: Bodentemperatur [°C]")
    assert rows[1] == (datetime(2026, 7, 1, 12), 32.8, None)  # noqa: DTZ001 - local, as Excel has it
    about = list(book["Messreihen"].values)
    assert [row[0] for row in about[1:]] == ["'=Linde", "Eiche"]


def test_as_parquet(measured: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = export(measured, format="parquet")
    assert answer.headers["content-disposition"].endswith('.parquet"')
    found = read_parquet(io.BytesIO(answer.content)).read_all()
    assert found.column_names == next(csv.reader(io.StringIO(export(measured).text)))
    assert found["time"].to_pylist() == [
        datetime(2026, 7, 1, 10, minute, tzinfo=UTC) for minute in (0, 10, 10)
    ]
    assert found["site"].to_pylist() == ["=Linde", "=Linde", "Eiche"]
    assert found["value"].to_pylist() == [32.80000000000001, 33.0, -4.5]

    monkeypatch.setitem(sys.modules, "arro3.io", None)
    missing = export(measured, format="parquet")
    assert missing.status_code == 422
    assert "regionhub[parquet]" in missing.json()["detail"]
    page = measured.client.get("/export/datei", params={"von": "2026-07-01", "format": "parquet"})
    assert "„CSV für Programme“ enthält dieselbe Tabelle" in page.text


def test_on_a_map(measured: Measured) -> None:
    found = export(measured, format="geojson", resolution="hourly").json()
    assert found["type"] == "FeatureCollection"
    assert [one["properties"]["name"] for one in found["features"]] == ["=Linde"]
    [linde] = found["features"]
    assert linde["geometry"] == {"type": "Point", "coordinates": [8.0, 51.4]}
    assert {value["quantity"] for value in linde["properties"]["values"]} == {"soil_temperature"}


def test_hours_and_choices(measured: Measured) -> None:
    hours = list(csv.reader(io.StringIO(export(measured, resolution="hourly").text)))
    assert [row[-1] for row in hours[1:]] == ["32.9", "-4.5"]
    one = export(measured, site=measured.sites["Eiche"]).text.splitlines()
    assert len(one) == 2
    battery = export(measured, quantity="battery_voltage").text.splitlines()
    assert battery[1].endswith(",3.6")
    assert export(measured, kind="gauge").status_code == 422


def test_a_table_that_would_be_mostly_empty_is_refused(
    measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regionhub.features.exports.collect.MOST_CELLS", 3)
    asked = {"from": measured.start, "to": measured.end, "resolution": "raw"}
    for kind, status in (("xlsx", 422), ("csv-de", 422), ("csv", 200)):
        answer = measured.api.get("/api/v1/export", params={**asked, "format": kind})
        assert answer.status_code == status, answer.text


def test_of_another_town_there_is_nothing(measured: Measured) -> None:
    other = measured.portal.world.town()
    key = measured.portal.hub.client(key=other.key("read"))
    answer = key.get("/api/v1/export", params={"site": measured.sites["Eiche"]})
    assert answer.status_code == 422
    assert key.get("/api/v1/export", params={"format": "geojson"}).json()["features"] == []


def test_the_page_gives_the_file_or_says_why_not(measured: Measured) -> None:
    client = measured.client
    assert "Viele Messreihen in einer Datei" in text(client.get("/export"))
    query = {"von": "2026-07-01", "bis": "2026-07-01", "mittel": "raw", "format": "csv-de"}
    answer = client.get("/export/datei", params=query)
    assert "32,8" in answer.content.decode("utf-8-sig")
    for wrong, says in (
        ({"art": "gauge"}, "wählen Sie andere Standorte"),
        ({"von": "2026-07-09"}, "endet, bevor er beginnt"),
    ):
        refused = client.get("/export/datei", params=query | wrong)
        assert (refused.status_code, says in refused.text) == (422, True)
    assert client.get("/export/datei", params={"groesse": "nichts"}).status_code == 422
    site = client.get(f"/standorte/{measured.sites['Eiche']}").text
    assert "/export/datei?standort=" in site


def test_an_hour_that_is_there_twice_keeps_both_values(measured: Measured) -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    stream = measured.stream
    values = [
        Value(datastream_id=stream.datastream_id, time=before + timedelta(hours=n), value=n)
        for n in range(2)
    ]
    lines = german_csv(Table([Series(stream, None)], values)).decode("utf-8-sig").splitlines()
    assert lines[1:] == ["25.10.2026 02:30:00;0", "25.10.2026 02:30:00;1"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (32.80000000000001, "32.8"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "1e-07"),
        (1234567.0, "1234567"),
        (12345678901.0, "12345678901"),
        (-4294967295.0, "-4294967295"),
        (-0.0, "0"),
        (1e300, "1e+300"),
    ],
)
def test_no_noise_of_binary_numbers(value: float, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize("name", ["=1+1", "+49", "-x", "@sum", "\tx"])
def test_no_name_becomes_a_formula(name: str) -> None:
    assert plain(name) == f"'{name}"
    assert json.dumps(plain("Linde")) == '"Linde"'
