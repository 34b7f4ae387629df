"""Whatever is sent, the answer is never a 500."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import quote_plus

import pytest
from fastapi.routing import APIRoute
from tests.hub import Hub
from tests.routes import ROUTES

VALUES = [
    "", "0", "-1", "1", "2147483647", "2147483648", "9223372036854775808", "1e400", "NaN",
    "Infinity", "null", "true", "\x00", "a\x00b", "'; drop table core.site; --", "%", "\ud7ff",
    "💧", "\u202e", "../../etc/passwd", "{}", "[]", "2026-01-01T00:00:00Z",
    "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z",
    "2026-01-01T00:00:00+99:99", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z", "2199-12-31T23:59:59Z", "raw", "daily", "csv", "tree", "x" * 5000,
]  # fmt: skip
JSON: list[Any] = [
    None, True, 0, -1, 1e308, 10**30, "", "x", "\x00", "tree", "a84041000000beef", "acme/soil",
    "💧" * 50, [], {}, [[]], {"a": {}}, ["read"], "2026-01-01T00:00:00Z", 51.5, 3, "\u202e",
]  # fmt: skip
ANSWERING = [(method, route) for method, route in ROUTES if not route.path.endswith("/stream")]
NAMES = [f"{method} {route.path}" for method, route in ANSWERING]


def _fields(route: APIRoute) -> list[str]:
    if not route.dependant.body_params:
        return []
    model: Any = route.dependant.body_params[0].field_info.annotation
    return list(getattr(model, "model_fields", ()))  # a file has none


@pytest.mark.parametrize(("method", "route"), ANSWERING, ids=NAMES)
def test_wild_input(hub: Hub, method: str, route: APIRoute) -> None:
    chance = random.Random(route.path + method)
    client = hub.signed_in(hub.a.admin)
    own = {
        "site_id": hub.a.gauge,
        "device_id": hub.a.device,
        "datastream_id": hub.a.moisture,
        "api_key_id": 2**31 - 1,
        "replay_id": hub.a.replay,
        **hub.a.alarms,
        "vendor": "acme",
        "model": "soil",
        "version": "1",
        "time": "2026-01-01T00:00:00Z",
    }
    names = [field.alias for field in route.dependant.query_params]
    fields = _fields(route)
    if "login" in fields:
        fields = []  # counted as wrong passwords; its own tests try other bodies
    for _ in range(12 if names or fields else 4):
        path = route.path
        for name, value in own.items():
            wild = quote_plus(chance.choice(VALUES)) or "0"
            path = path.replace(f"{{{name}}}", str(value) if chance.random() < 0.8 else wild)
        query = "&".join(
            f"{name}={quote_plus(chance.choice(VALUES))}" for name in names if chance.random() < 0.4
        )
        body: Any = {name: chance.choice(JSON) for name in fields if chance.random() < 0.7}
        answer = client.request(
            method, f"{path}?{query}" if query else path, json=body if method != "GET" else None
        )
        assert answer.status_code < 500, (path, query, body, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
