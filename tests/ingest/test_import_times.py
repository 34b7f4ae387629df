"""When what is imported was measured, and when it arrived."""

from __future__ import annotations

import base64
import io
import struct
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.ingest.conftest import EM300, Intake, Run, register
from tests.ingest.exported import MISSING, TOPIC, chirpstack, live
from tests.ingest.recorded import FIRST, NOW, lines
from tests.shipped import PROFILES

from regionhub.envelope import Arrival
from regionhub.errors import NoTime
from regionhub_ingest.decode import Codecs
from regionhub_ingest.lines import read_lines
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry


def test_a_stored_reading_at_an_impossible_time_stays_out(intake: Intake) -> None:
    """Its bytes stay in the uplink; the readings beside it are kept."""
    good = int(FIRST.timestamp()) - 600
    records = [struct.pack("<BBIhBB", 0x20, 0xCE, at, 215, 100, 0) for at in (100, good)]
    body = chirpstack(0) | {"data": base64.b64encode(b"".join(records)).decode()}
    (message,) = read_lines(io.BytesIO(lines(body)), topic=TOPIC)
    pipeline = Pipeline(Registry(intake.store), Codecs(PROFILES))
    arrival = Arrival("live", (good + 600) * 10**9)
    item = pipeline.prepare(intake.source, message.envelope._replace(arrival=arrival))
    intake.store.commit([item])

    kept = "select distinct extract(epoch from time)::float8 as at from core.reading"
    assert intake.rows(kept) == [(good,)]
    assert intake.rows("select length(payload) from core.uplink") == [(len(records[0]) * 2,)]


def test_what_is_imported_is_of_its_own_time(intake: Intake, run: Run, tmp_path: Path) -> None:
    live(intake, 100)
    newest = intake.rows("select time, value from core.latest order by 1")
    state = intake.rows("select last_seen_at, last_uplink_time, f_cnt from core.device_state")
    file = tmp_path / "x.jsonl"
    file.write_bytes(lines(chirpstack(3), chirpstack(99) | {"data": "//8="}))

    run("source", "import", "arnsberg", "lns", str(file))

    assert intake.rows("select time, value from core.latest order by 1") == newest
    assert (
        intake.rows("select last_seen_at, last_uplink_time, f_cnt from core.device_state") == state
    )
    times = intake.rows("select time, recovered from core.uplink order by time")
    assert times[0] == (FIRST + timedelta(minutes=30), True)


def test_a_time_of_a_clock_that_was_never_set_is_none(
    intake: Intake, run: Run, tmp_path: Path
) -> None:
    body = chirpstack(1) | {"time": "1980-01-06T00:00:01Z"}
    for entry in body["rxInfo"]:
        del entry["nsTime"]
    file = tmp_path / "x.jsonl"
    file.write_bytes(lines(body))
    assert run("source", "import", "arnsberg", "lns", str(file)) == 1
    assert intake.rows("select reason, detail from core.dead_letter") == [
        ("not_parseable", f"line 1: {NoTime().detail}")
    ]


def test_processed_again_an_imported_message_takes_no_time_from_its_import(
    intake: Intake, run: Run, tmp_path: Path
) -> None:
    """Neither one of the future, nor one whose source had another format at first."""
    old = chirpstack(1, NOW - timedelta(days=3))
    for entry in old["rxInfo"]:
        del entry["nsTime"]
    timeless = chirpstack(2) | {"time": None, "rxInfo": []}
    file = tmp_path / "x.jsonl"
    unknown = chirpstack(4, NOW + timedelta(days=365))
    unknown["deviceInfo"]["devEui"] = MISSING
    file.write_bytes(lines(unknown))
    assert run("source", "import", "arnsberg", "lns", str(file)) == 1
    register(intake.town, MISSING)
    file.write_bytes(lines(old, timeless, chirpstack(3, NOW + timedelta(days=1))))
    intake.owner.execute("update core.source set format = 'loriot'")
    assert run("source", "import", "arnsberg", "lns", str(file)) == 1
    intake.owner.execute("update core.source set format = 'chirpstack-v4'")

    for _ in range(2):
        assert run("replay", "dead-letters", "--tenant", "arnsberg", "--reason", "format") == 0
        kept = intake.rows("select time, time_source, f_cnt::int from core.uplink")
        assert kept == [(NOW - timedelta(days=3), "event", 1)]
        waiting = "select detail from core.dead_letter where resolved_at is null order by 1"
        assert intake.rows(waiting) == [
            (NoTime().detail,),
            ("the message is of a time that has not come yet",),
            ("the message is of a time that has not come yet",),
        ]


