"""Pages while the database is away."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from regionhub.access import Principal
from regionhub.cli.assembly import web_app
from regionhub.errors import StoreUnavailable
from regionhub.store.database import Database

SOMEBODY = Principal(
    operator=False,
    account_id=1,
    api_key_id=None,
    login="crew@arnsberg.example",
    display_name="Crew",
    role="viewer",
    tenant_id=1,
    tenant_slug="arnsberg",
    tenant_name="Arnsberg",
    tenant_kind="municipality",
    database_role="rh_t_arnsberg",
    expires_at=None,
)


class Away:
    """A database that does not answer; counts how often it was asked."""

    asked = 0
    size = 20

    def transaction(self) -> AbstractContextManager[Any]:
        self.asked += 1
        raise StoreUnavailable

    def as_role(self, role: str) -> AbstractContextManager[Any]:
        return self.transaction()


@pytest.fixture
def database() -> Away:
    return Away()


@pytest.fixture
def app(database: Away) -> FastAPI:
    return web_app(cast("Database", database), profiles={}, secure_cookies=False)


def get(app: FastAPI, path: str) -> httpx.Response:
    """What a browser with a session gets."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://hub", cookies={"regionhub": "a-session"}
        ) as client:
            return await client.get(path, headers={"accept": "text/html"})

    return asyncio.run(ask())


def test_nobody_is_asked_again_who_just_did_not_answer(app: FastAPI, database: Away) -> None:
    answer = get(app, "/pegel")
    assert answer.status_code == 503
    assert 'href="/pegel">Noch einmal versuchen' in answer.text
    assert database.asked == 1


def test_a_page_that_is_not_there_is_said_so_without_the_database(app: FastAPI) -> None:
    answer = get(app, "/gibtesnicht")
    assert answer.status_code == 404
    assert "Nicht gefunden" in answer.text


def test_town_and_navigation_stay_when_the_database_went_after_the_session_was_found(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.access, "principal", lambda request: SOMEBODY)
    answer = get(app, "/pegel")
    assert answer.status_code == 503
    assert "<small>Arnsberg</small>" in answer.text
    assert '<a href="/geraete"' in answer.text
