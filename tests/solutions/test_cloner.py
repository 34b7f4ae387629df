"""A solution comes to a town, changes with its versions, goes back and goes away."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from tests.grafana.state import Json
from tests.solutions.conftest import Region
from tests.solutions.editor import saved
from tests.town import Town
from tests.world import World

from regionhub.features.solutions import store
from regionhub_dashboards.clone.canonical import digest
from regionhub_dashboards.clone.grafana import GrafanaError
from regionhub_dashboards.solutions import SOLUTIONS

Newer = Callable[..., None]
ALL = [
    name
    for name, each in SOLUTIONS.items()
    if each.manifest.kind == "sensors" and not each.manifest.for_region
]


@pytest.fixture
def town(world_of: World) -> Town:
    return world_of.town()


def edit(region: Region, town: Town, uid: str, change: Callable[[Json], None]) -> None:
    """What somebody of the town does in Grafana's editor."""
    board = region.org(town).boards[uid]
    after = saved(board.newest)
    change(after)
    board.versions.append(after | {"version": len(board.versions) + 1, "id": board.number})
    board.annotations |= {
        "grafana.app/updatedBy": "user:anna",
        "grafana.app/saved-from-ui": "Grafana v12.4.0",
    }


def title(of: Json, number: int) -> str:
    return str(next(panel["title"] for panel in of["panels"] if panel["id"] == number))


def name_panel(number: int, title: str) -> Callable[[Json], None]:
    def change(board: Json) -> None:
        next(panel for panel in board["panels"] if panel["id"] == number)["title"] = title

    return change


def test_a_town_gets_everything_it_needs(region: Region, town: Town) -> None:
    done = region.adopt(town, *ALL, email="bauhof@olpe.example")
    org = region.org(town)
    assert done.complete
    assert org.name == region.name(town)
    assert set(org.boards) == {SOLUTIONS[name].uid for name in ALL}
    assert {board.folder for board in org.boards.values()} == {"standard"}
    assert set(org.folders) == {"standard", "eigene"}
    assert org.permissions["standard"] == [
        {"role": "Editor", "permission": 1},
        {"role": "Viewer", "permission": 1},
    ]
    assert {"role": "Editor", "permission": 2} in org.permissions["eigene"]
    assert org.preferences == {
        "theme": "light",
        "timezone": "Europe/Berlin",
        "weekStart": "monday",
        "language": "de-DE",
        "homeDashboardUID": "pegel",
    }
    assert {key[1] for key in org.groups} == {"flood", "irrigation", "device-health"}
    assert set(org.contacts) == {
        "flood-email",
        "irrigation-email",
        "device-health-email",
    }
    assert org.policies
    assert [route["object_matchers"] for route in org.policies["routes"]] == [
        [["solution", "=", name]] for name in ("device-health", "flood", "irrigation")
    ]
    source = org.sources["pg"]
    assert source["user"] == f"rh_g_{town.slug.replace('-', '_')}"
    assert source["jsonData"]["connMaxLifetime"] == 300
    assert region.stand_in.state.login(source["user"], org.secrets["pg"]["password"], source)[0]
    known = store.adoptions(region.owner, town.tenant_id)
    assert {row.state for row in known.values()} == {"applied"}


def test_a_second_run_writes_nothing(region: Region, town: Town) -> None:
    region.adopt(town, *ALL, email="bauhof@olpe.example", webhook="https://hook.example/x")
    before = region.writes()
    again = region.run(town).settle(upgrade=ALL)
    assert (again.writes, region.writes()) == (0, before)
    assert again.changes == []


def test_a_plan_says_everything_and_writes_nothing(region: Region, town: Town) -> None:
    region.adopt(town)
    parameters = SOLUTIONS["flood"].manifest.read_parameters({"email": "a@olpe.example"})
    store.want(region.owner, town.tenant_id, "flood", parameters, by="test")
    plan = region.run(town).settle(dry=True)
    assert region.writes() == 0
    assert region.stand_in.state.org_named(region.name(town)) is None
    done = region.run(town).settle(patience_seconds=60)
    assert [str(each) for each in done.changes] == [str(each) for each in plan.changes]


def test_every_request_names_its_organisation_and_never_in_the_address(
    region: Region, town: Town
) -> None:
    region.adopt(town, *ALL, email="bauhof@olpe.example")
    number = region.org(town).number
    inside = [
        entry for entry in region.stand_in.log if not entry[1].startswith(("/api/orgs", "/apis"))
    ]
    assert {org for *_, org in inside} == {number}
    assert not any("orgId" in path for _, path, _ in region.stand_in.log)


