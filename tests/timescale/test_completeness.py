"""The ledger over compressed chunks, and a frame that is imported into one of them."""

from __future__ import annotations

import secrets
from typing import LiteralString

import pytest
from psycopg import sql
from tests.conftest import TimescaleDatabase

pytestmark = pytest.mark.timescale

_FRAMES: LiteralString = (
    "insert into core.uplink (uplink_id, tenant_id, source_id, device_id, time, time_source, "
    "received_at, dev_addr, f_cnt, payload, content_key, gateways, receptions, profile_id, "
    "recovered) select nextval('core.uplink_id'), tenant_id, 1, device_id, "
    "now() - make_interval(hours => i), 'event', now(), '01a4c3f2', 2000 - i, '', i, 1, '[]', "
    "'x/y', %(recovered)s from core.device cross join generate_series(1, 1000) i "
    "where dev_eui = %(dev_eui)s and (i %% 7 = 0) = %(recovered)s"
)


def test_gaps_in_compressed_chunks_are_seen_and_filled(timescale: TimescaleDatabase) -> None:
    owner, slug, dev_eui = timescale.owner(), "t" + secrets.token_hex(4), secrets.token_hex(8)
    owner.execute("insert into core.tenant (slug, name) values (%s, %s)", [slug, slug])
    row = owner.execute(
        "insert into core.device (tenant_id, dev_eui, name, profile_id, interval_seconds) "
        "select tenant_id, %s, 'x', 'x/y', 3600 from core.tenant where slug = %s "
        "returning device_id",
        [dev_eui, slug],
    ).fetchone()
    assert row is not None

    def ledger() -> tuple[int, int, int, int]:
        with owner.transaction():
            role = sql.Identifier(f"{timescale.role_prefix}_g_{slug}")
            owner.execute(sql.SQL("set local role {}").format(role))
            found = owner.execute(
                "select expected, received, recovered, missing "
                "from api.completeness(%(device_id)s, now() - interval '60 days', now())",
                row,
            ).fetchone()
        assert found is not None
        return tuple(found.values())

    owner.execute(_FRAMES, {"dev_eui": dev_eui, "recovered": False})
    assert owner.execute(
        "select compress_chunk(c, if_not_compressed => true) "
        "from show_chunks('core.uplink', older_than => now() - interval '15 days') c"
    ).fetchall()
    assert ledger() == (1000, 858, 0, 142)
    owner.execute(_FRAMES, {"dev_eui": dev_eui, "recovered": True})
    assert ledger() == (1000, 858, 142, 0)
