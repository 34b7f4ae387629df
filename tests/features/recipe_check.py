"""Tries the feature of docs/features.md, in a process that finds it in the list of features."""

# ruff: noqa: E501 - SQL reads best on one line

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import httpx
from tests.integration.conftest import running

from regionhub.access import accounts
from regionhub.access.passwords import hash_password
from regionhub.cli.assembly import migrate, web_app
from regionhub.features import FEATURES
from regionhub.registry.tenants import create_tenant
from regionhub.store.database import Connection, Database, connect
from regionhub.store.jobs import Schedule, Work

HTML = {"accept": "text/html", "accept-language": "de"}
ROWS = """
insert into core.site (tenant_id, name, kind) select tenant_id, n, 'road' from core.tenant, unnest(array['Brücke', 'Allee']) n;
insert into core.device (tenant_id, dev_eui, name, profile_id, interval_seconds)
select tenant_id, '24e124136d0c0417', 'x', 'x/y', 600 from core.tenant;
insert into core.installation (tenant_id, device_id, site_id, from_time)
select tenant_id, device_id, site_id, now() - interval '1 day' from core.device join core.site using (tenant_id) where core.site.name = 'Brücke';
insert into core.datastream (tenant_id, device_id, quantity) select tenant_id, device_id, 'road_surface_temperature' from core.device;
insert into core.latest (datastream_id, tenant_id, time, value, quality, received_at)
select datastream_id, tenant_id, now(), -2.5, 1, now() from core.datastream;
"""


def check(url: str) -> None:
    with connect(url, autocommit=True) as owner:
        assert migrate(owner, role_prefix="recipe")
        owner.execute("alter role recipe_api login")
        print("migrate")
        tenant = create_tenant(owner, slug="olpe", name="Olpe")
        owner.execute(ROWS)
        with owner.transaction():
            owner.execute("set local role recipe_t_olpe")
            rows = owner.execute(
                "select state, level, reason from api.signal where signal = 'icy_roads' order by state"
            ).fetchall()
        assert [tuple(row.values()) for row in rows] == [
            ("icy", 2, None),
            ("no_data", None, "no_reading"),
        ]
        print("signal")
        _web(url, owner, tenant)
        _job(url, owner)


def _web(url: str, owner: Connection, tenant: int) -> None:
    key = accounts.create_api_key(owner, tenant_id=tenant, name="x", scopes=["read"]).secret
    row = owner.execute(
        "insert into auth.account (tenant_id, login, display_name, password_hash, role) "
        "values (%s, 'x', 'X', %s, 'viewer') returning account_id",
        [tenant, hash_password("x" * 12)],
    ).fetchone()
    assert row is not None
    token = accounts.create_session(owner, row["account_id"], timedelta(hours=1))
    with Database(url.replace("postgres@", "recipe_api@"), size=2, role="api") as database:
        app = web_app(database, profiles={}, secure_cookies=False)
        with running(app) as address, httpx.Client(base_url=address, timeout=20) as client:
            bearer = {"authorization": f"Bearer {key}"}
            found = client.get("/api/v1/icy-roads", headers=bearer).json()["items"]
            assert [(row["name"], row["surface_degc"]) for row in found] == [
                ("Brücke", -2.5),
                ("Allee", None),
            ]
            print("api")
            paths = client.get("/api/v1/openapi.json").json()["paths"]
            assert "/api/v1/icy-roads" in paths
            print("openapi")
            client.cookies.set("regionhub", token)
            page = client.get("/glaette", headers=HTML).text
            assert "<h1>Glätte</h1>" in page
            assert 'href="/glaette" aria-current="page"' in page
            overview = client.get("/", headers=HTML).text
            assert overview.index("glatt") < overview.index("Allee")
            assert "Streudienst" in client.get("/standorte/1", headers=HTML).text
            print("page")
            english = client.get("/glaette", headers=HTML | {"accept-language": "en"}).text
            assert "<h1>Ice</h1>" in english
            assert ">Surface<" in english
            print("english")


def _job(url: str, owner: Connection) -> None:
    @contextmanager
    def owned() -> Iterator[Connection]:
        with closing(connect(url, autocommit=True)) as connection:
            yield connection

    jobs = [job for feature in FEATURES for job in feature.jobs if job.name == "icy_roads"]
    with Database(url, size=2, role="ingest") as database:
        Schedule(jobs).run(Work(owner=owned, database=database))
    row = owner.execute(
        "select count(*) as n from core.progress where task = 'icy_roads'"
    ).fetchone()
    assert row is not None
    assert row["n"] == 1
    print("job")


if __name__ == "__main__":
    check(sys.argv[1])
