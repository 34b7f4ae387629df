from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.profiles.documented import DEVICE_PROFILES, write_documented_profile
from tests.shipped import PROFILES
from typer.testing import CliRunner

from regionhub.cli.profile import app
from regionhub.profiles import default_directory

FRAME = "0c:e2:00 00 07A5 099B 00C8 10"
GOOD = ("dragino/lse01", "--hex", FRAME)


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_decode_json() -> None:
    status, output = invoke("decode", "dragino/lse01", "--fport", "2", "--hex", FRAME, "--json")
    assert status == 0
    answer = json.loads(output)
    assert answer["fields"]["soil_moisture"] == 19.57
    assert answer["measurements"][1] == {
        "quantity": "soil_moisture_vwc", "value": 19.57, "unit": "%", "quality": "ok"
    }  # fmt: skip


def test_decode_stored_reading() -> None:
    stored = "20CE9E7446632C01FFFF9E0D"
    arguments = ("decode", "milesight/em500-smtc", "--fport", "85", "--hex", stored, "--json")
    status, output = invoke(*arguments)
    assert status == 0
    assert json.loads(output)["measurements"][1] == {
        "quantity": "soil_temperature",
        "value": -0.1,
        "unit": "degC",
        "quality": "ok",
        "time": "2022-10-12T08:02:38.000Z",
    }


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("acme/one", "--hex", "00"), "ProfileError", f"(known: {', '.join(PROFILES)})"),
        (("dragino/lse01", "--hex", "0g"), "InputError", "--hex"),
        (("dragino/lse01", "--hex", "00"), "DecodeError", "frame has 1 bytes instead of 11"),
        (("dragino/lse01", "--hex", "0", "--param", "firmware=3"), "InputError", "--hex"),
        ((*GOOD, "--param", "firmware=3"), "ProfileError", "auto, 1.1, 1.2"),
        ((*GOOD, "--param", "colour=3"), "ProfileError", "known: firmware"),
        ((*GOOD, "--param", "firmware"), "InputError", "NAME=VALUE"),
        ((*GOOD, "--time", "now"), "InputError", "--time"),
        ((*GOOD, "--fport", "0"), "InputError", "between 1 and 255"),
    ],
)
def test_errors(arguments: tuple[str, ...], error: str, words: str) -> None:
    status, output = invoke("decode", "--fport", "2", *arguments, "--json")
    assert status == 1
    answer = json.loads(output)
    assert answer["error"] == error
    assert words in answer["detail"]
    assert invoke("decode", "--fport", "2", *arguments)[0] == 1


def test_decode_for_people() -> None:
    status, output = invoke("decode", "dragino/lse01", "--fport", "2", "--hex", FRAME)
    assert status == 0
    assert "19.57" in output


def test_list() -> None:
    status, output = invoke("list")
    assert status == 0
    assert "dragino/lse01" in output


def test_show() -> None:
    status, output = invoke("show", "dragino/ldds75")
    assert status == 0
    for words in (
        "Senkrecht über dem Wasser", "Plumb above the water", "https://wiki.dragino.com/",
        "port 2, 3, 5, 6; every 20 minutes", "stored[*].distance", "external_temperature",
    ):  # fmt: skip
        assert words in output
    assert "parameter firmware (text, default auto)" in invoke("show", "dragino/lse01")[1]
    assert invoke("show", "acme/one")[0] == 1


def test_a_new_profile_passes_its_own_tests(tmp_path: Path) -> None:
    into = ("--directory", str(tmp_path))
    assert invoke("new", "acme/snow-2", *into)[0] == 0
    status, output = invoke("test", "acme/snow-2", *into)
    assert (status, output.splitlines()[-1]) == (0, "3 passed, 0 failed")
    assert "Acme SNOW-2" in invoke("list", *into)[1]
    status, output = invoke("new", "acme/snow-2", *into)
    assert status == 1
    assert "already" in output
    for name in ("acme", "Acme/One", "../one", "acme/one/two", "acme/"):
        status, output = invoke("new", name, *into)
        assert status == 1
        assert "a profile is called vendor/model" in output