def test_a_live_copy_tells_when_an_imported_message_arrived(
    intake: Intake, run: Run, tmp_path: Path
) -> None:
    timeless = lines(chirpstack(2) | {"time": None, "rxInfo": []})
    file = tmp_path / "x.jsonl"
    file.write_bytes(timeless)
    assert run("source", "import", "arnsberg", "lns", str(file), "--topic", TOPIC) == 1
    recorded = {"topic": TOPIC, "received_at": FIRST.isoformat(), "body": timeless.strip().decode()}
    file.write_bytes(lines(recorded))
    intake.owner.execute("update core.source set format = 'loriot'")
    assert run("source", "import", "arnsberg", "lns", str(file)) == 1
    intake.owner.execute("update core.source set format = 'chirpstack-v4'")

    assert run("replay", "dead-letters", "--tenant", "arnsberg", "--reason", "format") == 0
    assert intake.rows("select time, time_source from core.uplink") == [(FIRST, "arrival")]


def history(at: datetime, *moments: datetime) -> dict[str, Any]:
    """A frame that brings stored readings of other moments."""
    records = [struct.pack("<BBIhBB", 0x20, 0xCE, int(m.timestamp()), 215, 100, 0) for m in moments]
    return chirpstack(1, at) | {"data": base64.b64encode(b"".join(records)).decode()}


def measured(intake: Intake) -> list[datetime]:
    return [at for (at,) in intake.rows("select distinct time from core.reading order by 1")]


def test_what_is_imported_was_measured_before(intake: Intake, run: Run, tmp_path: Path) -> None:
    sent, before, after = (NOW + timedelta(hours=hours) for hours in (-48, -1, 1))
    file = tmp_path / "x.jsonl"
    file.write_bytes(lines(history(sent, before, after)))

    assert run("source", "import", "arnsberg", "lns", str(file)) == 0
    assert measured(intake) == [before]


def test_what_waited_as_a_dead_letter_was_measured_before_its_import(
    intake: Intake, run: Run, tmp_path: Path
) -> None:
    sent, before, after = (NOW + timedelta(hours=hours) for hours in (-48, -25, -23))
    file = tmp_path / "x.jsonl"
    file.write_bytes(lines(history(sent, before, after)))
    intake.owner.execute("update core.device set active = false")
    assert run("source", "import", "arnsberg", "lns", str(file)) == 1
    intake.owner.execute("update core.device set active = true")
    intake.owner.execute(
        "update core.dead_letter set first_received_at = first_received_at - interval '1 day'"
    )

    assert run("replay", "dead-letters", "--tenant", "arnsberg") == 0
    assert measured(intake) == [before]
    # it came when it was imported, as those that passed at once
    assert intake.rows("select received_at from core.uplink") == intake.rows(
        "select first_received_at from core.dead_letter"
    )


def test_what_was_ahead_of_its_import_does_not_come_true(
    intake: Intake, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(lines(chirpstack(1, NOW - timedelta(days=1))))
    intake.owner.execute("update core.device set active = false")
    assert run("source", "import", "arnsberg", "lns", str(file)) == 1
    intake.owner.execute("update core.device set active = true")
    intake.owner.execute(
        "update core.dead_letter set first_received_at = first_received_at - interval '3 days'"
    )

    assert run("replay", "dead-letters", "--tenant", "arnsberg") == 0
    waiting = "select reason from core.dead_letter where resolved_at is null"
    assert intake.rows(waiting) == [("not_parseable",)]


def test_a_frame_of_the_future_says_nothing_of_its_device(
    intake: Intake, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(lines(chirpstack(1, NOW + timedelta(days=1))))
    assert run("source", "import", "arnsberg", "lns", str(file)) == 1

    assert intake.rows("select dev_eui, f_cnt, frame_time from core.dead_letter") == [
        (EM300, None, None)
    ]
    assert intake.rows("select last_seen_at from core.device_state") == []
