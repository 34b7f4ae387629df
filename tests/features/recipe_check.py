"""Tries the feature of docs/features.md, in a process that finds it in the list of features."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.rows import Connection, connect
from tests.served import served
from tests.town import Town
from tests.world import World

from regionhub.cli.assembly import migrate
from regionhub.features import FEATURES
from regionhub.store.database import Database
from regionhub.store.jobs import Locks, Schedule, Work

HTML = {"accept": "text/html", "accept-language": "de"}


def check(url: str) -> None:
    with connect(url, autocommit=True) as owner:
        assert migrate(owner, role_prefix="recipe")
        owner.execute("alter role recipe_api login")
        print("migrate")
        world = World(owner)
        town = world.town("olpe")
        bridge, _ = (town.site("road", name) for name in ("Brücke", "Allee"))
        town.device(bridge).readings("road_surface_temperature", [(world.now, -2.5)])
        rows = town.select(
            "select state, level, reason from api.signal where signal = 'icy_roads' order by state"
        )
        assert [tuple(row.values()) for row in rows] == [
            ("icy", 2, None),
            ("no_data", None, "no_reading"),
        ]
        print("signal")
        _web(url, town)
        _job(url, owner)


def _web(url: str, town: Town) -> None:
    key, login = town.key("read"), town.account("viewer")
    with served(url, town.world) as hub:
        program = hub.client(key=key)
        found = program.get("/api/v1/icy-roads").json()["items"]
        assert [(row["name"], row["surface_degc"]) for row in found] == [
            ("Brücke", -2.5),
            ("Allee", None),
        ]
        print("api")
        assert "/api/v1/icy-roads" in program.get("/api/v1/openapi.json").json()["paths"]
        print("openapi")
        client = hub.signed_in(login, **HTML)
        page = client.get("/glaette").text
        assert "<h1>Glätte</h1>" in page
        assert 'href="/glaette" aria-current="page"' in page
        overview = client.get("/").text
        assert overview.index("glatt") < overview.index("Allee")
        assert "Streudienst" in client.get("/standorte/1").text
        print("page")
        english = client.get("/glaette", headers={"accept-language": "en"}).text
        assert "<h1>Ice</h1>" in english
        assert ">Surface<" in english
        print("english")


def _job(url: str, owner: Connection) -> None:
    @contextmanager
    def owned() -> Iterator[Connection]:
        with closing(connect(url, autocommit=True)) as connection:
            yield connection

    jobs = [job for feature in FEATURES for job in feature.jobs if job.name == "icy_roads"]
    with Database(url, size=2, role="ingest") as database, Locks(database) as locks:
        Schedule(jobs).run(Work(owner=owned, database=database, locks=locks))
    row = owner.execute(
        "select count(*) as n from core.progress where task = 'icy_roads'"
    ).fetchone()
    assert row is not None
    assert row["n"] == 1
    print("job")


if __name__ == "__main__":
    check(sys.argv[1])