def test_every_shipped_profile_tells_people_what_they_need() -> None:
    for profile in PROFILES.values():
        for texts in (profile.description, profile.use, profile.mounting):
            assert texts is not None
            assert texts.de != texts.en
        assert profile.datasheet is not None


def test_examples_pass() -> None:
    status, output = invoke("test", "dragino/lse01", "keller/adt1-arc1")
    assert status == 0
    assert ", 0 failed" in output


def test_a_failing_example_shows_both_sides(tmp_path: Path) -> None:
    shutil.copytree(default_directory(), tmp_path, dirs_exist_ok=True)
    file = tmp_path / "milesight" / "em300-th" / "profile.yaml"
    file.write_text(file.read_text("utf-8").replace("30.8", "99.5"), "utf-8")
    status, output = invoke("test", "milesight/em300-th", "--directory", str(tmp_path))
    assert status == 1
    assert "FAIL battery, temperature and humidity" in output
    assert '"value": 99.5' in output
    assert '"value": 30.8' in output


BATTERY = '- {quantity: battery_level, value: 92, unit: "%"}'
AIR = "- {quantity: air_temperature, value: 30.8, unit: degC}"
HUMIDITY = '- {quantity: relative_humidity, value: 50.5, unit: "%"}'


@pytest.mark.parametrize(
    ("written", "instead", "expected", "got"),
    [
        ("30.8, unit: degC", "30.8, unit: K", ["air_temperature"], ["air_temperature"]),
        (f"{AIR}\n      ", "", [], ["air_temperature"]),
        (HUMIDITY, f"{HUMIDITY}\n      {AIR}", ["air_temperature"], []),
        (f"{AIR}\n      {HUMIDITY}", f"{HUMIDITY}\n      {AIR}",
         ["relative_humidity", "air_temperature"], ["air_temperature", "relative_humidity"]),
        (f"{BATTERY}\n      {AIR}\n      {HUMIDITY}", "[]",
         [], ["battery_level", "air_temperature", "relative_humidity"]),
    ],
    ids=["another unit", "one too few", "one twice", "another order", "none"],
)  # fmt: skip
def test_a_failing_example_shows_what_differs_and_no_more(
    written: str, instead: str, expected: list[str], got: list[str], tmp_path: Path
) -> None:
    shutil.copytree(default_directory() / "milesight", tmp_path / "milesight")
    file = tmp_path / "milesight" / "em300-th" / "profile.yaml"
    text = file.read_text("utf-8")
    assert written in text
    file.write_text(text.replace(written, instead, 1), "utf-8")
    status, output = invoke("test", "milesight/em300-th", "--directory", str(tmp_path))
    assert status == 1
    lines = [line.split(maxsplit=1) for line in output.splitlines() if line.startswith("       ")]
    for side, names in (("expected", expected), ("got", got)):
        said = [words for word, words in lines if word == side]
        assert [json.loads(line)["quantity"] for line in said if line != "nothing"] == names
        assert said, "a side without anything says so"


def test_the_documentation_shows_the_real_output(tmp_path: Path) -> None:
    write_documented_profile(tmp_path)
    shown = DEVICE_PROFILES.split("$ regionhub profile test acme/snow-1\n")[1].split("```")[0]
    assert invoke("test", "acme/snow-1", "--directory", str(tmp_path)) == (0, shown)


def test_the_profiles_of_the_hub_are_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(default_directory() / "milesight" / "em300-th", tmp_path / "own" / "em300-th")
    monkeypatch.setenv("REGIONHUB_DEVICE_PROFILES", str(tmp_path))
    status, output = invoke("test")
    assert status == 0
    assert "own/em300-th" in output
    assert "dragino" not in output
