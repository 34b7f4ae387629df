"""Tree registers as towns export them become trees, once each."""

from __future__ import annotations

import io
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.onboarding.technician import Technician, technician
from tests.hub import Hub
from tests.town import Town
from tests.world import World

from regionhub.errors import InputError
from regionhub.features.onboarding.geojson import read_geojson
from regionhub.features.onboarding.register import Register, read_register, take_register
from regionhub.features.onboarding.register_columns import columns
from regionhub.web.tables.sheets import MOST_COLUMNS

__all__ = ["technician"]

#: UTM zone 32, about 51.397 N, 8.064 E: the middle of Arnsberg.
EAST, NORTH = 434_896.0, 5_694_355.0
HEAD = "Baumnummer;Baumart (deutsch);Pflanzjahr;Straße;Hausnr.;Rechtswert;Hochwert;Kronen-Ø\n"
ROWS = (
    "1001;Winterlinde;2019;Möhnestraße;12a;434896,00;5694355,00;4,5\n"
    "1002;Stieleiche;01.11.1985;Möhnestraße;;434.910,5;5.694.360,2;12.500\n"
    "1003;;0;unbekannt;;;;\n"
)


def read(town: Town, content: str | bytes) -> Register:
    if isinstance(content, str):
        content = content.encode("cp1252")
    with town.acting(decided=False) as connection:
        return read_register(connection, town.tenant_id, content)


def take(town: Town, content: str | bytes) -> Register:
    found = read(town, content)
    with town.acting(decided=False) as connection:
        take_register(connection, town.tenant_id, found)
    return found


def stored(town: Town) -> dict[str, dict[str, Any]]:
    rows = town.world.select(
        "select s.name, s.kind, s.latitude, s.longitude, s.address, s.planted_year, t.species, "
        "t.crown_m from core.site s left join core.tree t using (site_id) where s.tenant_id = %s",
        town.tenant_id,
    )
    return {row["name"]: row for row in rows}


def said(found: Register) -> list[str]:
    return [f"{row.number} {fault.text('de')}" for row in found.bad for fault in row.faults]


@pytest.fixture
def town(world: World) -> Town:
    return world.town(name="Arnsberg", latitude=51.397, longitude=8.064)


def test_a_register_in_metres_with_commas_and_umlauts(town: Town) -> None:
    found = take(
        town, "Baumkataster Stand 2026\n\n" + HEAD.replace("Kronen-Ø", "Kronenbreite [m]") + ROWS
    )
    assert said(found) == []
    assert len(found.new) == 3
    linden = stored(town)["1001"]
    assert (linden["species"], linden["planted_year"], linden["crown_m"]) == (
        "Winterlinde",
        2019,
        4.5,
    )
    assert linden["address"] == "Möhnestraße 12a"
    assert math.isclose(linden["latitude"], 51.3967, abs_tol=1e-3)
    assert math.isclose(linden["longitude"], 8.0645, abs_tol=1e-3)
    oak = stored(town)["1002"]
    assert (oak["planted_year"], oak["crown_m"], oak["address"]) == (1985, 12.5, "Möhnestraße")
    bare = stored(town)["1003"]
    assert [bare[key] for key in ("latitude", "planted_year", "species", "address")] == [None] * 4


def test_a_register_again_updates_and_doubles_nothing(town: Town) -> None:
    take(town, HEAD + ROWS)
    again = read(town, HEAD + ROWS)
    assert (len(again.new), len(again.changed), again.unchanged) == (0, 0, 3)
    newer = take(town, "Baumnummer;Baumart;Pflanzjahr\n1001;Sommerlinde;\n1004;Ahorn;2025\n")
    assert (len(newer.new), len(newer.changed), newer.missing) == (1, 1, 2)
    rows = stored(town)
    assert len(rows) == 4
    # what the newer file does not say stays
    assert (rows["1001"]["species"], rows["1001"]["planted_year"]) == ("Sommerlinde", 2019)
    assert rows["1001"]["latitude"] is not None


def test_numbers_that_repeat_are_told_apart_by_the_street(town: Town) -> None:
    head = "Nr;Straße;Baumart\n"
    take(town, head + "1;Hauptstraße;Linde\n1;Bahnhofstraße;Eiche\n")
    assert set(stored(town)) == {"Hauptstraße 1", "Bahnhofstraße 1"}
    # a later file of one street only means the same tree
    found = take(town, head + "1;Hauptstraße;Ulme\n")
    assert (len(found.new), len(found.changed)) == (0, 1)
    assert stored(town)["Hauptstraße 1"]["species"] == "Ulme"
    assert said(read(town, "Nr;Baumart\n7;Linde\n7;Eiche\n")) == [
        "3 Nr: „7“ steht schon in Zeile 2"
    ]


