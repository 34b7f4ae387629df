"""The same on a real Grafana: `REGIONHUB_TEST_GRAFANA_URL=http://login:password@host:3000`.

The login is a server administrator. The server has to reach the tests' database: on this machine it
does by its socket; REGIONHUB_TEST_GRAFANA_DATABASE names another way. Organisations are made and,
at the end, deleted.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from tests.grafana.state import Json
from tests.rows import Connection, connect
from tests.solutions.editor import saved
from tests.town import Town
from tests.world import World

from regionhub.features.solutions import store
from regionhub.store.databases import address_of
from regionhub_dashboards.clone.canonical import digest
from regionhub_dashboards.clone.cloner import Cloner
from regionhub_dashboards.clone.desired import Hub
from regionhub_dashboards.clone.grafana import Grafana, Organisation
from regionhub_dashboards.kit.lint import queries
from regionhub_dashboards.solutions import SOLUTIONS

SERVER = os.environ.get("REGIONHUB_TEST_GRAFANA_URL", "")
#: How many towns the drill of a new version has; 59 before a release.
TOWNS = int(os.environ.get("REGIONHUB_TEST_GRAFANA_TOWNS", "12"))
NAMES = [
    name
    for name, each in SOLUTIONS.items()
    if each.uid is not None and not each.manifest.for_region
]
Newer = Callable[..., None]

pytestmark = [
    pytest.mark.grafana,
    pytest.mark.skipif(not SERVER, reason="REGIONHUB_TEST_GRAFANA_URL names no server"),
]


@pytest.fixture(scope="module")
def owner(new_database: Callable[[], str]) -> Iterator[Connection]:
    with connect(new_database(), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def cloner(owner: Connection) -> Iterator[Cloner]:
    parts = urlsplit(SERVER)
    place = f"{parts.scheme}://{parts.hostname}:{parts.port or 80}{parts.path}"
    grafana = Grafana(place, unquote(parts.username or ""), unquote(parts.password or ""))
    address = address_of(owner.info.dsn)
    database = os.environ.get("REGIONHUB_TEST_GRAFANA_DATABASE") or address.place
    with closing(grafana):
        cloner = Cloner(grafana=grafana, connection=owner, hub=Hub(database=database))
        yield cloner
        for row in owner.execute("select org_id from core.grafana_organisation").fetchall():
            grafana.delete_organisation(row["org_id"])


def adopt(cloner: Cloner, town: Town, *names: str, **parameters: str) -> None:
    for name in names:
        known = {each.name for each in SOLUTIONS[name].manifest.parameters}
        given = {key: value for key, value in parameters.items() if key in known}
        read = SOLUTIONS[name].manifest.read_parameters(given)
        store.want(cloner.connection, town.tenant_id, name, read, by="test")


@contextmanager
def inside(cloner: Cloner, town: Town) -> Iterator[Organisation]:
    number = store.organisation(cloner.connection, town.tenant_id)
    assert number is not None
    with closing(cloner.grafana.inside(number)) as organisation:
        yield organisation


def edit(organisation: Organisation, uid: str, change: Callable[[Json], None]) -> None:
    live = organisation.dashboard(uid)
    assert live is not None
    board = saved(live.board)
    change(board)
    assert organisation.save(board, folder="standard", message="Stadt", version=live.version)


def rename(number: int, title: str) -> Callable[[Json], None]:
    def change(board: Json) -> None:
        next(panel for panel in board["panels"] if panel["id"] == number)["title"] = title

    return change


def test_a_town_from_nothing_to_nothing(cloner: Cloner, owner: Connection, newer: Newer) -> None:
    town = World(owner).town()
    adopt(cloner, town, *NAMES)
    began = time.monotonic()
    [done] = cloner.settle([town.slug])
    assert done.problem is None
    assert done.outcome.complete
    seconds = time.monotonic() - began
    print(f"one town, {len(NAMES)} solutions: {seconds:.1f} s")
    assert seconds < 20
    writes = cloner.grafana.traffic.writes
    assert cloner.town(town.slug).settle(upgrade=NAMES).changes == []
    assert cloner.grafana.traffic.writes == writes
    with inside(cloner, town) as organisation:
        assert organisation.database_user("pg") == f"rh_g_{town.slug}"
        for name in NAMES:
            live = organisation.dashboard(SOLUTIONS[name].uid or "")
            assert live is not None
            _ask_every_panel(organisation, live.board)
        edit(organisation, "pegel", rename(3, "Unsere Stufen"))
        edited = organisation.dashboard("pegel")
        assert edited is not None
        newer("flood", rename(6, "Anstieg neu"))
        drift = {each.uid: each for each in cloner.town(town.slug).drift()}
        assert (drift["pegel"].state, drift["pegel"].outdated) == ("edited", True)
        assert cloner.town(town.slug).settle(upgrade=["flood"]).writes == 1
        merged = organisation.dashboard("pegel")
        assert merged is not None
        titles = {panel["id"]: panel["title"] for panel in merged.board["panels"]}
        assert (titles[3], titles[6]) == ("Unsere Stufen", "Anstieg neu")
        cloner.town(town.slug).roll_back(["flood"])
        back = organisation.dashboard("pegel")
        assert back is not None
        assert digest(back.board) == digest(edited.board)
    for name in NAMES:
        store.leave(owner, town.tenant_id, name, by="test")
    cloner.town(town.slug).settle()
    with inside(cloner, town) as organisation:
        assert [board["uid"] for board in organisation.dashboards()] == ["pegel-eigene"]


def _ask_every_panel(organisation: Organisation, board: Json) -> None:
    """The browser fills in variables; here each stands for nothing."""
    client = organisation._client
    for place, query in queries(board):
        sql = query["rawSql"]
        for variable in ("site", "gauge", "device"):
            sql = sql.replace(f"${{{variable}:sqlstring}}", "'-1'")
        asked = {
            "refId": "A",
            "datasource": {"uid": "pg"},
            "rawSql": sql,
            "rawQuery": True,
            "format": query["format"],
            "intervalMs": 600_000,
            "maxDataPoints": 600,
        }
        body = {"from": "now-7d", "to": "now", "queries": [asked]}
        answer = client.send("POST", "/ds/query", body)
        assert "error" not in answer["results"]["A"], (board["uid"], place)


def test_a_new_version_in_many_towns(cloner: Cloner, owner: Connection, newer: Newer) -> None:
    world = World(owner)
    towns = [world.town() for _ in range(TOWNS)]
    for town in towns:
        adopt(cloner, town, *NAMES)
    slugs = [town.slug for town in towns]
    began = time.monotonic()
    assert all(done.outcome.complete for done in cloner.settle(slugs))
    first = time.monotonic() - began
    writes, began = cloner.grafana.traffic.writes, time.monotonic()
    assert all(done.outcome.writes == 0 for done in cloner.settle(slugs, upgrade=NAMES))
    assert cloner.grafana.traffic.writes == writes
    again = time.monotonic() - began
    print(f"{TOWNS} towns, {len(NAMES)} solutions: {first:.0f} s, {writes} writes; {again:.0f} s")
    assert first < 180
    assert again < 60
    edits: list[Callable[[Json], Any]] = [
        rename(3, "Stadt"),
        rename(5, "Stadt"),
        lambda board: board["panels"].pop(),
        lambda board: board["panels"][2]["gridPos"].update(y=300),
        lambda board: board["panels"].append(
            {
                "id": 11,
                "type": "text",
                "title": "Eigenes",
                "gridPos": {"x": 0, "y": 90, "w": 4, "h": 2},
            }
        ),
    ]
    changed = towns[: min(10, TOWNS)]
    for number, town in enumerate(changed):
        with inside(cloner, town) as organisation:
            edit(organisation, "pegel", edits[number % len(edits)])
    newer("flood", rename(5, "Neu"))
    found = {done.tenant.slug: done.outcome for done in cloner.settle(slugs, upgrade=["flood"])}
    for number, town in enumerate(towns):
        conflicts = [each for each in found[town.slug].changes if each.kind == "conflict"]
        planted = number < len(changed) and number % len(edits) == 1
        assert len(conflicts) == planted, town.slug
        with inside(cloner, town) as organisation:
            live = organisation.dashboard("pegel")
        assert live is not None
        titles = {panel["id"]: panel["title"] for panel in live.board["panels"]}
        assert titles[5] == ("Stadt" if planted else "Neu")
        if number < len(changed):
            assert ("Eigenes" in titles.values()) == (number % len(edits) == 4)


def test_only_its_own_town_is_told_of_a_flood(cloner: Cloner, owner: Connection) -> None:
    world = World(owner)
    heard: dict[str, list[Json]] = {}
    with _receiver(heard) as address:
        towns = [world.town(), world.town()]
        for place, town in enumerate(towns):
            town.gauge("Wehr", stage_1_cm=100)
            gauge = town.gauge("Brücke", stage_1_cm=100, stage_2_cm=200)
            level = 150.0 if place == 0 else 20.0
            device = town.device(gauge)
            device.readings("water_level", [(time_, level) for time_ in world.times(12)])
            adopt(cloner, town, "flood", webhook=f"{address}/{town.slug}")
        world.decide()
        assert all(done.outcome.complete for done in cloner.settle(each.slug for each in towns))
        deadline = time.monotonic() + 240
        while towns[0].slug not in heard and time.monotonic() < deadline:
            time.sleep(2)
    assert set(heard) == {towns[0].slug}
    [alert, *_] = heard[towns[0].slug][0]["alerts"]
    assert "Brücke: Stufe 1 erreicht" in alert["annotations"]["summary"]


@contextmanager
def _receiver(heard: dict[str, list[Json]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.setdefault(self.path.strip("/"), []).append(json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the library's name)
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
