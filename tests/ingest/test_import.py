"""Messages from a file: once each, at their own time, none without its fate."""

from __future__ import annotations

import base64
import gzip
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.ingest.conftest import EM300, Intake, Run
from tests.ingest.exported import TOPIC, chirpstack, live
from tests.ingest.recorded import FIRST, NOW, SAMPLES, counts, ledger, lines
from tests.messages import STORED
from tests.shipped import PROFILES

from regionhub_ingest.decode import Codecs
from regionhub_ingest.imports import store_imported
from regionhub_ingest.lines import read_lines
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry


def test_a_file_fills_the_gaps_once(intake: Intake, run: Run, tmp_path: Path) -> None:
    live(intake, 0, 1, 2, 7, 8, 20)
    assert counts(intake) == (21, 6, 0, 15)
    file = tmp_path / "export.jsonl"
    file.write_bytes(lines(*(chirpstack(f_cnt) for f_cnt in range(16))))

    assert run("source", "import", "arnsberg", "lns", str(file)) == 0
    assert counts(intake) == (21, 6, 11, 4)
    assert intake.fates()["duplicate", "frame"] == 5
    before = intake.rows("select count(*)::int from core.reading")

    assert run("source", "import", "arnsberg", "lns", str(file), "--topic", TOPIC) == 0
    assert counts(intake) == (21, 6, 11, 4)
    assert intake.fates()["duplicate", "frame"] == 5 + 16
    assert intake.rows("select count(*)::int from core.reading") == before


def test_every_way_to_write_a_line(intake: Intake, run: Run, tmp_path: Path) -> None:
    bodies = [json.dumps(chirpstack(f_cnt)) for f_cnt in range(5)]
    received = (FIRST + timedelta(minutes=41)).isoformat()
    file = tmp_path / "export.jsonl.gz"
    with gzip.open(file, "wb") as stream:
        stream.write(b"\xef\xbb\xbf" + bodies[0].encode() + b"\r\n\n   \n")
        stream.write(lines({"body": json.loads(bodies[1])}))
        stream.write(lines({"topic": TOPIC, "body": bodies[2]}))
        stream.write(lines({"body_base64": base64.b64encode(bodies[3].encode()).decode()}))
        stream.write(lines({"topic": TOPIC, "received_at": received, "body": bodies[4]}).strip())

    assert run("source", "import", "arnsberg", "lns", str(file)) == 0
    assert counts(intake)[1:] == (0, 5, 0)
    arrivals = intake.rows("select received_at, f_cnt::int from core.uplink order by f_cnt")
    assert arrivals[4][0].isoformat() == received
    assert all(at >= NOW - timedelta(minutes=5) for at, _ in arrivals[:4])


def test_what_mosquitto_sub_recorded(intake: Intake, run: Run, tmp_path: Path) -> None:
    bodies = [chirpstack(f_cnt) for f_cnt in range(3)]
    at = FIRST + timedelta(minutes=41)
    recorded = [
        {"tst": tst, "topic": TOPIC, "qos": 1, "retain": 0, "payloadlen": 9, "mid": 1, "payload": x}
        for tst, x in [
            (at.strftime("%Y-%m-%dT%H:%M:%S.000000Z+0000"), json.dumps(bodies[0])),
            (at.strftime("%Y-%m-%dT%H:%M:%S.000000+0000"), bodies[1]),
        ]
    ]
    retained = recorded[0] | {"retain": 1, "payload": bodies[2]}
    file = tmp_path / "recorded"  # its content says that it is gzip
    file.write_bytes(gzip.compress(lines(*recorded, retained)))

    assert run("source", "import", "arnsberg", "lns", str(file)) == 0
    arrivals = intake.rows("select received_at from core.uplink order by f_cnt")
    assert arrivals[:2] == [(at,), (at,)]
    assert arrivals[2][0] > at


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (json.dumps([{"a": 1}, {"b": 2}], indent=1).encode(), "jq -c '.[]' FILE"),
        (json.dumps([{"a": 1}, {"b": 2}]).encode(), "jq -c '.[]' FILE"),
        (json.dumps({"a": 1}, indent=1).encode(), "jq -c . FILE"),
        (b'\n{"result": [\n{}]}', "jq -c . FILE"),
        (b'[{"a": 1},\n{"b": 2}]', "jq -c '.[]' FILE"),
        (b"[" + b"{}," * 100_000 + b"{}]", "jq -c '.[]' FILE"),
        ("{}\n".encode("utf-16"), "save it as UTF-8"),
    ],
)
def test_a_file_that_is_no_lines_is_refused_whole(
    intake: Intake,
    run: Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: bytes,
    said: str,
) -> None:
    file = tmp_path / "export.json"
    file.write_bytes(text)
    assert run("source", "import", "arnsberg", "lns", str(file)) == 1
    assert said in capsys.readouterr().err
    assert intake.fates() == {}


