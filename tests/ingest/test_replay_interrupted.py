"""Decoded again after the run before was killed."""

# ruff: noqa: E501 - SQL reads best on one line
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.ingest.conftest import Intake, killed_in_between
from tests.ingest.replays import (
    EM300_TH,
    RIGHT,
    WRONG,
    payload,
    readings,
    run,
    store,
    variant,
)

from regionhub.archive.replay.model import Chunk, Expected
from regionhub.archive.replay.rewrite import Rewriter


def test_killed_in_the_middle_and_run_again_every_value_is_replaced_once(
    intake: Intake, tmp_path: Path
) -> None:
    store(intake, {0.0: payload(20)}, WRONG)
    count = 12_000
    intake.owner.execute(
        "insert into core.uplink select nextval('core.uplink_id'), tenant_id, source_id, device_id, "
        "time - n * interval '1 minute', time_source, received_at - n * interval '1 minute', null, "
        "dev_addr, n, f_port, payload, confirmed, sf, bw_hz, frequency_hz, dr, gateways, "
        "rssi, snr, receptions, profile_id, profile_version "
        "from core.uplink, generate_series(1, %s) n",
        [count - 1],
    )
    intake.owner.execute(
        "insert into core.reading select r.datastream_id, r.tenant_id, u.time, r.value, r.quality, "
        "r.tests, u.uplink_id from core.uplink u, core.reading r on conflict do nothing"
    )
    command = [
        sys.executable,
        "-m",
        "regionhub",
        "replay",
        "--profile",
        EM300_TH,
        "--since",
        "90d",
        "--until",
        "2200-01-01",
        "--reason",
        "x",
        "--by",
        "anna",
    ]
    environment = os.environ | {"REGIONHUB_DATABASE_URL": intake.url, "COLUMNS": "200"}

    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as first:
        before = killed_in_between(intake, first)
    assert 0 < before < count
    assert intake.rows("select count(*)::int from core.reading_version") == [(before,)]

    second = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )

    assert second.returncode == 0, second.stderr
    assert f"{count - before:,}" in second.stdout
    assert intake.rows(
        "select value, count(*)::int from core.reading join core.datastream using (datastream_id) where quantity = 'air_temperature' group by 1"
    ) == [(20.0, count)]
    assert intake.rows(
        "select count(*)::int, count(distinct (datastream_id, time))::int as moments from core.reading_version"
    ) == [(count, count)]
    assert intake.rows(
        "select state, changed::int, unchanged::int from core.replay order by replay_id"
    ) == [
        ("stopped", before, 0),
        ("done", count - before, before),
    ]


def test_flags_after_an_interruption_are_those_of_a_run_without_one(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reading after the last changed value is judged by it, in the second run as well."""
    monkeypatch.setattr("regionhub_ingest.replay.CHUNK_SIZE", 1)
    frames = {0.0: payload(20), 60.0: payload(32), 120.0: payload(20), 180.0: payload(20)}
    no_heat = variant("no-heat", "signed(bytes, at) / 10", "Math.min(signed(bytes, at) / 10, 20)")
    store(intake, frames, no_heat)
    write = Rewriter.write
    written: list[Chunk] = []

    def killed(self: Rewriter, chunk: Chunk, expected: Expected) -> None:
        if len(written) == 2:
            raise KeyboardInterrupt
        write(self, chunk, expected)
        written.append(chunk)

    with monkeypatch.context() as first:
        first.setattr(Rewriter, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            run(intake, RIGHT)
    run(intake, RIGHT)
    interrupted = readings(intake)

    run(intake, no_heat)
    run(intake, RIGHT)
    assert interrupted == readings(intake)
    assert interrupted[2] == (20, 3, 4)
