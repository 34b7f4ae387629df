"""The chunks of TimescaleDB, as the migrations make them."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import resources

from regionhub.store.arrays import CHUNK_NS


def test_chunks_are_as_long_as_the_migrations_make_them() -> None:
    migrations = resources.files("regionhub.store") / "sql" / "migrations"
    made = [
        timedelta(days=int(days))
        for path in migrations.iterdir()
        for days in re.findall(
            r"(?:by_range\('time', |set_chunk_time_interval\([^,]+, )interval '(\d+) days'",
            path.read_text("utf-8"),
        )
    ]
    assert len(made) >= 2
    assert set(made) == {timedelta(microseconds=CHUNK_NS // 1000)}