def test_each_bad_row_says_what_is_wrong_and_the_others_are_taken(town: Town) -> None:
    town.site("gauge", "1007")
    rows = (
        "1001;Linde;im Herbst;A;;;;\n"
        ";Linde;2019;A;;;;\n"
        "1003;Linde;2019;A;;3434896;5696177;\n"  # Gauß-Krüger
        "1004;Linde;2019;A;;5694355;434896;\n"  # swapped
        "1005;Linde;2019;A;;;5694355;\n"
        "1006;Linde;2019;A;;434896;5694355;450\n"
        "1007;Linde;2019;A;;;;\n"
        "1008;Linde;2019;A;;434896;5394355;\n"
        "1009;Linde;2019;A;;434896;5694355;4\n"
    )
    found = take(town, HEAD.replace("Kronen-Ø", "Krone") + rows)
    assert [tree.name for tree in found.new] == ["1009"]
    problems = dict(line.split(" ", 1) for line in said(found))
    assert "muss ein Jahr wie 2019 sein, nicht „im Herbst“" in problems["2"]
    assert problems["3"] == "Baumnummer: fehlt"
    assert "Gauß-Krüger" in problems["4"]
    assert "UTM" in problems["5"]
    assert "gehören zusammen" in problems["6"]
    assert "Metern bis 60" in problems["7"]
    assert "kein Baum" in problems["8"]
    assert "von Arnsberg entfernt" in problems["9"]
    assert set(stored(town)) == {"1007", "1009"}


def test_geojson_in_degrees_and_in_metres(town: Town) -> None:
    def feature(number: int, x: float, y: float) -> dict[str, Any]:
        return {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [x, y]},
            "properties": {"BAUMNR": number, "ART_DEUTSCH": "Linde", "PFLANZJAHR": 2020},
        }

    points = [feature(1, 8.0645, 51.3967), feature(2, EAST, NORTH), feature(3, 32e6 + EAST, NORTH)]
    found = take(town, json.dumps({"type": "FeatureCollection", "features": points}).encode())
    assert said(found) == []
    places = {
        (round(row["latitude"], 2), round(row["longitude"], 2)) for row in stored(town).values()
    }
    assert places == {(51.4, 8.06)}
    for broken in (b'{"features": 3}', b'{"features": [1]}', b'{"type": '):
        with pytest.raises(InputError):
            read(town, broken)
    no_place = {"type": "Feature", "geometry": None, "properties": {"Baumnr": "x\0y"}}
    take(town, json.dumps({"features": [no_place]}).encode())
    assert stored(town)["xy"]["latitude"] is None


def test_points_of_wkt(town: Town) -> None:
    take(town, f"gml_id;geom\nb1;POINT ({EAST} {NORTH})\nb2;SRID=4326;\n")
    assert round(stored(town)["b1"]["latitude"], 3) == 51.397


@pytest.mark.parametrize(
    "bad", ["POINT(8.06.1 51.39)", "POINT(- .)", f"POINT(8.06 51.39{'0' * 200})"]
)
def test_a_point_that_is_none_is_a_fault_of_its_row_alone(town: Town, bad: str) -> None:
    found = read(town, f"Baumnummer;geom\n1;{bad}\n2;POINT(8.0645 51.3967)\n")
    assert ([row.number for row in found.bad], len(found.new)) == ([2], 1)


def test_a_name_that_becomes_too_long_is_a_fault_of_its_row_alone(town: Town) -> None:
    row = f"{'x' * 70};{'y' * 70}\n"
    found = take(town, "Baumnummer;Straße\n" + row + "1;Ahornweg\n1;Lindenweg\n")
    assert ([one.number for one in found.bad], len(found.new)) == ([2], 2)


def test_trees_keep_their_names_when_a_later_file_repeats_numbers(town: Town) -> None:
    head, former = "Baumnummer;Straße;Hausnr.\n", "1;Ahornweg;3\n2;Ahornweg;5\n"
    take(town, head + former)
    found = take(town, head + former + "1;Lindenweg;8\n3;Lindenweg;9\n")
    assert (found.unchanged, found.missing) == (2, 0)
    assert set(stored(town)) == {"1", "2", "Lindenweg 1", "Lindenweg 3"}
    # and where each came with its street a file without repeated ones finds it as well
    found = take(town, head + "2;Ahornweg;5\n3;Lindenweg;9\n")
    assert (found.unchanged, found.new) == (2, [])


def test_a_number_of_another_street_is_another_tree(town: Town) -> None:
    """Files of one street each, whose numbers begin with 1 in every street."""
    head = "Baumnummer;Straße;Hausnr.;Baumart\n"
    take(town, head + "1;Ahornweg;3;Ahorn\n2;Ahornweg;5;Ahorn\n")
    lime = head + "1;Am Markt;8;Linde\n2;Am Markt;;Linde\n3;Am Markt;9;Linde\n"
    found = take(town, lime)
    assert (len(found.new), found.changed, found.missing) == (3, [], 2)
    assert set(stored(town)) == {"1", "2", "Am Markt 1", "Am Markt 2", "3"}
    assert stored(town)["1"]["species"] == "Ahorn"
    assert take(town, lime).unchanged == 3
    # another house, another way of writing, or no street at all is the same tree
    take(town, head + "9;Hauptstr.;1;Ulme\n")
    found = take(town, head + "9;Hauptstraße;7-9;Ulme\n2;AHORNWEG;vor 6;Ahorn\n")
    assert [(one.former.address, one.tree.address) for one in found.changed] == [
        ("Hauptstr. 1", "Hauptstraße 7-9"),
        ("Ahornweg 5", "AHORNWEG vor 6"),
    ]
    take(town, "Nr;Standort\n20;Friedhof Abt. 3\n")
    assert [one.name for one in take(town, "Nr;Standort\n20;Friedhof Abt. 4\n").new] == [
        "Friedhof Abt. 4 20"
    ]
    assert [one.tree.name for one in take(town, "Nr;Baumart\n1;Feldahorn\n").changed] == ["1"]