def test_a_source_that_reads_as_another_town_is_written_again(
    region: Region, town: Town, world_of: World
) -> None:
    other = world_of.town()
    region.adopt(town, "flood")
    region.adopt(other, "flood")
    org = region.org(town)
    second, source, _ = org.instances["pg"]
    foreign = region.org(other)
    # what the trap does: the interface says this town, queries run as the other one
    org.instances["pg"] = (
        second,
        source | {"user": foreign.sources["pg"]["user"]},
        foreign.secrets["pg"],
    )
    assert [str(each) for each in region.run(town).settle(dry=True).changes] == [
        f"ändern: Datenquelle mit dem Zugang rh_g_{town.slug}"
    ]
    region.run(town).settle()
    _, used, secrets = org.instances["pg"]
    assert region.stand_in.state.login(used["user"], secrets["password"], used)[0] == (
        f"rh_g_{town.slug}"
    )


def test_two_writes_within_a_second_are_noticed(region: Region, town: Town) -> None:
    region.stand_in.state.second = lambda: 7 if not region.slept else 7 + len(region.slept) // 18
    region.adopt(town, "flood")
    source = region.org(town).sources["pg"]
    region.stand_in.state.second = lambda: 7
    region.org(town).instances["pg"] = (7, source | {"user": "rh_ingest"}, {"password": "x"})
    with pytest.raises(GrafanaError, match="does not read as rh_g_"):
        region.run(town).settle()
    assert sum(region.slept) > 6


def test_a_fresh_organisation_is_waited_for(region: Region, town: Town) -> None:
    region.stand_in.state.policies_after = 9
    done = region.adopt(town, "flood", email="a@olpe.example")
    assert done.complete
    assert len(region.slept) == 9
    assert set(region.org(town).contacts) == {"flood-email"}


def test_who_is_not_waited_for_stays_wanted_until_it_is_done(region: Region, town: Town) -> None:
    region.stand_in.state.policies_after = 3
    store.want(region.owner, town.tenant_id, "flood", {"webhook": "https://h.example"}, by="test")
    first = region.run(town).settle()
    assert not first.complete
    assert "noch nicht: Meldewege" in str(first.changes[-1])
    assert store.adoptions(region.owner, town.tenant_id)["flood"].state == "wanted"
    [outcome] = region.cloner.settle([town.slug])
    assert outcome.outcome.complete
    assert store.adoptions(region.owner, town.tenant_id)["flood"].state == "applied"


def test_a_new_version_keeps_edits_and_lists_conflicts(
    region: Region, town: Town, newer: Newer
) -> None:
    region.adopt(town, "flood")
    former = copy.deepcopy(region.board(town, "pegel"))
    edit(region, town, "pegel", name_panel(3, "Unsere Stufen"))
    edit(region, town, "pegel", name_panel(5, "Unser Wasserstand"))
    edited = copy.deepcopy(region.board(town, "pegel"))

    def change(board: Json) -> None:
        name_panel(5, "Wasserstand neu")(board)
        name_panel(6, "Anstieg neu")(board)

    newer("flood", change)
    kept = region.run(town).settle()
    assert kept.writes == 0, "only who asks for it gets a new version"
    [drift] = region.run(town).drift()
    assert (drift.state, drift.outdated, drift.saved_by) == ("edited", True, "user:anna")
    plan = region.run(town).settle(dry=True, upgrade=["flood"])
    done = region.run(town).settle(upgrade=["flood"])
    assert [str(each) for each in plan.changes] == [str(each) for each in done.changes]
    assert "Feld 5" in str(done.changes[1])
    board = region.board(town, "pegel")
    assert [title(board, number) for number in (3, 5, 6)] == [
        "Unsere Stufen",
        "Unser Wasserstand",
        "Anstieg neu",
    ]
    assert "template:pegel@9.0.0" in board["tags"]
    assert region.run(town).settle(upgrade=["flood"]).writes == 0

    back = region.run(town).roll_back(["flood"])
    assert [each.kind for each in back.changes] == ["change"]
    assert digest(region.board(town, "pegel")) == digest(edited)
    assert digest(edited) != digest(former)
    assert store.adoptions(region.owner, town.tenant_id)["flood"].version == "2.0.0"
    again = region.run(town).roll_back(["flood"])
    assert [each.kind for each in again.changes] == ["keep"]


