"""Rows become sites, devices and installations of a town, or say why not."""

from __future__ import annotations

import pytest
from tests.shipped import PROFILES
from tests.town import Town
from tests.world import World

from regionhub.features.onboarding.drafts import Usual
from regionhub.features.onboarding.files import Imported, import_file
from regionhub.features.onboarding.load import Town as Place
from regionhub.profiles import load_profile

HEAD = "DevEUI;Modell;Standort;Art;Breite;Länge;Tiefe\n"
GOOD = "a84041fff0000001;LSE01;Linde;Baum;51,39;8,06;30\n"


def imported(town: Town, text: str, usual: Usual = Usual(), **how: bool) -> Imported:  # noqa: B008
    with town.acting() as connection:
        place = Place(
            connection=connection, tenant_id=town.tenant_id, profiles=PROFILES, who="anna", why="t"
        )
        return import_file(place, text.encode(), usual, **how)


def count(world: World, town: Town, table: str) -> int:
    [row] = world.select(f"select count(*) from core.{table} where tenant_id = %s", town.tenant_id)
    return int(row["count"])


def problems(found: Imported) -> list[str]:
    return [fault.text("de") for row in found.loaded.rows for fault in row.faults]


def test_a_row_becomes_site_device_and_installation(world: World) -> None:
    town = world.town()
    found = imported(town, HEAD + GOOD)
    assert problems(found) == []
    [row] = found.loaded.rows
    assert row.device is not None
    assert row.site is not None
    assert (row.site.name, row.site.kind, row.site.latitude) == ("Linde", "tree", 51.39)
    assert row.device.profile_id == "dragino/lse01"
    assert (row.device.site_id, row.device.depth_cm) == (row.site.site_id, 30)
    assert row.device.interval_seconds == 60 * load_profile(None, "dragino/lse01").interval_minutes


def test_a_dry_run_says_the_same_and_keeps_nothing(world: World) -> None:
    town = world.town()
    found = imported(town, HEAD + GOOD, dry_run=True)
    assert not found.loaded.written
    assert [bool(row.new_site and row.device) for row in found.loaded.rows] == [True]
    assert count(world, town, "site") == count(world, town, "device") == 0


def test_nothing_is_kept_unless_all_is_well_or_the_good_rows_are_accepted(world: World) -> None:
    town = world.town()
    bad = "a84041fff0000002;LSE01;Eiche;Baum;8,06;51,39;30\n"
    found = imported(town, HEAD + GOOD + bad)
    assert (found.loaded.written, len(found.loaded.good), len(found.loaded.bad)) == (False, 1, 1)
    assert "vertauscht" in problems(found)[0]
    assert count(world, town, "device") == 0
    assert imported(town, HEAD + GOOD + bad, only_good=True).loaded.written
    assert count(world, town, "site") == count(world, town, "device") == 1


def test_two_devices_at_one_new_site(world: World) -> None:
    town = world.town()
    second = "a84041fff0000002;LSE01;Linde;;;;60\n"
    found = imported(town, HEAD + GOOD + second)
    assert problems(found) == []
    assert [row.new_site for row in found.loaded.rows] == [True, False]
    assert count(world, town, "site") == 1


def test_a_site_that_is_there_is_used_and_never_changed(world: World) -> None:
    town = world.town()
    town.site("tree", "Linde", latitude=51.39, longitude=8.06)
    assert imported(town, HEAD + GOOD).loaded.written
    other = GOOD.replace("51,39", "51,40").replace("0001", "0002")
    found = imported(town, HEAD + other)
    assert "schon, mit anderen Angaben (Breite)" in problems(found)[0]


