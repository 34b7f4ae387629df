"""Each town keeps what it wants for as long as it wants; what goes is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.devices import Frame
from tests.town import Town
from tests.world import World

from regionhub.archive import retention
from regionhub.errors import InputError


def town(world: World, slug: str) -> Town:
    """A frame every hundred days, and three dead letters of six messages."""
    found = world.town(slug)
    found.device().uplinks(Frame(world.ago(days=100 * n, seconds=1), n) for n in range(10))
    for days, copies, resolved in ((10, 1, False), (300, 3, False), (300, 2, True)):
        then = world.ago(days=days)
        outcome = {"outcome": "stored", "resolved_by": "anna", "resolved_at": then}
        found.dead_letter(
            "unknown_device",
            first_received_at=then,
            last_received_at=then,
            copies=copies,
            **outcome if resolved else {},
        )
    found.fates([(world.now, "dead_letter", "unknown_device", 6)])
    return found


def uplinks(town: Town) -> int:
    return len(town.world.select("select 1 from core.uplink where tenant_id = %s", town.tenant_id))


def test_a_town_keeps_uplinks_longer_or_shorter_than_the_others(world: World) -> None:
    owner = world.owner
    towns = [town(world, slug) for slug in ("olpe", "arnsberg", "brilon")]
    short, usual, forever = (each.tenant_id for each in towns)
    retention.set_retention(owner, what="uplink", keep=retention.read_span("250d"), tenant_id=short)
    retention.set_retention(owner, what="uplink", keep=None, tenant_id=forever)

    removed = [row for row in retention.apply_retention(owner) if row.what == "uplink"]

    assert [uplinks(each) for each in towns] == [3, 4, 10]
    assert {row.tenant_id: row.removed for row in removed} == {short: 7, usual: 6}
    assert all(row.newest > row.oldest for row in removed)
    assert [row for row in retention.apply_retention(owner) if row.what == "uplink"] == []

    retention.unset_retention(owner, what="uplink", tenant_id=forever)
    retention.apply_retention(owner)
    assert uplinks(towns[-1]) == 4


def test_dead_letters_that_retention_removes_are_counted(world: World) -> None:
    olpe = town(world, "olpe")

    done = retention.apply_retention(world.owner)
    removed = [row for row in done if row.what == "dead_letter"]

    assert sorted(
        (row.reason, row.outcome, row.removed, row.messages) for row in removed if row.outcome
    ) == [("unknown_device", "stored", 1, 2)]
    assert [(row.removed, row.messages) for row in removed if row.outcome is None] == [(1, 3)]
    account = "select arrived, waiting, stored, duplicate, removed from api.dead_letter_account"
    assert olpe.select(account) == [
        {"arrived": 6, "waiting": 1, "stored": 0, "duplicate": 0, "removed": 5}
    ]
    assert len(olpe.select("select 1 from api.removal where what = 'dead_letter'")) == 2


def test_spans_and_refusals(world: World) -> None:
    owner, tenant = world.owner, world.town("olpe").tenant_id
    assert retention.read_span("2y") == timedelta(days=730)
    assert retention.read_span("8W") == timedelta(days=56)
    assert retention.read_span("forever") is None
    for text in ("", "2", "2m", "-1d", "two years"):
        with pytest.raises(InputError, match="write 90d"):
            retention.read_span(text)
    with pytest.raises(InputError, match="500 days"), owner.transaction():
        retention.set_retention(owner, what="reading", keep=timedelta(days=100), tenant_id=tenant)
    with pytest.raises(InputError, match="use one of"), owner.transaction():
        retention.set_retention(owner, what="sites", keep=None, tenant_id=tenant)
    retention.set_retention(owner, what="uplink", keep=timedelta(days=90))
    kept = {row.what: (row.keep, row.of_tenant) for row in retention.retention(owner, tenant)}
    assert kept["uplink"] == (timedelta(days=90), False)
    assert kept["reading"] == (None, False)
