"""A source with a mapping, from the command line to the store."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from tests.ingest.conftest import EM300, Intake
from tests.messages import arrived
from tests.shipped import PROFILES

from regionhub.archive.items import NewDeadLetter, NewUplink
from regionhub.cli import main
from regionhub.devices import Source
from regionhub.envelope import Envelope
from regionhub_ingest.decode import Codecs
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry

PACKET: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "lns" / "element-iot-packet-up.json").read_text()
)
REFERENCE = PACKET["device_id"]
KEY = "8d9f3a2b1c4e5f60718293a4b5c6d7e8"


@pytest.fixture
def regionhub(
    intake: Intake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    monkeypatch.setenv("REGIONHUB_DATABASE_URL", intake.url)
    monkeypatch.setenv("COLUMNS", "400")

    def run(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["regionhub", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return said.out if ended.value.code == 0 else f"{said.out}{said.err}"

    return run


def add(regionhub: Any, *arguments: str, format_name: str = "element-iot") -> str:
    return str(
        regionhub(
            "source", "add", "arnsberg", "--name", "element", "--format", format_name,
            "--broker", "mqtt://127.0.0.1:1", "--topic", "umwelt/#", *arguments,
        )
    )  # fmt: skip


def source(intake: Intake) -> Source:
    return next(source for source in intake.store.sources() if source.name == "element")


def prepare(intake: Intake, body: dict[str, Any]) -> Any:
    pipeline = Pipeline(Registry(intake.store), Codecs(PROFILES))
    message = Envelope(
        topic="umwelt", body=json.dumps(body).encode(), arrival=arrived(time.time_ns())
    )
    return pipeline.prepare(source(intake), message)


def test_a_device_that_nobody_listed_is_listed_and_heard(
    intake: Intake, regionhub: Any, tmp_path: Path
) -> None:
    assert "added" in add(regionhub)
    letter = prepare(intake, PACKET)
    assert isinstance(letter, NewDeadLetter)
    assert (letter.reason, letter.dev_eui) == ("unknown_device", None)
    assert letter.detail == (
        f"the server calls this device '{REFERENCE}': list that id with its DevEUI under devices: "
        "in the mapping of the source 'element' (regionhub source mapping)"
    )

    file = tmp_path / "mapping.yaml"
    file.write_text(f"devices:\n  {REFERENCE}: {EM300}\n")
    before = intake.store.registry_version()
    assert "new mapping" in regionhub("source", "mapping", "arnsberg", "element", str(file))
    assert intake.store.registry_version() > before
    item = prepare(intake, PACKET)
    assert isinstance(item, NewUplink)
    assert item.uplink.dev_eui == EM300
    assert {m.quantity for m in item.measurements} >= {"air_temperature"}


def test_session_keys_are_never_kept(intake: Intake, regionhub: Any) -> None:
    add(regionhub)
    opts = {"device_eui": "24e124713c2a0093", "app_session_key": KEY, "network_session_key": KEY}
    letter = prepare(intake, PACKET | {"interface": {"opts": opts}})
    assert letter.reason == "unknown_device"
    intake.store.commit([letter])
    ((body,),) = intake.rows("select body from core.dead_letter")
    assert KEY.encode() not in body
    assert json.loads(body)["interface"]["opts"]["device_eui"] == opts["device_eui"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("f_cnt: [", "is no YAML"),
        ("- a", "must be a mapping of entries"),
        ("devices: {1: 24e124136d0c0417}", "quote texts that look like numbers"),
        ("devices: {a: 24e1}", "the mapping, devices.a: must be a DevEUI"),
        ('devices: {"a\\0": 24e124136d0c0417}', "no character of a text"),
        ("counter: x", "the mapping, counter: a mapping has no such entry"),
    ],
)
def test_a_mapping_that_cannot_be_used(
    regionhub: Any, tmp_path: Path, text: str, sentence: str
) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(text)
    for said in (
        add(regionhub, "--mapping", str(file)),
        regionhub("uplink", "parse", "--format", "element-iot", "--mapping", str(file), str(file)),
    ):
        assert sentence in " ".join(said.split())


def test_mappings_at_the_command_line(regionhub: Any, tmp_path: Path) -> None:
    assert "needs a mapping" in add(regionhub, format_name="generic")
    missing = str(tmp_path / "missing.yaml")
    assert "cannot read" in add(regionhub, "--mapping", missing)
    file = tmp_path / "mapping.yaml"
    file.write_text("payload: {field: raw, encoding: hex}\ndev_eui: eui\n")
    assert "takes no mapping" in add(regionhub, "--mapping", str(file), format_name="chirpstack-v4")
    assert "added" in add(regionhub, "--mapping", str(file), format_name="generic")
    said = regionhub("source", "mapping", "arnsberg", "nobody", str(file))
    assert "no source called 'nobody'" in said
    body = tmp_path / "body.json"
    body.write_text(json.dumps({"eui": EM300, "raw": "0175"}))
    said = regionhub(
        "uplink", "parse", "--format", "generic", "--mapping", str(file), str(body), "--json"
    )
    record = json.loads(said)
    assert (record["payload_hex"], record["time_source"]) == ("0175", "arrival")
