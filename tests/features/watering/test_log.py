"""The watering log: each entry once, whoever sends it however often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.features.watering.garden import entry, logged, tree
from tests.town import Town
from tests.world import World

from regionhub.errors import InputError, NotFound
from regionhub.features.watering import log
from regionhub.features.watering.log import Entry, Outcome
from regionhub.features.watering.log_files import import_log


@pytest.fixture
def town(world: World) -> Town:
    return world.town(latitude=51.4, longitude=8.06)


def send(town: Town, entries: Sequence[Entry], who: str = "Anna Weber") -> list[Outcome]:
    with town.acting(decided=False) as connection:
        return log.enter(
            connection, town.tenant_id, entries, who=who, source="round", now=town.world.now
        )


def test_an_entry_that_comes_again_is_the_same_one(world: World, town: Town) -> None:
    one = entry(tree(town, 1, moisture=None), world.ago(hours=1))
    assert [found.became for found in send(town, [one, one])] == ["stored", "known"]
    [again] = send(town, [one], who="Bernd Klein")
    assert (again.became, again.others) == ("known", ())
    [kept] = logged(town)
    assert (kept.watering_id, kept.who, kept.litres) == (one.watering_id, "Anna Weber", 100)


def test_who_waters_what_somebody_watered_is_told_and_both_count(world: World, town: Town) -> None:
    site = tree(town, 1, moisture=None)
    first, second = entry(site, world.ago(hours=3)), entry(site, world.ago(hours=1), 50)
    send(town, [first])
    [told] = send(town, [second], who="Bernd Klein")
    assert [(other.who, other.litres, other.time) for other in told.others] == [
        ("Anna Weber", 100, first.time)
    ]
    assert len(logged(town, site_id=site)) == 2
    yesterday = entry(site, world.ago(hours=30))
    assert send(town, [yesterday])[0].others == ()


def test_an_entry_of_another_town_or_of_no_tree_is_refused_and_the_others_are_not(
    world: World, town: Town
) -> None:
    own, theirs = tree(town, 1, moisture=None), tree(world.town(), 1, moisture=None)
    sites = [theirs, own, town.site("gauge"), 2**31 - 1]
    outcomes = send(town, [entry(site, world.now) for site in sites])
    assert [one.became for one in outcomes] == ["refused", "stored", "refused", "refused"]
    assert [one.reason for one in outcomes] == ["no_site", None, "no_site", "no_site"]


def test_a_town_cannot_take_the_key_of_another_ones_entry(world: World, town: Town) -> None:
    other = world.town()
    key = uuid4()
    for one in (town, other):
        [told] = send(one, [entry(tree(one, 1, moisture=None), world.now, key=key)])
        assert told.became == "stored"


def test_a_clock_that_is_ahead_waters_now(world: World, town: Town) -> None:
    site = tree(town, 1, moisture=None)
    send(town, [entry(site, world.now + timedelta(hours=9))])
    assert [one.time for one in logged(town)] == [world.now]


def test_a_mistake_is_undone_and_stays(world: World, town: Town) -> None:
    one = entry(tree(town, 1, moisture=None), world.now)
    undone = Entry(watering_id=one.watering_id, site_id=one.site_id, time=one.time, litres=100,
                   undone=True)  # fmt: skip
    # undone before it was ever sent, and sent twice
    assert [found.became for found in send(town, [undone])] == ["stored"]
    assert [found.became for found in send(town, [undone], who="Bernd")] == ["known"]
    [kept] = logged(town)
    assert (kept.undone_at, kept.undone_by) == (world.now, "Anna Weber")
    with town.acting(decided=False) as connection, pytest.raises(NotFound):
        log.undo(connection, town.tenant_id, uuid4(), by="Anna")


def test_names_become_pseudonyms_after_a_month(world: World, town: Town) -> None:
    site, other = tree(town, 1, moisture=None), tree(world.town(), 1, moisture=None)
    for days in (40, 35, 29):
        send(town, [entry(site, world.ago(days=days))])
    log.hide_names(world.owner, world.now)
    log.hide_names(world.owner, world.now)
    names = [one.who for one in logged(town)]
    assert names[0] == "Anna Weber"
    assert names[1] == names[2]
    assert names[1].startswith("P-")
    assert other


def test_a_file_of_a_contractor_is_taken_row_by_row_and_only_once(world: World, town: Town) -> None:
    tree(town, 1, moisture=None)
    town.site("bed", "Beet am Markt")
    content = (
        "Gießliste Juli\n"
        "Baum-Nr.;Datum;Menge (Liter);Bemerkung\n"
        "Baum 1;03.07.2026;100;\n"
        "Beet am Markt;03.07.2026 06:30;0,2 m³;\n"
        "Baum 9;03.07.2026;100;\n"
        "Baum 1;gestern;100;\n"
        "Baum 1;04.07.2026;1.200;\n"
        "Baum 1;;viel;\n"
    ).encode("cp1252")

    def taken() -> tuple[int, int, dict[int, str]]:
        with town.acting(decided=False) as connection:
            found = import_log(connection, town.tenant_id, content, who="Firma", now=world.now)
        bad = {line.number: "; ".join(f.text("de") for f in line.faults) for line in found.bad}
        return found.stored, found.known, bad

    stored, known, bad = taken()
    assert (stored, known, sorted(bad)) == (2, 0, [5, 6, 7, 8])
    assert "„Baum 9“ gibt es nicht" in bad[5]
    assert "muss ein Tag oder eine Zeit sein" in bad[6]
    assert "nicht eindeutig" in bad[7]
    assert bad[8] == "Datum: fehlt; Menge (Liter): muss eine Zahl sein, nicht „viel“"
    assert taken()[:2] == (0, 2)
    assert {one.litres for one in logged(town)} == {100, 200}
    with town.acting(decided=False) as connection, pytest.raises(InputError, match="Liter"):
        import_log(connection, town.tenant_id, b"Baum;Datum\n1;2\n", who="x", now=world.now)
