"""`regionhub uplink parse`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from regionhub.cli.uplink import app

SAMPLES = Path(__file__).parent.parent / "data" / "lns"
MANIFEST: list[dict[str, Any]] = json.loads((SAMPLES / "manifest.json").read_text())["samples"]
KEYS = [
    "dev_eui", "f_cnt", "f_port", "payload_hex", "time", "time_source", "gateways",
    "best_gateway", "gateway_ids", "rssi", "snr", "sf", "bw_hz", "frequency_hz", "dr",
    "confirmed", "decoded", "decode", "dedup_id", "dev_addr", "late", "encrypted", "simulated",
]  # fmt: skip


def run(*arguments: str, stdin: bytes | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["parse", *arguments], input=stdin)
    return result.exit_code, result.stdout


@pytest.mark.parametrize("sample", MANIFEST, ids=lambda sample: sample["file"])
def test_json_of_each_sample(sample: dict[str, Any]) -> None:
    file = str(SAMPLES / sample["file"])
    status, output = run("--format", sample["lns"], "--topic", sample["topic"], file, "--json")
    record = json.loads(output)
    expected = sample.get("expect", {})
    assert status == 0
    assert {key: record[key] for key in expected} == expected
    if expected:
        assert [key for key in record if key != "device_ref"] == KEYS
    else:
        assert "event" in record


def test_standard_input() -> None:
    body = (SAMPLES / "tts-v3-up.json").read_bytes()
    status, output = run("--format", "tts-v3", "-", "--json", stdin=body)
    assert status == 0
    assert json.loads(output)["dev_eui"] == "24e124136d0c0417"


def test_table() -> None:
    status, output = run("--format", "tts-v3", str(SAMPLES / "tts-v3-up.json"))
    assert status == 0
    assert "24e124136d0c0417" in output


@pytest.mark.parametrize(
    ("arguments", "error", "detail"),
    [
        (
            ["--format", "tts", "-"],
            "InputError",
            "unknown format 'tts', known are chirpstack-v4, tts-v3",
        ),
        (["--format", "tts-v3", "no-such-file"], "InputError", "cannot read 'no-such-file'"),
        (["--format", "tts-v3", "-"], "ParseError", "the body is not JSON"),
    ],
)
def test_errors(arguments: list[str], error: str, detail: str) -> None:
    status, output = run(*arguments, "--json", stdin=b"\x0aprotobuf")
    record = json.loads(output)
    assert status == 1
    assert list(record) == ["error", "detail"]
    assert record["error"] == error
    assert record["detail"].startswith(detail)
    assert run(*arguments, stdin=b"")[0] == 1


def test_too_large() -> None:
    status, output = run("--format", "tts-v3", "-", "--json", stdin=b" " * 300_000)
    assert (status, json.loads(output)["error"]) == (1, "MessageTooLarge")
