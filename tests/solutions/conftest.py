"""A hub with two towns and a region, and a stand-in of Grafana that reads its database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.grafana.stand_in import ADMIN, PASSWORD, StandIn, serving
from tests.grafana.state import Json, Org, State
from tests.rows import Connection, connect
from tests.town import Town
from tests.world import World

from regionhub.features.solutions import store
from regionhub_dashboards.clone import town
from regionhub_dashboards.clone.cloner import Cloner
from regionhub_dashboards.clone.desired import Hub
from regionhub_dashboards.clone.grafana import Grafana
from regionhub_dashboards.clone.town import Outcome, TownRun
from regionhub_dashboards.render import dashboard_of
from regionhub_dashboards.solutions import SOLUTIONS

#: Each test has a stand-in of its own, and all have one database: no number comes twice.
_NUMBERS = itertools.count(1000, 1000)


@dataclass
class Region:
    """What a test of the cloner works with."""

    url: str
    owner: Connection
    stand_in: StandIn
    cloner: Cloner
    slept: list[float] = field(default_factory=list)

    @property
    def grafana(self) -> Grafana:
        return self.cloner.grafana

    def adopt(self, town: Town, *names: str, **parameters: str) -> Outcome:
        """Let a town use solutions, and bring them there."""
        for name in names:
            known = {each.name for each in SOLUTIONS[name].manifest.parameters}
            given = {key: value for key, value in parameters.items() if key in known}
            read = SOLUTIONS[name].manifest.read_parameters(given)
            store.want(self.owner, town.tenant_id, name, read, by="test")
        return self.run(town).settle(patience_seconds=60)

    def run(self, town: Town) -> TownRun:
        return self.cloner.town(town.slug)

    def org(self, town: Town) -> Org:
        """The town's organisation in the stand-in."""
        number = store.organisation(self.owner, town.tenant_id)
        assert number is not None
        return self.stand_in.state.orgs[number]

    def board(self, town: Town, uid: str) -> Json:
        return self.org(town).boards[uid].newest

    def name(self, town: Town) -> str:
        return self.run(town).tenant.name

    def writes(self) -> int:
        return self.grafana.traffic.writes


@pytest.fixture(scope="session")
def solutions_database(new_database: Callable[[], str]) -> str:
    """One database for all of these tests; each makes towns of its own."""
    return new_database()


@pytest.fixture
def region(solutions_database: str) -> Iterator[Region]:
    url = solutions_database
    stand_in = StandIn(State(next_org=next(_NUMBERS)))
    stand_in.state.login = database_login(url)
    address = conninfo_to_dict(url)
    with connect(url, autocommit=True) as owner, serving(stand_in) as grafana_url:
        grafana = Grafana(grafana_url, ADMIN, PASSWORD)
        with closing(grafana):
            slept: list[float] = []
            hub = Hub(
                database=f"{address.get('host', '')}:{address.get('port', 5432)}",
                portal_url="https://hub.example",
            )
            cloner = Cloner(grafana=grafana, connection=owner, hub=hub, sleep=slept.append)
            yield Region(url, owner, stand_in, cloner, slept)


def database_login(url: str) -> Callable[[str, str, Json], tuple[str | None, str]]:
    """Logs in as Grafana would: with what the data source says, at the tests' server.

    The server of the tests trusts everybody who comes from this machine; so whether the password is
    the role's is asked of its verifier.
    """

    def login(user: str, password: str, source: Json) -> tuple[str | None, str]:
        with psycopg.connect(url, autocommit=True) as owner:
            row: Any = owner.execute(
                "select rolcanlogin, rolpassword from pg_authid where rolname = %s", [user]
            ).fetchone()
            if row is None or not row[0]:
                return None, f"role {user} is not permitted to log in"
            if not _proves(owner, row[1], password):
                return None, f"password authentication failed for user {user}"
        with psycopg.connect(url, user=user) as reader:
            role: Any = reader.execute("select current_user::text").fetchone()
            return role[0], ""

    return login


def _proves(owner: psycopg.Connection[Any], verifier: str | None, password: str) -> bool:
    """Whether a SCRAM verifier is that of a password (RFC 5803)."""
    if not verifier:
        return False
    _, rest, keys = verifier.split("$")
    rounds, salt = rest.split(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    key = hmac.digest(salted, b"Client Key", "sha256")
    stored = base64.b64encode(hashlib.sha256(key).digest()).decode()
    return stored == keys.split(":")[0]


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Bring out a new version of a solution with another dashboard."""

    def bring_out(name: str, change: Callable[[Json], None], version: str = "9.0.0") -> None:
        had = SOLUTIONS[name]
        manifest = had.manifest.model_copy(update={"version": version})
        monkeypatch.setitem(SOLUTIONS, name, replace(had, manifest=manifest))

        def render(solution: Any, **look: str) -> Json | None:
            board = dashboard_of(solution, **look)
            if board is not None and solution.manifest.name == name:
                change(board)
            return board

        monkeypatch.setattr(town, "dashboard_of", render)

    return bring_out


@pytest.fixture
def world_of(region: Region) -> World:
    return World(region.owner)
