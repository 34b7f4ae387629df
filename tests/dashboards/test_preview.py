"""Dashboards without Grafana, as a person looks at them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import httpx
import pytest
from tests.dashboards.conftest import Grafana
from tests.dashboards.test_boards import UIDS
from tests.rows import Connection
from tests.world import World

from regionhub_dashboards.preview.app import preview_app

Boards = dict[str, dict[str, Any]]


def look(grafana: Grafana, boards: Boards, slug: str, path: str) -> httpx.Response:
    @contextmanager
    def connect() -> Iterator[Connection]:
        yield grafana.connection

    async def ask() -> httpx.Response:
        app = preview_app(boards, town=slug, days=7, connect=connect)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://preview") as client:
            return await client.get(path)

    World(grafana.connection).decide()
    return asyncio.run(ask())


@pytest.mark.parametrize("uid", UIDS)
def test_every_dashboard_is_shown_to_a_town_and_to_an_empty_one(
    grafana: Grafana, boards: Boards, uid: str
) -> None:
    for slug in (*grafana.towns, grafana.empty):
        page = look(grafana, boards, slug, f"/{uid}")
        assert page.status_code == 200
        assert page.text.count("<section") == len(boards[uid]["panels"])
        assert "Vorschau: gezeichnet vom Hub" in page.text
        assert not any(other in page.text for other in grafana.towns if other != slug)


def test_values_stand_there_with_unit_word_and_colour(grafana: Grafana, boards: Boards) -> None:
    slug = next(iter(grafana.towns))
    page = look(grafana, boards, slug, "/pegel").text
    assert f"{slug} Pegel Brücke: Stufe 3" in page
    assert " cm</td>" in page
    assert "unbekannt</td>" in page
    assert "noch kein Pegel angelegt" in look(grafana, boards, grafana.empty, "/pegel").text


def test_a_line_looks_as_the_dashboard_says(grafana: Grafana, boards: Boards) -> None:
    slug = next(iter(grafana.towns))
    page = unescape(look(grafana, boards, slug, "/pegel").text)
    [chart] = [text for text in re.findall(r'data-lines="(.*?)"></div>', page) if "Stufe 1" in text]
    drawn = {line["name"]: line for line in json.loads(chart)["lines"]}
    stage = next(line for name, line in drawn.items() if name.endswith(": Stufe 1"))
    assert (stage["named"], stage["dash"]) == (False, [10, 10])
    assert stage["colour"]
    level = next(line for name, line in drawn.items() if ": Stufe" not in name)
    assert (level["named"], level["dash"]) == (True, None)


def test_the_first_page_names_all(grafana: Grafana, boards: Boards) -> None:
    first = look(grafana, boards, grafana.empty, "/").text
    assert all(f'href="/{uid}"' in first for uid in UIDS)
    assert look(grafana, boards, grafana.empty, "/nothing").status_code == 404
    assert "uPlot" in look(grafana, boards, grafana.empty, "/preview.js").text
