"""Devices whose network server decodes: fields are learnt, mapped, and mapped again by a replay."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.ingest.conftest import EM300, Intake, Run
from tests.ingest.recorded import SAMPLES
from tests.messages import arrived

from regionhub.archive.runs import Archive, Selection
from regionhub.envelope import Envelope
from regionhub.errors import ProfileError
from regionhub.profiles import default_directory, load_profile, load_profiles
from regionhub.times import from_rfc3339
from regionhub_ingest.decode import Codecs
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry
from regionhub_ingest.replay import replay

STRANGER = "24e124136d0c0999"
ARRIVAL = from_rfc3339("2026-05-12T07:41:24Z")


def message(dev_eui: str, f_cnt: int, decoded: object) -> Envelope:
    body = json.loads((SAMPLES / "chirpstack-v4-up.json").read_text("utf-8"))
    body["deviceInfo"]["devEui"] = dev_eui
    minute = f"{41 - f_cnt:02d}"
    body |= {"fCnt": f_cnt, "deduplicationId": f"id-{f_cnt}", "object": decoded}
    body["time"] = f"2026-05-12T07:{minute}:23+00:00"
    for entry in body["rxInfo"]:
        entry["nsTime"] = body["time"]
    topic = f"application/1/device/{dev_eui}/event/up"
    return Envelope(topic, json.dumps(body).encode(), arrived(ARRIVAL))


def arrive(intake: Intake, profiles: Path, *messages: Envelope) -> None:
    pipeline = Pipeline(Registry(intake.store), Codecs(load_profiles(profiles)))
    intake.store.commit(pipeline.prepare_all([(intake.source, each) for each in messages]))


def readings(intake: Intake) -> list[tuple[Any, ...]]:
    return intake.rows(
        "select quantity, value from core.reading join core.datastream using (datastream_id) "
        "order by time, quantity"
    )


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    shutil.copytree(default_directory() / "milesight", tmp_path / "milesight")
    return tmp_path


def test_a_profile_is_learnt_from_waiting_messages(
    intake: Intake, run: Run, profiles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = ("--directory", str(profiles))
    assert run("profile", "learn", "arnsberg", STRANGER, *into) == 1
    arrive(
        intake,
        profiles,
        message(STRANGER, 10, {"soilMoisture": 20, "battery_mv": 3300, "status": 1}),
        message(STRANGER, 0, {"soilMoisture": 21.5, "battery_mv": 3298, "temp": "12.5 °C"}),
        message(STRANGER, 5, None),
    )
    capsys.readouterr()
    assert run("profile", "learn", "arnsberg", f"eui-{STRANGER}", *into) == 0
    shown = capsys.readouterr().out
    for words in ("soilMoisture", "soil_moisture_vwc", "soil_temperature", "21.5"):
        assert words in shown
    assert not (profiles / "acme").exists()

    assert run("profile", "learn", "arnsberg", STRANGER, "acme/soil-1", *into) == 0
    profile = load_profile(profiles, "acme/soil-1")
    assert [(m.quantity, m.unit) for m in profile.measurements] == [
        ("soil_moisture_vwc", "%"),
        ("battery_voltage", "mV"),
        ("soil_temperature", "degC"),
    ]
    assert (profile.maps_decoded, profile.interval_minutes) == (True, 10)
    assert run("profile", "test", "acme/soil-1", *into) == 0
    assert run("profile", "learn", "arnsberg", STRANGER, "acme/soil-1", *into) == 1


def mapped(profiles: Path, **fields: str) -> None:
    """A profile without a codec that maps these fields to quantities in degC."""
    folder = profiles / "acme" / "air-1"
    folder.mkdir(parents=True, exist_ok=True)
    entries = [{"field": f, "quantity": q, "unit": "degC"} for f, q in fields.items()]
    content = {
        "vendor": "Acme", "model": "AIR-1", "name": "Acme AIR-1",
        "description": {"de": "Luft", "en": "Air"}, "decoder": "network_server",
        "lorawan": {"mac_version": "1.0.3"}, "interval_minutes": 10,
        "measurements": entries,
        "examples": [{"description": "x", "f_port": 85, "decoded": {}, "measurements": []}],
    }  # fmt: skip
    (folder / "profile.yaml").write_text(yaml.safe_dump(content), "utf-8")


def test_what_the_server_decoded_is_mapped_and_mapped_again(intake: Intake, profiles: Path) -> None:
    mapped(profiles, t="air_temperature")
    intake.owner.execute("update core.device set profile_id = 'acme/air-1'")
    arrive(
        intake,
        profiles,
        message(EM300, 10, {"t": 21.5, "text": "a \u0000 in it"}),
        message(EM300, 0, {"t": "NaN"}),
        message(EM300, 5, None),
    )
    assert readings(intake) == [("air_temperature", 21.5), ("air_temperature", None)]
    assert intake.rows("select detail like '%%maps what the network server decodes%%' "
                       "from core.dead_letter") == [(True,)]  # fmt: skip
    assert intake.town.row("reading_origin", value=21.5)["decoded_by_network_server"]

    mapped(profiles, t="water_temperature")
    run = Archive(intake.database).start(
        "uplinks",
        tenant_id=intake.source.tenant_id,
        requested_by="test",
        why="it hangs in water",
        selection=Selection(profile_id="acme/air-1"),
    )
    replay(intake.database, Codecs(load_profiles(profiles)), run)
    assert ("water_temperature", 21.5) in readings(intake)


def test_of_other_devices_it_is_not_kept(intake: Intake, profiles: Path) -> None:
    arrive(intake, profiles, message(EM300, 0, {"temperature": 99}))
    assert ("air_temperature", 23.3) in readings(intake)
    assert intake.rows("select decoded from core.uplink") == [(None,)]
    assert not intake.town.row("reading_origin", value=23.3)["decoded_by_network_server"]


def test_without_a_codec_a_profile_has_to_say_so(tmp_path: Path) -> None:
    mapped(tmp_path, t="air_temperature")
    file = tmp_path / "acme" / "air-1" / "profile.yaml"
    file.write_text(file.read_text("utf-8").replace("decoder: network_server", ""), "utf-8")
    with pytest.raises(ProfileError, match=r"no file acme/air-1/codec\.js"):
        load_profile(tmp_path, "acme/air-1")
