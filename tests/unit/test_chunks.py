"""The chunks of TimescaleDB, as the migrations make them."""

from __future__ import annotations

import re
from datetime import timedelta

from regionhub.cli.assembly import schema
from regionhub.store.arrays import CHUNK_NS


def test_chunks_are_as_long_as_the_migrations_make_them() -> None:
    made = [
        timedelta(days=int(days))
        for migration in schema().migrations("timescaledb")
        for days in re.findall(
            r"(?:by_range\('time', |set_chunk_time_interval\([^,]+, )interval '(\d+) days'",
            migration.text,
        )
    ]
    assert len(made) >= 2
    assert set(made) == {timedelta(microseconds=CHUNK_NS // 1000)}
