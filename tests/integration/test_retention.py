"""Each town keeps what it wants for as long as it wants; what goes is counted."""

# ruff: noqa: E501 - SQL reads best on one line
from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from regionhub.archive import retention
from regionhub.errors import InputError
from regionhub.registry.sources import create_source
from regionhub.registry.tenants import create_tenant
from regionhub.store.database import Connection, connect


@pytest.fixture
def owner(database_url: str) -> Iterator[Connection]:
    with connect(database_url, autocommit=True) as connection:
        yield connection


def town(owner: Connection, slug: str) -> int:
    tenant = create_tenant(owner, slug=slug, name=slug)
    source = create_source(
        owner,
        tenant_id=tenant,
        name="lns",
        format="chirpstack-v4",
        broker_url="mqtt://localhost:1",
        topics=["#"],
    )
    owner.execute(
        "insert into core.uplink (uplink_id, tenant_id, source_id, device_id, time, time_source, received_at, "
        "payload, content_key, gateways, receptions, profile_id) "
        "select nextval('core.uplink_id'), %s, %s, 1, now() - n * interval '100 days', 'event', now(), '\\x00', 1, 1, '[]', 'x/y' "
        "from generate_series(0, 9) n",
        [tenant, source],
    )
    for days, copies, outcome in ((10, 1, None), (300, 3, None), (300, 2, "stored")):
        owner.execute(
            "insert into core.dead_letter (tenant_id, source_id, topic, body, body_bytes, digest, reason, detail, "
            "first_received_at, last_received_at, copies, outcome, resolved_by, resolved_at) "
            "select %s, %s, 't', 'x', 1, %s, 'unknown_device', 'x', t, t, %s, %s::text, o.by, o.at "
            "from (select now() - make_interval(days => %s) as t) x, "
            "lateral (select case when %s::text is null then null else 'anna' end as by, case when %s::text is null then null else t end as at) o",
            [tenant, source, f"{days}{outcome}".encode(), copies, outcome, days, outcome, outcome],
        )
        owner.execute(
            "insert into core.ingest_fate values (%s, %s, date_trunc('hour', now()), 'dead_letter', 'unknown_device', %s) "
            "on conflict (source_id, hour, fate, reason) do update set messages = ingest_fate.messages + excluded.messages",
            [source, tenant, copies],
        )
    return tenant


def uplinks(owner: Connection, tenant: int) -> int:
    row = owner.execute(
        "select count(*) as n from core.uplink where tenant_id = %s", [tenant]
    ).fetchone()
    assert row is not None
    return int(row["n"])


def test_a_town_keeps_uplinks_longer_or_shorter_than_the_others(owner: Connection) -> None:
    short, usual, forever = (town(owner, slug) for slug in ("olpe", "arnsberg", "brilon"))
    retention.set_retention(owner, what="uplink", keep=retention.read_span("250d"), tenant_id=short)
    retention.set_retention(owner, what="uplink", keep=None, tenant_id=forever)

    removed = [row for row in retention.apply_retention(owner) if row.what == "uplink"]

    assert [uplinks(owner, tenant) for tenant in (short, usual, forever)] == [3, 4, 10]
    assert {row.tenant_id: row.removed for row in removed} == {short: 7, usual: 6}
    assert all(row.newest > row.oldest for row in removed)
    assert [row for row in retention.apply_retention(owner) if row.what == "uplink"] == []

    retention.unset_retention(owner, what="uplink", tenant_id=forever)
    retention.apply_retention(owner)
    assert uplinks(owner, forever) == 4


def test_dead_letters_that_retention_removes_are_counted(owner: Connection) -> None:
    tenant = town(owner, "olpe")

    removed = [row for row in retention.apply_retention(owner) if row.what == "dead_letter"]

    assert sorted(
        (row.reason, row.outcome, row.removed, row.messages) for row in removed if row.outcome
    ) == [("unknown_device", "stored", 1, 2)]
    assert [(row.removed, row.messages) for row in removed if row.outcome is None] == [(1, 3)]
    with owner.transaction():
        owner.execute("set local role rh_t_olpe")
        account = owner.execute(
            "select arrived, waiting, stored, duplicate, removed from api.dead_letter_account"
        ).fetchone()
        noted = owner.execute(
            "select count(*) as n from api.removal where what = 'dead_letter'"
        ).fetchone()
    assert account == {"arrived": 6, "waiting": 1, "stored": 0, "duplicate": 0, "removed": 5}
    assert noted == {"n": 2}
    assert tenant


def test_spans_and_refusals(owner: Connection) -> None:
    tenant = town(owner, "olpe")
    assert retention.read_span("2y") == timedelta(days=730)
    assert retention.read_span("8W") == timedelta(days=56)
    assert retention.read_span("forever") is None
    for text in ("", "2", "2m", "-1d", "two years"):
        with pytest.raises(InputError, match="write 90d"):
            retention.read_span(text)
    with pytest.raises(InputError, match="500 days"):
        retention.set_retention(owner, what="reading", keep=timedelta(days=100), tenant_id=tenant)
    with pytest.raises(InputError, match="use one of"):
        retention.set_retention(owner, what="sites", keep=None, tenant_id=tenant)
    retention.set_retention(owner, what="uplink", keep=timedelta(days=90))
    kept = {row.what: (row.keep, row.of_tenant) for row in retention.retention(owner, tenant)}
    assert kept["uplink"] == (timedelta(days=90), False)
    assert kept["reading"] == (None, False)
