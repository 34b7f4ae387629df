"""HEAD: what GET would answer, without the body."""

from __future__ import annotations

import httpx
import pytest
from tests.hub import Hub

#: They change with every request.
_OWN = {"date", "x-request-id"}


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/sites",
        "/api/v1/sites/999999",
        "/api/v1/sites?unknown=1",
        "/api/v1/datastreams/{moisture}/readings?format=csv",
        "/api/v1/nothing",
        "/api/v1/openapi.json",
        "/healthz",
        "/readyz",
        "/",
        "/pegel",
        "/anmelden",
        "/static/portal.css",
        "/nothing",
    ],
)
def test_head_answers_as_get(hub: Hub, path: str) -> None:
    client = hub.signed_in(hub.a.viewer)
    path = path.format(moisture=hub.a.moisture)
    accept = {"accept": "text/html"}
    full, bare = client.get(path, headers=accept), client.head(path, headers=accept)
    assert bare.status_code == full.status_code
    assert bare.content == b""
    assert set(bare.headers) - _OWN == set(full.headers) - _OWN
    assert bare.headers.get("content-type") == full.headers.get("content-type")
    if "html" not in bare.headers.get("content-type", ""):  # pages name the minute
        assert bare.headers.get("content-length") == full.headers.get("content-length")


def test_head_of_the_stream_ends(hub: Hub) -> None:
    client = hub.signed_in(hub.a.viewer)
    for _ in range(3):  # and the connection can be used again
        answer = client.head("/api/v1/stream", timeout=5)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert client.get("/api/v1/sites").status_code == 200


def test_head_changes_nothing(hub: Hub) -> None:
    client = hub.signed_in(hub.a.editor)
    assert client.head("/eingang/nachholen").status_code == 405
    assert client.head("/abmelden").status_code == 405
    assert client.get("/api/v1/sites").status_code == 200
    with pytest.raises(httpx.HTTPStatusError):
        hub.client().head("/api/v1/sites").raise_for_status()
