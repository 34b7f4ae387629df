"""Profiles from checkouts of public device repositories: each device has a line in the report."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from regionhub.cli.profile import app
from regionhub.profiles import load_profiles
from tests.foreign.checkouts import chirpstack_checkout, device, ttn_checkout


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def report(checkout: Path, into: Path, *only: str) -> dict[str, dict[str, Any]]:
    status, output = invoke("import", str(checkout), *only, "--directory", str(into), "--json")
    assert status == 0, output
    return {line["device"]: line for line in json.loads(output)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ttn")


@pytest.fixture(scope="module")
def ttn(folder: Path) -> dict[str, dict[str, Any]]:
    return report(ttn_checkout(folder / "checkout"), folder / "profiles")


def test_every_device_is_accounted_for(ttn: dict[str, dict[str, Any]]) -> None:
    imported = {device.removeprefix("acme/") for device, line in ttn.items() if line["imported"]}
    assert imported == {
        "sound", "firmwares", "firmwares-1-00", "no-examples", "foreign-examples", "broken-yaml",
        "twice", "octal", "legacy", "sloppy", "normalized", "strings", "extends",
        "module",
    }  # fmt: skip
    refused = {device: line["notes"][0] for device, line in ttn.items() if not line["imported"]}
    assert refused.keys() == {
        f"acme/{name}"
        for name in ("missing", "broken-device", "no-codec", "no-decoder", "empty", "syntax")
    }
    assert "is not there" in refused["acme/missing"]
    assert "is no YAML" in refused["acme/broken-device"]
    assert "names no codec" in refused["acme/no-codec"]
    assert "no uplinkDecoder" in refused["acme/no-decoder"]
    assert "none of the functions" in refused["acme/empty"]
    assert "does not compile" in refused["acme/syntax"]


@pytest.mark.parametrize(
    ("device", "right", "examples"),
    [
        ("sound", 2, 2),
        ("firmwares", 2, 2),
        ("firmwares-1-00", 2, 2),
        ("no-examples", 0, 0),
        ("foreign-examples", 1, 2),
        ("broken-yaml", 0, 0),
        ("twice", 3, 3),
        ("octal", 1, 1),
        ("legacy", 1, 2),
        ("sloppy", 2, 2),
        ("normalized", 2, 2),
        ("strings", 1, 1),
        ("extends", 2, 2),
        ("module", 2, 2),
    ],
)
def test_each_example_is_tried(
    ttn: dict[str, dict[str, Any]], device: str, right: int, examples: int
) -> None:
    line = ttn[f"acme/{device}"]
    assert (line["right"], line["examples"]) == (right, examples)


def test_what_is_odd_is_said(ttn: dict[str, dict[str, Any]]) -> None:
    def notes(device: str) -> str:
        return "; ".join(ttn[f"acme/{device}"]["notes"])

    assert "not for EU863-870, but US902-928" in notes("sound")
    assert "firmware 1.00" in notes("firmwares-1-00")
    assert "no examples" in notes("no-examples")
    assert "its examples are lost" in notes("broken-yaml")
    assert ttn["acme/foreign-examples"]["failures"] == [["mild", "is of another device"]]
    assert "unknown FPort" in ttn["acme/legacy"]["failures"][0][1]


def test_the_imported_profiles_are_profiles(folder: Path, ttn: dict[str, dict[str, Any]]) -> None:
    profiles = load_profiles(folder / "profiles")
    assert profiles.keys() == {device for device, line in ttn.items() if line["imported"]}
    sound = profiles["acme/sound"]
    assert (sound.vendor, sound.name) == ("Acme Sensors", "Acme Sensors Sound")
    assert (sound.lorawan.mac_version, sound.lorawan.device_class) == ("1.0", "A")
    normalized = profiles["acme/normalized"].lorawan
    assert (normalized.mac_version, normalized.device_class) == ("1.1", "C")
    status, output = invoke("test", "--directory", str(folder / "profiles"))
    assert (status, output.splitlines()[-1][-9:]) == (0, " 0 failed")


def mapped(directory: Path, device: str) -> list[tuple[str, str, str]]:
    profile = load_profiles(directory)[f"acme/{device}"]
    return [(entry.quantity, entry.unit, entry.position) for entry in profile.measurements]


def test_mappings_are_proposed(folder: Path, ttn: dict[str, dict[str, Any]]) -> None:
    assert ttn
    into = folder / "profiles"
    assert mapped(into, "sound") == [
        ("air_temperature", "degC", ""),
        ("battery_level", "%", ""),
    ]
    assert mapped(into, "normalized") == [("air_temperature", "degC", "")]
    assert mapped(into, "strings") == [
        ("battery_voltage", "V", ""),
        ("soil_moisture_vwc", "%", ""),
        ("soil_temperature", "degC", ""),
    ]
    assert mapped(into, "no-examples") == []


def test_one_vendor_or_one_device(tmp_path: Path) -> None:
    checkout = ttn_checkout(tmp_path / "checkout")
    assert report(checkout, tmp_path / "one", "acme/sound").keys() == {"acme/sound"}
    again = invoke("import", str(checkout), "acme/sound", "--directory", str(tmp_path / "one"))
    assert again[0] == 1
    assert "is there already" in again[1]
    for wrong in ("nobody", "acme/nothing"):
        status, output = invoke("import", str(checkout), wrong, "--directory", str(tmp_path / "x"))
        assert status == 1
        assert wrong in output
    assert invoke("import", str(tmp_path / "nowhere"))[0] == 1
    assert "is no checkout" in invoke("import", str(tmp_path))[1]


def test_a_checkout_of_chirpstack(tmp_path: Path) -> None:
    lines = report(chirpstack_checkout(tmp_path / "checkout"), tmp_path / "profiles")
    outcome = {
        device.removeprefix("acme/"): (line["imported"], line["right"], line["examples"])
        for device, line in lines.items()
    }
    assert outcome == {
        "sound": (True, 1, 1),
        "upper-case": (True, 1, 1),
        "hex": (True, 1, 1),
        "none": (True, 0, 0),
        "no-codec": (False, 0, 0),
        "lost": (False, 0, 0),
        "broken": (False, 0, 0),
    }
    sound = load_profiles(tmp_path / "profiles")["acme/sound"]
    assert (sound.vendor, sound.lorawan.device_class) == ("Acme Sensors", "C")
    assert sound.datasheet == "https://acme.example/x"
    assert "says LoRaWAN 1.0.0" in lines["acme/sound"]["notes"][0]


def test_nothing_outside_of_the_checkout_is_read(tmp_path: Path) -> None:
    checkout = ttn_checkout(tmp_path / "checkout")
    (tmp_path / "secret.js").write_text("function decodeUplink() { return {data: {a: 1}} }")
    codec = checkout / "vendor" / "acme" / "sound-codec.yaml"
    codec.write_text(codec.read_text("utf-8").replace("codec.js", "../../../secret.js"), "utf-8")
    status, output = invoke(
        "import", str(checkout), "acme/sound", "--directory", str(tmp_path / "profiles")
    )
    assert status == 1
    assert "lies outside of the checkout" in output


def hostile(checkout: Path) -> dict[str, str]:
    """What is hostile about each of some devices, and what the report says of it."""
    folder = checkout / "vendor" / "acme"
    bomb = "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 10}]\n" for n in range(1, 12))
    codecs = {
        "nul": 'uplinkDecoder: {fileName: "a\\0b.js"}\n',
        "long": f"uplinkDecoder: {{fileName: {'a' * 5000}.js}}\n",
        "folder": "uplinkDecoder: {fileName: folder.js}\n",
        "pipe": "uplinkDecoder: {fileName: pipe.js}\n",
        "bomb": f"a0: &a0 [1]\n{bomb}uplinkDecoder: {{fileName: codec.js}}\n",
        "field": "uplinkDecoder:\n  fileName: field.js\n  examples:\n    - {description: x, input: "
        '{fPort: 1, bytes: [1]}, output: {data: {"temperature \\0": 1}}}\n',
    }
    (folder / "folder.js").mkdir()
    os.mkfifo(folder / "pipe.js")
    (folder / "field.js").write_text(
        "function decodeUplink() { return { data: { 'temperature \\0': 1 } } }", "utf-8"
    )
    for name, text in codecs.items():
        (folder / f"{name}.yaml").write_text(device(name, f"{name}-codec"), "utf-8")
        (folder / f"{name}-codec.yaml").write_text(text, "utf-8")
    (folder / "index.yaml").write_text(f"endDevices: [{', '.join(codecs)}, sound]\n", "utf-8")
    return {
        "nul": "cannot be read: embedded null byte",
        "long": "File name too long",
        "folder": "folder.js is no file",
        "pipe": "pipe.js is no file",
        "bomb": "stands for more than",
        "field": "no field was recognised",
    }


def test_nothing_hostile_stops_the_others(tmp_path: Path) -> None:
    checkout = ttn_checkout(tmp_path / "checkout")
    said = hostile(checkout)
    lines = report(checkout, tmp_path / "profiles")
    assert lines["acme/sound"]["imported"]
    for name, why in said.items():
        assert why in lines[f"acme/{name}"]["notes"][0], name


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_a_codec_as_windows_wrote_it(tmp_path: Path, encoding: str) -> None:
    checkout = ttn_checkout(tmp_path / "checkout")
    script = checkout / "vendor" / "acme" / "codec.js"
    script.write_bytes(f"// Wärme in °C\n{script.read_text('utf-8')}".encode(encoding))
    line = report(checkout, tmp_path / "profiles", "acme/sound")["acme/sound"]
    assert (line["right"], line["examples"]) == (2, 2)


def test_names_are_one_line_that_can_be_shown(tmp_path: Path) -> None:
    checkout = ttn_checkout(tmp_path / "checkout")
    file = checkout / "vendor" / "acme" / "sound.yaml"
    named = file.read_text("utf-8").replace("name: Sound", 'name: "So\\nund\\0 \\e[31m"', 1)
    file.write_text(named + f"description: {'x' * 9000}\n", "utf-8")
    assert report(checkout, tmp_path / "profiles", "acme/sound")
    profile = load_profiles(tmp_path / "profiles")["acme/sound"]
    assert profile.name == "Acme Sensors So und [31m"
    assert len(profile.description.en) < 9000
