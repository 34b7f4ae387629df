"""Every door of the hub, for everybody who can come to it, and every thing that can be asked for.

That these tests would notice a door without its lock is tried as well, lock by lock.

Routes and pages are taken from the application, views and functions from the catalog. What is
hidden from somebody are words, DevEUIs and values that stand in rows of others: whatever it stands
in, an answer with one of them is a leak.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import httpx
import pytest
from psycopg import sql

from tests.border.locks import policies, reached, unlocked
from tests.border.readers import Doors, Reader, doors, fingerprint, ids
from tests.border.rights import (
    FOR_ADMINS,
    FOR_ANYONE,
    FOR_EDITORS,
    FOR_ONESELF,
    FOR_OPERATORS,
    FOR_OTHERS,
    ROUTES,
    needed,
)
from tests.border.towns import RESOLUTIONS, build
from tests.rows import connect
from tests.world import World

#: A change that would be right.
BODIES: dict[str, dict[str, object]] = {
    "/api/v1/sites/{site_id}": {"name": "Stolen"},
    "/api/v1/devices/{device_id}": {"name": "Stolen"},
    "/api/v1/devices/{device_id}/installation": {},
    "/api/v1/sites/{site_id}/references": {"why": "Stolen", "stage_1_cm": 1},
    "/api/v1/gauges/{site_id}/rating-curves": {"csv": "1;1\n2;2"},
    "/api/v1/gauge-links/{site_id}/{upstream_site_id}": {"travel_minutes": 1},
    "/api/v1/alarm-rules/{rule_id}": {"enabled": False},
    "/api/v1/alarm-rules/{rule_id}/limits/{site_id}": {"limit_value": None},
    "/api/v1/devices/{device_id}/calibrations": {
        "quantity": "distance",
        "valid_from": "2026-01-01T00:00:00Z",
        "why": "Stolen",
    },
    "/api/v1/devices/{device_id}/registration": {"server": "x", "app_key": "ab" * 16},
    "/api/v1/installations/{installation_id}": {"why": "Stolen", "depth_cm": 1},
}
#: Parameters that name a thing, and by which of its ids.
NAMES = {
    **{name: name for name in ("site_id", "device_id", "datastream_id", "source_id", "ort")},
    **{name: f"{name}_id" for name in ("site", "device", "datastream", "source")},
}
WORDS = {
    "name": "flood",
    "slug": "nowhere",
    "vendor": "x",
    "model": "y",
    "version": "z",
    "code": "de",
    "path": "portal.css",
    "token": "x",
    "what": "sperren",
    "dev_eui": "ffffffffffff0001",
    "watering_id": "6e9d2f57-9f0c-4f0c-a2b7-2f6a3f1c5d11",
    "crew_id": "2147483647",
}


class Question(NamedTuple):
    """A request, and of whose thing."""

    method: str
    route: str
    url: str
    query: dict[str, str]
    of: str

    def ask(self, client: httpx.Client) -> tuple[int, str]:
        """Status and all that comes back; of a stream that has no end only how it begins."""
        body = BODIES.get(self.route, {}) if self.method != "GET" else None
        request = client.build_request(self.method, self.url, params=self.query, json=body)
        try:
            answer = client.send(request, stream=True)
        except (httpx.ReadError, httpx.RemoteProtocolError):
            # after an error the server closes a connection that the client meant to use again
            answer = client.send(request, stream=True)
        try:
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                return answer.status_code, ""
            answer.read()
            return answer.status_code, f"{answer.text} {dict(answer.headers)}"
        finally:
            answer.close()


def things(doors: Doors) -> Iterator[tuple[str, dict[str, int]]]:
    """One of the own town, one for each grant, what was not granted, one of a foreign town."""
    border = doors.border
    yield "own", ids(border.own, border.own.things[0])
    for resolution in RESOLUTIONS:
        yield f"granted {resolution}", ids(border.giver, border.granted[resolution])
    yield "not granted", ids(border.giver, border.giver.things[0])
    yield "foreign", ids(border.foreign, border.foreign.things[0])
    yield "nothing", dict.fromkeys(ids(border.own, border.own.things[0]), 2**31 - 1)


def questions(doors: Doors, methods: set[str]) -> Iterator[Question]:
    """Every route with every thing that its address or a parameter can name."""
    border = doors.border
    noon = border.world.ago(days=2).replace(hour=12, minute=5, second=0, microsecond=0)
    words = WORDS | {"time": noon.isoformat()}
    for (method, route), known in ROUTES.items():
        if method not in methods:
            continue
        template = route.replace(":path", "")
        keys = ids(border.own, border.own.things[0])
        plain = not any(f"{{{name}}}" in template for name in keys)
        if plain:
            yield Question(method, route, template.format(**words, **keys), {}, "all")
        for of, keys in things(doors):
            url = template.format(**words, **keys)
            if not plain:
                yield Question(method, route, url, {}, of)
                for resolution in RESOLUTIONS if "resolution" in known else ():
                    yield Question(method, route, url, {"resolution": resolution}, of)
            for name in known & NAMES.keys() if plain else ():
                yield Question(method, route, url, {name: str(keys[NAMES[name]])}, of)


def asks(reader: Reader, question: Question) -> bool:
    """Whether an answer to this reader could tell what no other answer tells.

    Rows are kept apart by the role of the database, which is one for each town and which no rank
    changes: so things are asked for by one reader of each role, the administrator, who is also
    shown most. Of everybody else it is asked whether they come in, to what is their own and to
    what is not, and whether the page that they get can be made. To who sees no town all things are
    foreign, and for who would change something one grant to read is as good as another.
    """
    if question.method != "GET" and question.of in {"granted hourly", "granted daily"}:
        return False
    if reader.rank == "admin":
        return bool(reader.towns) or question.of in {"all", "own", "foreign"}
    known = {"all", "own"} if question.method == "GET" else {"all", "foreign", "nothing"}
    return question.of in known and not question.query


@pytest.fixture(scope="module")
def at(new_database: Callable[[], str]) -> Iterator[Doors]:
    url = new_database()
    with connect(url, autocommit=True) as owner, doors(url, build(World(owner))) as made:
        yield made


def faults(reader: Reader, question: Question, hidden: list[str]) -> Iterator[str]:
    """What is wrong with the answer to a question."""
    status, answer = question.ask(reader.client)
    rank = needed(question.method, question.route)
    refused = status in {401, 403} or (status == 303 and reader.rank == "anyone")
    strange = question.of in {"not granted", "foreign"} and "_id}" in question.route
    open_to = {"all", "nothing"} if reader.rank == "admin" else {"all", "nothing", "own"}
    usual = question.of in open_to and bool(reader.towns) and rank != "anyone"
    wrong: dict[str, object] = {
        "shows": {word for word in hidden if word in answer},
        "fails": status >= 500,
        "lets in": not reader.may(rank) and not refused,
        "keeps out": usual and refused and reader.may(rank),
        "knows": strange and reader.may(rank) and status not in {403, 404, 422},
    }
    for fault, found in wrong.items():
        if found:
            yield f"{reader.name}: {question} {fault} {found} ({status})"


def test_who_may_do_what_is_decided_for_every_route() -> None:
    for method, route in ROUTES:
        needed(method, route)
    decided = FOR_ANYONE | FOR_ONESELF | FOR_EDITORS | FOR_ADMINS | FOR_OPERATORS
    assert decided <= ROUTES.keys()


def test_no_page_and_no_route_shows_anything_of_others(at: Doors) -> None:
    asked = [
        (reader, question)
        for question in questions(at, {"GET"})
        for reader in at.readers
        if question[:2] not in FOR_OTHERS and asks(reader, question)
    ]
    wrong = [
        fault
        for reader, question in asked
        for fault in faults(reader, question, at.hidden(reader.towns, granted=reader.granted))
    ]
    assert "\n".join(wrong) == ""
    assert len(asked) > 2000


def test_nobody_changes_anything_of_others(at: Doors) -> None:
    others = (at.border.giver, at.border.foreign)
    before = fingerprint(at.border.world, others)
    wrong = [
        fault
        for reader in at.readers
        for question in questions(at, {"POST", "PUT", "PATCH", "DELETE"})
        if question.of != "own"
        and asks(reader, question)
        and (question.method, question.route) not in FOR_ANYONE | FOR_ONESELF
        for fault in faults(reader, question, at.hidden(reader.towns, granted=reader.granted))
    ]
    assert "\n".join(wrong) == ""
    assert fingerprint(at.border.world, others) == before


def roles(at: Doors) -> dict[str, list[str]]:
    """Database roles, of requests and of dashboards, and what is hidden from them."""
    own, nobody, border = at.border.own.town, at.border.nobody, at.border
    return {
        **dict.fromkeys((own.role, own.dashboards), at.hidden((border.own,), granted=True)),
        **dict.fromkeys(("t_region", "g_region"), at.hidden((border.own,), granted=True)),
        **dict.fromkeys((nobody.role, nobody.dashboards), at.hidden((), granted=False)),
    }


def test_no_view_shows_anything_of_others(at: Doors) -> None:
    world, wrong = at.border.world, []
    views = world.select("select viewname as name from pg_views where schemaname = 'api'")
    for role, hidden in roles(at).items():
        for view in views:
            name = sql.Identifier("api", view["name"])
            with world.acting(role) as reader:
                rows = reader.execute(sql.SQL("select v::text as row from {} v").format(name))
                text = " ".join(row["row"] for row in rows.fetchall())
            wrong += [f"{role} {view['name']}: {word}" for word in hidden if word in text]
    assert "\n".join(wrong) == ""
    assert len(views) > 40


#: What functions are given beside the device or datastream, by type.
GIVEN = {
    "timestamp with time zone": ("now() - interval '9 days'", "now()"),
    "integer": ("600",),
    "interval": ("interval '1 minute'",),
    "double precision": ("60000",),
}


def test_no_function_shows_anything_of_others(at: Doors) -> None:
    """Those that are asked for a device or a datastream."""
    world, wrong, tried = at.border.world, [], 0
    functions = world.select(
        "select proname as name, proargnames[1] as of, "
        "(select array_agg(format_type(t, null)) from unnest(proargtypes) t) as types "
        "from pg_proc where pronamespace = 'api'::regnamespace "
        "and proargnames[1] in ('device', 'stream')"
    )
    for (role, hidden), function in itertools.product(roles(at).items(), functions):
        for of, keys in things(at):
            given = {kind: iter(texts) for kind, texts in GIVEN.items()}
            key = keys[f"{function['of']}_id" if function["of"] == "device" else "datastream_id"]
            arguments = [str(key), *(next(given[kind]) for kind in function["types"][1:])]
            call = f"api.{function['name']}({', '.join(arguments)})"
            rows = world.ask(role, f"select v::text as row from {call} v")
            text = " ".join(row["row"] for row in rows)
            tried += 1
            wrong += [
                f"{role} {function['name']} ({of}): {word}" for word in hidden if word in text
            ]
    assert "\n".join(wrong) == ""
    assert tried > 200


def test_a_route_without_its_lock_is_noticed(at: Doors) -> None:
    """Somebody with less rights than a route asks for would come in."""
    asked: dict[tuple[str, str], list[Question]] = {}
    for question in questions(at, {"GET", "POST", "PUT", "PATCH", "DELETE"}):
        asked.setdefault(question[:2], []).append(question)
    unnoticed = []
    with unlocked(at.hub.app):
        for route in ROUTES.keys() - FOR_ANYONE:
            below = [reader for reader in at.readers if not reader.may(needed(*route))]
            found = (
                fault
                for question, reader in itertools.product(asked[route], reversed(below))
                for fault in faults(reader, question, [])
            )
            if next(found, None) is None:
                unnoticed.append(route)
    assert unnoticed == []


def test_no_role_reaches_rows_of_others_in_a_table(at: Doors) -> None:
    with connect(at.hub.owner_url) as owner:
        assert reached(owner, roles(at), at.border.foreign.tenant_id) == set()


def test_a_policy_that_lets_everybody_in_is_noticed(at: Doors) -> None:
    unnoticed, tried = [], 0
    with connect(at.hub.owner_url) as owner:
        for policy in policies(owner):
            with policy.loosened(owner):
                if not reached(owner, roles(at), at.border.foreign.tenant_id, policy.table):
                    unnoticed.append(f"{policy.name} of {policy.table}")
            tried += 1
    assert unnoticed == []
    assert tried > 10
