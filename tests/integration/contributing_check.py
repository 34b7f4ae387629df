"""Tries what CONTRIBUTING.md adds, in a process whose program has it."""

from __future__ import annotations

import sys

import pytest
from psycopg.errors import InsufficientPrivilege
from tests.rows import connect
from tests.served import served
from tests.town import Town
from tests.world import World

from regionhub.cli.assembly import check_version, migrate
from regionhub.errors import SchemaError

NOTE = "insert into core.site_note (site_id, tenant_id, note) values (%s, %s, 'gate locked')"


def check(url: str, migration: str) -> None:
    with connect(url, autocommit=True) as owner:
        with pytest.raises(SchemaError, match=f"{migration} is missing"):
            check_version(owner)
        print("refused")
        assert migrate(owner) == [migration]
        check_version(owner)
        print("migrated")
        world = World(owner)
        town, other = (world.town(slug) for slug in ("olpe", "brilon"))
        _border(town, other)
        _web(url, town)


def _border(town: Town, other: Town) -> None:
    world, site = town.world, town.site("road", "Allee")
    with world.acting(town.role) as connection:
        connection.execute(NOTE, [site, town.tenant_id])
    refused = pytest.raises(InsufficientPrivilege)
    with refused, world.acting(other.role) as connection:
        connection.execute(NOTE, [site, town.tenant_id])
    assert len(town.select("select note from core.site_note")) == 1
    assert other.select("select note from core.site_note") == []
    print("border")


def _web(url: str, town: Town) -> None:
    site = town.site("road", "Kahler Asten")
    town.device(site).readings("snow_depth", [(town.world.now, 42)])
    key, login = town.key("read"), town.account("viewer")
    with served(url, town.world) as hub:
        program = hub.client(key=key)
        quantities = program.get("/api/v1/quantities").json()["items"]
        [snow] = [one for one in quantities if one["quantity"] == "snow_depth"]
        assert snow["symbol"] == "cm"
        [latest] = program.get("/api/v1/latest").json()["items"]
        assert (latest["quantity"], latest["value"]) == ("snow_depth", 42)
        print("api")
        page = hub.signed_in(login, accept="text/html").get(f"/standorte/{site}").text
        assert "Schneehöhe" in page
        print("page")


if __name__ == "__main__":
    check(*sys.argv[1:])
