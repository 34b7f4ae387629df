"""A cloner that is killed anywhere: the next run ends where an undisturbed one does."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from contextlib import closing
from dataclasses import asdict
from typing import Any

from tests.grafana.stand_in import ADMIN, PASSWORD, StandIn, serving
from tests.grafana.state import State
from tests.rows import connect
from tests.solutions.conftest import database_login
from tests.town import Town
from tests.world import World

from regionhub.features.solutions import store
from regionhub_dashboards.clone.cloner import Cloner
from regionhub_dashboards.clone.desired import Hub
from regionhub_dashboards.clone.grafana import Grafana
from regionhub_dashboards.solutions import SOLUTIONS

#: As many points as this are tried; REGIONHUB_TEST_KILLS=50 is the drill before a release.
KILLS = int(os.environ.get("REGIONHUB_TEST_KILLS", "4"))
NAMES = ("flood", "irrigation")
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["regionhub_dashboards.clone.cloner", __name__])
#: Of this run, or of this server.
_OWN = {"id", "version", "number", "name", "user", "secrets", "instances", "orgId", "made_at"}


def settle(database_url: str, grafana_url: str, slug: str) -> None:
    """What the process does that is killed."""
    grafana = Grafana(grafana_url, ADMIN, PASSWORD)
    with connect(database_url, autocommit=True) as owner, closing(grafana):
        hub = Hub(database="localhost:5432", portal_url="https://hub.example")
        cloner = Cloner(grafana=grafana, connection=owner, hub=hub, sleep=lambda seconds: None)
        cloner.town(slug).settle(patience_seconds=60)


def test_killed_anywhere_it_is_gone_on_with(solutions_database: str) -> None:
    stand_in = StandIn(State(next_org=900_000))
    stand_in.state.login = database_login(solutions_database)
    victim: list[int] = []
    moments: list[int] = []

    def watch() -> None:
        if victim and moments:
            moments[0] -= 1
            if moments[0] == 0:
                os.kill(victim[0], signal.SIGKILL)

    with (
        connect(solutions_database, autocommit=True) as owner,
        serving(stand_in, watch) as grafana_url,
    ):
        world = World(owner)

        def run(town: Town, kill_at: int | None) -> int | None:
            process = _PROCESSES.Process(
                target=settle, args=(solutions_database, grafana_url, town.slug)
            )
            moments[:] = [] if kill_at is None else [kill_at]
            process.start()
            victim[:] = [process.pid or 0]
            process.join(60)
            victim.clear()
            return process.exitcode

        counted = [0]
        whole = _new(world)
        moments[:] = []
        before = len(stand_in.log)
        assert run(whole, None) == 0
        points = 2 * (len(stand_in.log) - before)
        expected = _state(stand_in, whole)
        numbers = random.Random(14)
        for kill_at in numbers.sample(range(1, points), KILLS):
            town = _new(world)
            assert run(town, kill_at) == -signal.SIGKILL, kill_at
            counted[0] += 1
            settle(solutions_database, grafana_url, town.slug)
            assert _state(stand_in, town) == expected, kill_at
            traffic = len(stand_in.log)
            settle(solutions_database, grafana_url, town.slug)
            assert not any(
                verb != "GET" and path != "/api/ds/query"
                for verb, path, _ in stand_in.log[traffic:]
            ), kill_at
    assert counted[0] == KILLS


def _new(world: World) -> Town:
    town = world.town()
    for name in NAMES:
        manifest = SOLUTIONS[name].manifest
        parameters = manifest.read_parameters({"email": "bauhof@olpe.example"})
        store.want(world.owner, town.tenant_id, name, parameters, by="test")
    return town


def _state(stand_in: StandIn, town: Town) -> Any:
    """All that is there, in Grafana and in the hub, without what differs from town to town."""
    number = store.organisation(town.world.owner, town.tenant_id)
    assert number is not None
    adoptions = store.adoptions(town.world.owner, town.tenant_id)
    boards = store.applied_dashboards(town.world.owner, town.tenant_id)
    hub = {
        name: (row.state, row.version, row.parameters) for name, row in sorted(adoptions.items())
    }
    kept = {uid: (row.version, row.base) for uid, row in boards.items()}
    return _alike(asdict(stand_in.state.orgs[number])), hub, kept


def _alike(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _alike(v) for k, v in value.items() if k not in _OWN}
    return [_alike(each) for each in value] if isinstance(value, list | tuple) else value