def test_lines_that_cannot_be_used_are_kept_with_their_number(
    intake: Intake, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_bytes(
        lines(chirpstack(1))
        + b"not json\n"
        + lines(
            {"body_base64": "%"},
            {"body": {}, "body_base64": ""},
            {"body": "{}", "received_at": "yesterday"},
            {"body": "{}", "received_at": "2199-01-01T00:00:00Z"},
            {"body": "{}", "topic": 7},
            {"body": json.loads("[" * 600 + "]" * 600)},
            chirpstack(2, NOW + timedelta(days=1)),
            chirpstack(3, NOW - timedelta(days=401)),
        )
        + b"x" * 300_000
        + b"\n"
        + lines(chirpstack(4))
    )

    for _ in range(2):
        assert run("source", "import", "arnsberg", "lns", str(file)) == 1
        said = capsys.readouterr()
        assert "older than what is kept" in said.out
        assert "9 are kept as dead letters" in said.err
    details = [
        detail for (detail,) in intake.rows("select detail from core.dead_letter order by detail")
    ]
    assert sorted(int(detail.split(":")[0].removeprefix("line ")) for detail in details) == [
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        11,
    ]
    assert intake.rows("select max(copies)::int from core.dead_letter") == [(1,)]
    assert intake.rows("select array_agg(f_cnt::int order by f_cnt) from core.uplink") == [
        ([1, 4],)
    ]
    assert intake.fates()["ignored", "too_old"] == 2
    assert sum(intake.fates().values()) == 2 * 12


def test_what_became_of_each_message_is_said(
    intake: Intake, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def event(name: str) -> dict[str, Any]:
        body: dict[str, Any] = json.loads((SAMPLES / f"chirpstack-v4-{name}.json").read_text())
        body["deviceInfo"]["devEui"] = EM300
        topic = f"application/1/device/{EM300}/event/{name}"
        return {"topic": topic, "body": body | {"time": FIRST.isoformat()}}

    file = tmp_path / "x.jsonl"
    file.write_bytes(lines(chirpstack(1), *map(event, ("join", "status", "txack"))))
    for words in (
        ("stored", "join", "status", "ignored: txack"),
        ("there already", "join, there already", "status, there already", "ignored: txack"),
    ):
        assert run("source", "import", "arnsberg", "lns", str(file)) == 0
        rows = [line.split("│") for line in capsys.readouterr().out.splitlines() if "│" in line]
        assert {row[2].strip() for row in rows} == {*words, "all"}

    file.write_bytes(b"no json\n")
    for word in ("dead letter (not_parseable)", "dead letter (not_parseable, as before)"):
        assert run("source", "import", "arnsberg", "lns", str(file)) == 1
        assert word in capsys.readouterr().out


def test_a_frame_that_cannot_be_decoded_is_no_loss(
    intake: Intake, run: Run, tmp_path: Path
) -> None:
    live(intake, 1, 3)
    file = tmp_path / "x.jsonl"
    file.write_bytes(lines(chirpstack(2) | {"data": "//8="}))

    assert run("source", "import", "arnsberg", "lns", str(file)) == 1

    row = ledger(intake)
    assert (row.received, row.recovered, row.waiting, row.missing) == (2, 1, 1, 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "lns", "x.jsonl"], "no town is called"),
        (["arnsberg", "other", "x.jsonl"], "known: 'lns'"),
        (["arnsberg", "lns", "none.jsonl"], "No such file"),
        (["arnsberg", "lns", "torn.jsonl.gz"], "can be run again"),
        (["arnsberg", "lns", "no.gz"], "can be run again"),
    ],
)
def test_an_import_that_cannot_run_says_why(
    intake: Intake,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.jsonl").write_bytes(b"")
    Path("no.gz").write_bytes(b"no gzip")
    torn = gzip.compress(lines(*(chirpstack(f_cnt) for f_cnt in range(50))))
    Path("torn.jsonl.gz").write_bytes(torn[: len(torn) // 2])
    assert run("source", "import", *arguments) == 1
    assert said in capsys.readouterr().err


def test_an_import_that_was_interrupted_can_be_run_again(intake: Intake) -> None:
    everything = lines(*(chirpstack(f_cnt) for f_cnt in range(30)))

    def work(text: bytes) -> int:
        pipeline = Pipeline(Registry(intake.store), Codecs(PROFILES))
        batches = store_imported(
            read_lines(io.BytesIO(text), topic=""),
            source=intake.source,
            pipeline=pipeline,
            store=intake.store,
        )
        return sum(batch[STORED] for batch in batches)

    half = everything[: everything.rindex(b"\n", 0, len(everything) // 2) + 1]
    first = work(half)
    assert 0 < first < 30
    assert work(everything) == 30 - first
    assert work(everything) == 0