def test_a_dashboard_of_somebody_else_is_never_touched(region: Region, town: Town) -> None:
    region.adopt(town, "irrigation")
    org = region.org(town)
    org.boards["pegel"] = copy.deepcopy(org.boards["bodenfeuchte"])
    org.boards["pegel"].versions = [{"uid": "pegel", "title": "Unser Pegel", "version": 1}]
    done = region.adopt(town, "flood")
    assert "nicht möglich: Dashboard pegel: gehört nicht zum Hub" in str(done.changes[0])
    assert region.board(town, "pegel")["title"] == "Unser Pegel"
    assert store.adoptions(region.owner, town.tenant_id)["flood"].state == "wanted"
    list(region.cloner.settle([town.slug]))
    said = store.adoptions(region.owner, town.tenant_id)["flood"].problem
    assert said == "nicht möglich: Dashboard pegel: gehört nicht zum Hub und bleibt unberührt"
    store.leave(region.owner, town.tenant_id, "flood", by="test")
    region.run(town).settle()
    assert region.board(town, "pegel")["title"] == "Unser Pegel"


def test_the_new_layout_is_refused_in_words(region: Region, town: Town, newer: Newer) -> None:
    region.adopt(town, "flood")
    edit(region, town, "pegel", name_panel(3, "Unsere Stufen"))
    region.org(town).boards["pegel"].stored = "v2beta1"
    newer("flood", name_panel(5, "neu"))
    done = region.run(town).settle(upgrade=["flood"])
    assert "im neuen Layout von Grafana 13" in str(done.changes[0])
    assert title(region.board(town, "pegel"), 3) == "Unsere Stufen"
    assert region.run(town).drift()[0].state == "new_layout"


def test_removing_leaves_no_trace(region: Region, town: Town) -> None:
    region.adopt(town, "flood", "irrigation", email="a@olpe.example")
    store.leave(region.owner, town.tenant_id, "irrigation", by="test")
    region.run(town).settle()
    org = region.org(town)
    assert set(org.boards) == {"pegel"}
    assert {group for _, group in org.groups} == {"flood"}
    assert set(org.contacts) == {"flood-email"}
    store.leave(region.owner, town.tenant_id, "flood", by="test")
    region.run(town).settle()
    assert org.number not in region.stand_in.state.orgs
    assert store.organisation(region.owner, town.tenant_id) is None
    [role] = town.world.select(
        "select rolcanlogin, rolpassword from pg_authid where rolname = 'rh_g_' || %s", town.slug
    )
    assert (role["rolcanlogin"], role["rolpassword"]) == (False, None)


def test_removing_keeps_what_is_the_towns_own(region: Region, town: Town) -> None:
    region.adopt(town, "flood")
    edit(region, town, "pegel", name_panel(3, "Unsere Stufen"))
    store.leave(region.owner, town.tenant_id, "flood", by="test")
    region.run(town).settle()
    org = region.org(town)
    [(uid, board)] = org.boards.items()
    assert (uid, board.folder) == ("pegel-eigene", "eigene")
    assert title(board.newest, 3) == "Unsere Stufen"
    assert "standard" not in org.folders
    assert "pg" in org.sources


def test_the_region_reads_what_all_towns_share(region: Region, world_of: World) -> None:
    centre = world_of.town(kind="region")
    region.adopt(centre, "region")
    assert region.org(centre).sources["pg"]["user"] == "rh_g_region"


def test_a_login_that_is_wrong_is_said(region: Region, town: Town) -> None:
    region.stand_in.state.users.clear()
    with pytest.raises(GrafanaError, match="401"):
        region.adopt(town, "flood")


def test_one_town_that_fails_keeps_no_other_waiting(region: Region, world_of: World) -> None:
    towns = [world_of.town() for _ in range(3)]
    for each in towns:
        store.want(region.owner, each.tenant_id, "flood", {}, by="test")
    login = region.stand_in.state.login

    def refuse(user: str, password: str, source: Json) -> tuple[str | None, str]:
        return (None, "no") if user.endswith(towns[1].slug) else login(user, password, source)

    region.stand_in.state.login = refuse
    outcomes = list(region.cloner.settle(each.slug for each in towns))
    assert [outcome.problem is None for outcome in outcomes] == [True, False, True]
    assert store.adoptions(region.owner, towns[1].tenant_id)["flood"].problem