def test_a_site_of_another_town_of_that_name_is_none_of_this_town(world: World) -> None:
    world.town().site("tree", "Linde", latitude=51.0, longitude=8.0)
    assert imported(world.town(), HEAD + GOOD).loaded.rows[0].new_site


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (GOOD.replace("a84041fff0000001", ""), "DevEUI: fehlt"),
        (GOOD.replace("a84041fff0000001", "123"), "DevEUI: muss 16 Stellen"),
        (GOOD.replace("LSE01", ""), "Modell: fehlt"),
        (GOOD.replace("LSE01", "Zaubersensor"), "„Zaubersensor“ kennt der Hub nicht"),
        (GOOD.replace("LSE01", "Dragino"), "schreiben Sie eines davon: dragino/"),
        (GOOD.replace("Baum", ""), "Art: fehlt"),
        (GOOD.replace("Baum", "Haus"), "Art: muss Baum"),
        (GOOD.replace("51,39", ""), "Breite und Länge gehören zusammen"),
        (GOOD.replace("51,39", "48,1"), "entfernt, erlaubt sind 100 km"),
        (GOOD.replace("30", "-5"), "Tiefe: muss mindestens 0"),
        (GOOD.replace("30", "tief"), "Tiefe: muss eine Zahl sein"),
        (GOOD.replace("Linde;Baum;51,39;8,06", ";;;"), "aber kein Standort"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_in_german(world: World, row: str, says: str) -> None:
    town = world.town(latitude=51.4, longitude=8.0)
    found = imported(town, HEAD + row)
    assert says in " ".join(problems(found))
    assert not found.loaded.written


def test_a_device_twice(world: World) -> None:
    found = imported(world.town(), HEAD + GOOD + GOOD)
    assert "schon angelegt" in problems(found)[0]


def test_what_the_file_does_not_say_may_be_said_for_all_rows(world: World) -> None:
    town = world.town()
    text = "EUI,Name,lat,lon\na84041fff0000001,Linde 1,51.39,8.06\n"
    found = imported(town, text, Usual(profile_id="dragino/lse01", kind="tree"))
    assert problems(found) == []
    [row] = found.loaded.rows
    assert row.site is not None
    assert row.device is not None
    assert (row.site.name, row.device.name) == ("Linde 1", "Linde 1")


def test_sites_alone(world: World) -> None:
    town = world.town()
    found = imported(town, "Name;Art;Adresse;Pflanzjahr\nLinde;Baum;Markt 1;1987\n")
    assert problems(found) == []
    [site] = world.select("select name, address, planted_year from core.site where tenant_id = %s",
                          town.tenant_id)  # fmt: skip
    assert site == {"name": "Linde", "address": "Markt 1", "planted_year": 1987}


def test_parameters_of_the_profile_are_columns(world: World) -> None:
    profile = next(
        one for one in PROFILES.values()
        if any(parameter.type == "boolean" for parameter in one.parameters.values())
    )  # fmt: skip
    name, parameter = next(
        (name, one) for name, one in profile.parameters.items() if one.type == "boolean"
    )
    word = "nein" if parameter.default else "ja"
    text = f"DevEUI;Modell;{name}\na84041fff0000001;{profile.id};{word}\n"
    [row] = imported(world.town(), text).loaded.rows
    assert row.device is not None
    assert row.device.parameters[name] is not parameter.default


def test_what_waited_is_processed_and_belongs_to_the_site(world: World) -> None:
    town = world.town()
    first = world.ago(hours=5)
    town.dead_letter("unknown_device", dev_eui="a84041fff0000001", first_received_at=first)
    [row] = imported(town, HEAD + GOOD).loaded.rows
    assert row.device is not None
    assert row.device.installed_since == first
    [run] = world.select("select dev_eui, letter_reason, requested_by from core.replay")
    assert run == {"dev_eui": "a84041fff0000001", "letter_reason": "unknown_device",
                   "requested_by": "anna"}  # fmt: skip


def test_five_hundred_devices_at_once(world: World) -> None:
    town = world.town()
    rows = "".join(
        f"a84041fff1{number:06x};LSE01;Baum {number};Baum;51,39;8,06;30\n" for number in range(500)
    )
    assert len(imported(town, HEAD + rows).loaded.good) == 500


@pytest.mark.parametrize(
    ("east", "north", "latitude", "longitude"),
    # by PROJ, EPSG:25832 and 25833
    [
        ("434918,327", "5694356,160", 51.3967, 8.0645),
        ("32419358.136", "5653790.253", 51.03, 7.85),
        ("302276,344", "5620204,618", 50.7, 6.2),
        ("718400,912", "5264806,435", 47.5, 11.9),
        ("33391390,731", "5817855,241", 52.5, 13.4),
    ],
)
def test_positions_of_surveyors(
    world: World, east: str, north: str, latitude: float, longitude: float
) -> None:
    text = f"Name;Art;Rechtswert;Hochwert\nLinde;Baum;{east};{north}\n"
    [row] = imported(world.town(), text).loaded.rows
    assert row.site is not None
    assert row.site.latitude == pytest.approx(latitude, abs=2e-7)
    assert row.site.longitude == pytest.approx(longitude, abs=2e-7)


def test_another_grid_is_refused(world: World) -> None:
    found = imported(world.town(), "Name;Art;Rechtswert;Hochwert\nLinde;Baum;3434918;5696000\n")
    assert "Gauß-Krüger-Werte rechnen Sie vorher um" in problems(found)[0]
