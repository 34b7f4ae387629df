"""A database of the version before, with rows in it, becomes one of this version."""

# ruff: noqa: E501 - SQL reads best on one line
from __future__ import annotations

import re
from importlib.resources import files

import pytest

from regionhub.embedded import create_database
from regionhub.store import migrate as migration
from regionhub.store.database import connect

_ROWS = """
insert into core.tenant (slug, name) values ('alt', 'Alt');
insert into core.source (tenant_id, name, format, broker_url, topics)
select tenant_id, 'lns', 'chirpstack-v4', 'mqtt://127.0.0.1:1', array['#'] from core.tenant;
insert into core.device (tenant_id, dev_eui, name, profile_id, interval_seconds)
select tenant_id, '24e124136d0c0417', 'x', 'x/y', 3600 from core.tenant;
insert into core.uplink (uplink_id, tenant_id, source_id, device_id, time, time_source, received_at, dev_addr,
                         f_cnt, payload, content_key, gateways, receptions, profile_id)
select nextval('core.uplink_id'), d.tenant_id, source_id, device_id, now() - make_interval(hours => i), 'event',
       now(), '01a4c3f2', 2000 - i, '', i, 1, '[]', 'x/y'
from core.device d, core.source, generate_series(1, 10) i;
insert into core.datastream (tenant_id, device_id, quantity) select tenant_id, device_id, 'air_temperature' from core.device;
-- the newest frame gave two readings of earlier times as well
insert into core.reading (datastream_id, tenant_id, time, value, quality, uplink_id)
select datastream_id, u.tenant_id, u.time - make_interval(mins => m), 20, 1, uplink_id
from core.uplink u, core.datastream, generate_series(0, 20, 10) m where m = 0 or f_cnt = 1999;
insert into core.dead_letter (tenant_id, source_id, topic, body, body_bytes, digest, reason, detail,
                              first_received_at, last_received_at)
select tenant_id, source_id, 't', 'x', 1, '1', 'not_parseable', 'x', now(), now() from core.source;
insert into core.ingest_fate (source_id, tenant_id, hour, fate, reason, messages)
select source_id, tenant_id, now(), 'dead_letter', 'not_parseable', 1 from core.source;
insert into core.source_state (source_id, tenant_id, problem, updated_at)
select source_id, tenant_id, 'ein Satz', now() from core.source;
"""


def test_rows_of_the_version_before_stay_and_count(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = migration._files

    def until_0004(folder: str, engine: str) -> list[migration._File]:
        return [f for f in every(folder, engine) if folder == "migrations" and f.name < "0005"]

    with connect(create_database(postgres, "upgraded"), autocommit=True) as owner:
        with monkeypatch.context() as before:
            before.setattr(migration, "_files", until_0004)
            migration.migrate(owner, role_prefix="up")
        owner.execute(_ROWS)

        assert migration.migrate(owner)[0] == "0005_source_mapping"

        migration.check_version(owner)
        with owner.transaction():
            owner.execute("set local role up_t_alt")
            account = owner.execute("select arrived, waiting from api.dead_letter_account")
            assert account.fetchall() == [{"arrived": 1, "waiting": 1}]
            ledger = owner.execute(
                "select expected, received, recovered, missing "
                "from api.completeness(1, now() - interval '2 days', now())"
            )
            assert ledger.fetchall() == [
                {"expected": 10, "received": 10, "recovered": 0, "missing": 0}
            ]
        history = owner.execute(
            "select f_cnt, extract(epoch from time - history_from)::int as first, "
            "extract(epoch from time - history_to)::int as last "
            "from core.uplink where history_from is not null"
        )
        assert history.fetchall() == [{"f_cnt": 1999, "first": 1200, "last": 600}]
        state = owner.execute(
            "select session, problem, sessions from core.source_state "
            "join core.source using (source_id)"
        )
        assert state.fetchall() == [{"session": 0, "problem": None, "sessions": 1}]


def test_no_migration_adds_a_boolean_with_a_default_to_a_series() -> None:
    """TimescaleDB 2.23 cannot filter by one in chunks that were compressed before."""
    adds = re.compile(r"alter table core\.(?:uplink|reading)\b[^;]*\bboolean\b[^;]*\bdefault\b")
    folder = files("regionhub.store") / "sql" / "migrations"
    assert [f.name for f in folder.iterdir() if adds.search(f.read_text("utf-8"))] == []
