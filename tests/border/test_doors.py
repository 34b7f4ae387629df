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
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from psycopg import sql

from regionhub.features import FEATURES
from regionhub.web.api.app import ROUTERS
from regionhub.web.portal import PAGES
from tests.border.locks import policies, reached, unlocked
from tests.border.readers import Doors, Rank, Reader, doors, fingerprint, ids
from tests.border.towns import RESOLUTIONS, build
from tests.rows import connect
from tests.world import World


def parameters(dependant: Dependant) -> set[str]:
    """What may stand behind the question mark."""
    found = {field.alias for field in dependant.query_params}
    return found.union(*(parameters(part) for part in dependant.dependencies))


ROUTES = {
    (method, route.path): parameters(route.dependant)
    for router in (
        *ROUTERS,
        *PAGES,
        *(router for feature in FEATURES for router in (*feature.routes, *feature.pages)),
    )
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
}
#: Who may come in without being known.
FOR_ANYONE = {
    *(("GET", path) for path in ("/healthz", "/readyz", "/metrics", "/anmelden", "/favicon.ico")),
    *(
        ("GET", path)
        for path in ("/sprache/{code}", "/static/{path:path}", "/kennwort-setzen/{token}")
    ),
    *(("POST", path) for path in ("/anmelden", "/abmelden", "/kennwort-setzen/{token}")),
    *((method, "/alarm/{token}") for method in ("GET", "POST")),
    *((method, "/api/v1/session") for method in ("POST", "DELETE")),
}
#: Everybody who is known changes what is their own.
FOR_ONESELF = {("POST", "/konto/kennwort"), ("POST", "/konto/sitzungen")}
#: Pages of a person's own account, which a key has not; figures of the hub, for its operator.
FOR_OTHERS = {("GET", "/konto"), ("GET", "/metrics")}
CHANGED = ("geraete/{device_id}", "standorte/{site_id}")
DONE_TO_DEVICES = ("umsetzen", "tauschen", "ausbauen", "aufgeben", "wieder")
FOR_EDITORS = {
    ("POST", "/api/v1/sites"),
    ("PATCH", "/api/v1/sites/{site_id}"),
    ("POST", "/api/v1/devices"),
    ("PATCH", "/api/v1/devices/{device_id}"),
    ("POST", "/api/v1/devices/{device_id}/installation"),
    ("DELETE", "/api/v1/devices/{device_id}/installation"),
    ("POST", "/api/v1/replays"),
    ("POST", "/eingang/nachholen"),
    ("POST", "/api/v1/alarms/{alarm_id}/acknowledgement"),
    ("POST", "/alarme/{alarm_id}/quittieren"),
    ("POST", "/api/v1/imports"),
    *((method, "/api/v1/installations/{installation_id}") for method in ("PATCH", "DELETE")),
    *((method, "/geraete/{device_id}/einbau/{installation_id}") for method in ("GET", "POST")),
    *((method, f"/{what}/aendern") for method in ("GET", "POST") for what in CHANGED),
    *(("POST", f"/geraete/{{device_id}}/{what}") for what in DONE_TO_DEVICES),
    *(("POST", f"/standorte/{{site_id}}/{what}") for what in ("loeschen", "foto")),
    *(
        (method, f"/anlegen/{what}")
        for method in ("GET", "POST")
        for what in ("geraet", "standort")
    ),
    ("POST", "/anlegen/geraet/etikett"),
    *(("GET", f"/anlegen{rest}") for rest in ("", "/geraet/parameter")),
    *(("POST", f"/anlegen/datei{rest}") for rest in ("", "/ja")),
}
FOR_ADMINS = {
    *((method, "/api/v1/api-keys") for method in ("GET", "POST")),
    ("DELETE", "/api/v1/api-keys/{api_key_id}"),
    *((method, "/personen") for method in ("GET", "POST")),
    ("GET", "/personen/{account_id}"),
    *(("POST", f"/loesungen/{{name}}{rest}") for rest in ("", "/beenden")),
    *(("POST", f"/personen/{{account_id}}/{what}") for what in ("rolle", "link", "{what}")),
    ("POST", "/api/v1/alarm-rules"),
    *((method, "/api/v1/alarm-rules/{rule_id}") for method in ("PATCH", "DELETE")),
    ("PUT", "/api/v1/alarm-rules/{rule_id}/limits/{site_id}"),
    *(
        (method, f"/api/v1/alarm-{noun}s")
        for noun in ("contact", "chain")
        for method in ("GET", "POST")
    ),
    *(("DELETE", f"/api/v1/alarm-{noun}s/{{{noun}_id}}") for noun in ("contact", "chain")),
    *((method, "/alarme/empfaenger") for method in ("GET", "POST")),
    ("GET", "/alarme/regeln/neu"),
    *(
        ("POST", f"/alarme/{path}")
        for path in (
            *("regeln", "regeln/{rule_id}/grenze", "regeln/{rule_id}/{what}", "ketten", "uebung"),
            *("empfaenger/{contact_id}/loeschen", "ketten/{chain_id}/stufe"),
            "ketten/{chain_id}/{what}",
        )
    ),
}
#: A change that would be right.
BODIES: dict[str, dict[str, object]] = {
    "/api/v1/sites/{site_id}": {"name": "Stolen"},
    "/api/v1/devices/{device_id}": {"name": "Stolen"},
    "/api/v1/devices/{device_id}/installation": {},
    "/api/v1/alarm-rules/{rule_id}": {"enabled": False},
    "/api/v1/alarm-rules/{rule_id}/limits/{site_id}": {"limit_value": None},
    "/api/v1/installations/{installation_id}": {"why": "Stolen", "depth_cm": 1},
}
#: Parameters that name a thing, and by which of its ids.
NAMES = {
    **{name: name for name in ("site_id", "device_id", "datastream_id", "source_id", "ort")},
    **{name: f"{name}_id" for name in ("site", "device", "datastream", "source")},
}
WORDS = {
    "name": "flood",
    "vendor": "x",
    "model": "y",
    "version": "z",
    "code": "de",
    "path": "portal.css",
    "token": "x",
    "what": "sperren",
    "dev_eui": "ffffffffffff0001",
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


def needed(method: str, route: str) -> Rank:
    """The rights that a route asks for, as it was decided."""
    for rank, routes in (("anyone", FOR_ANYONE), ("editor", FOR_EDITORS), ("admin", FOR_ADMINS)):
        if (method, route) in routes:
            return rank  # type: ignore[return-value]
    assert method == "GET" or (method, route) in FOR_ONESELF, f"who may {method} {route}?"
    return "viewer"


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
    usual = question.of in {"all", "nothing"} and bool(reader.towns) and rank != "anyone"
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
    decided = FOR_ANYONE | FOR_ONESELF | FOR_EDITORS | FOR_ADMINS
    assert decided <= ROUTES.keys()


def test_no_page_and_no_route_shows_anything_of_others(at: Doors) -> None:
    asked = list(questions(at, {"GET"}))
    wrong = [
        fault
        for reader in at.readers
        for question in asked
        if question[:2] not in FOR_OTHERS
        for fault in faults(reader, question, at.hidden(reader.towns, granted=reader.granted))
    ]
    assert "\n".join(wrong) == ""
    assert len(asked) * len(at.readers) > 2000


def test_nobody_changes_anything_of_others(at: Doors) -> None:
    others = (at.border.giver, at.border.foreign)
    before = fingerprint(at.border.world, others)
    wrong = [
        fault
        for reader in at.readers
        for question in questions(at, {"POST", "PUT", "PATCH", "DELETE"})
        if question.of != "own"
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