def test_features_with_names_of_their_own_make_no_huge_table() -> None:
    features = [{"properties": {f"{n}-{i}": 1 for i in range(20)}} for n in range(100)]
    table = read_geojson(json.dumps({"features": features}).encode(), most=1000)
    assert (len(table.head), len(table.rows)) == (MOST_COLUMNS + 2, 100)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "Baumnummer": st.integers(1, 50) | st.text(max_size=8) | st.none(),
                "Pflanzjahr": st.integers() | st.text(max_size=6) | st.floats(),
                "Krone": st.floats() | st.text(max_size=6) | st.booleans(),
                "Straße": st.text(max_size=200) | st.lists(st.integers(), max_size=2),
            }
        ),
        min_size=1,
        max_size=20,
    ),
    st.lists(st.floats() | st.integers() | st.text(max_size=3) | st.none(), max_size=3),
)
def test_whatever_a_feature_holds_every_row_has_one_outcome(
    views_owner: Any, rows: list[dict[str, Any]], place: list[Any]
) -> None:
    world = World(views_owner)
    try:
        town = world.town(latitude=51.4, longitude=8.0)
        features = [{"geometry": {"coordinates": place}, "properties": one} for one in rows]
        try:
            content = json.dumps({"features": features}).encode()
            found = take(town, content)
        except (InputError, UnicodeEncodeError):
            return
        assert found.good + len(found.bad) == len(rows)
        assert len(stored(town)) == len(found.new)
    finally:
        views_owner.rollback()


def test_the_most_telling_column_is_read() -> None:
    found, unknown = columns(["ID", "Baum-Nr.", "Art", "Standort", "Straße", "Stammumfang"])
    assert {column.field.key: column.name for column in found} == {
        "number": "Baum-Nr.", "species": "Art", "street": "Straße"
    }  # fmt: skip
    assert unknown == ["ID", "Standort", "Stammumfang"]


def test_in_the_portal_a_register_is_looked_at_and_taken_over(technician: Technician) -> None:
    content = (HEAD + ROWS + "1004;Linde;nie;;;;;\n").encode("cp1252")
    preview = technician.client.post(
        "/anlegen/baumkataster", files={"datei": ("kataster.csv", io.BytesIO(content))}
    )
    assert preview.status_code == 200
    assert "3 neue Bäume" in preview.text
    assert "muss ein Jahr wie 2019 sein" in preview.text
    assert technician.count("site") == 0
    digest = preview.text.split('name="datei" value="')[1][:64]
    done = technician.client.post("/anlegen/baumkataster/ja", data={"datei": digest})
    assert "3 neue und 0 geänderte Bäume" in done.text
    assert technician.count("site") == technician.count("tree") == 3
    assert technician.count("register_file") == 0
    again = technician.client.post("/anlegen/baumkataster/ja", data={"datei": digest})
    assert (again.status_code, "nicht mehr da" in again.text) == (422, True)
    newer = io.BytesIO(content.replace(b"Winterlinde", b"Sommerlinde"))
    changes = technician.client.post(
        "/anlegen/baumkataster", files={"datei": ("kataster.csv", newer)}
    )
    assert "1001 <small>geändert</small>" in changes.text
    assert "<s>Winterlinde</s> → Sommerlinde" in changes.text
    nothing = technician.client.post("/anlegen/baumkataster")
    assert "Wählen Sie eine Datei aus" in nothing.text


def test_the_api_takes_a_register_larger_than_other_bodies(hub: Hub) -> None:
    client = hub.client(key=hub.a.key)
    lines = [f"{number};Linde;2020;{'x' * 100}\n" for number in range(1, 12_001)]
    content = ("Baumnummer;Baumart;Pflanzjahr;Bemerkung\n" + "".join(lines)).encode()
    assert len(content) > 1_048_576
    answer = client.post("/api/v1/tree-register", params={"dry_run": True}, content=content)
    assert (answer.status_code, answer.json()["new"], answer.json()["written"]) == (
        200,
        12_000,
        False,
    )
    few = client.post(
        "/api/v1/tree-register", content=content[:2000].rsplit(b"\n", 1)[0] + b"\n;Ulme"
    )
    assert (few.json()["written"], few.json()["bad"][0]["problems"][0]["field"]) == (
        False,
        "Baumnummer",
    )
    assert client.post("/api/v1/tree-register", content=b"x" * 13_000_000).status_code == 413
    assert client.post("/api/v1/sites", content=content).status_code == 413
