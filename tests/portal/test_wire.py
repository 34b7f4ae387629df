"""What goes over the wire: compressed answers, files that a browser keeps."""

from __future__ import annotations

import gzip
import re
from typing import Any

import httpx
import pytest

FILES = ["portal.css", "map.js", "logo.svg", "vendor/leaflet.js", "tones.css"]
PATHS = ["/", "/anmelden", "/static/portal.css", "/api/v1/sites", "/api/v1/openapi.json"]


def raw(client: httpx.Client, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """An answer with its body as it came."""
    with client.stream("GET", path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize("path", PATHS)
def test_answers_are_compressed_for_who_takes_them_so(portal: Any, path: str) -> None:
    with portal.client("town" if path != "/anmelden" else None) as client:
        packed, body = raw(client, path, **{"accept-encoding": "br, gzip"})
        plain, whole = raw(client, path, **{"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(body) < len(whole)
    assert "content-encoding" not in plain.headers
    assert int(plain.headers["content-length"]) == len(whole)
    for answer in (packed, plain):
        assert set(answer.headers.get_list("vary", split_commas=True)) == {"Accept-Encoding"}
    if "static" in path:
        assert gzip.decompress(body) == whole


def test_a_csv_file_is_compressed_while_it_is_sent(portal: Any) -> None:
    site = portal.sites["Ruhr Oberstadt"]
    path = f"/api/v1/gauges/{site}/levels?format=csv"
    with portal.client("town") as client:
        packed, body = raw(client, path, **{"accept-encoding": "gzip"})
        _, whole = raw(client, path, **{"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    lines = gzip.decompress(body).splitlines()
    assert lines[:40] == whole.splitlines()[:40]
    assert len(body) < len(whole) / 3


def test_events_are_never_compressed(portal: Any) -> None:
    with (
        portal.client("town") as client,
        client.stream("GET", "/api/v1/stream", headers={"accept-encoding": "gzip"}) as answer,
    ):
        assert "content-encoding" not in answer.headers
        assert next(answer.iter_raw()) == b": regionhub\n\n"


def test_an_answer_to_a_change_is_never_compressed(portal: Any) -> None:
    """A secret is answered there; see docs/api.md."""
    form = {"benutzername": "x", "kennwort": "y", "weiter": "/" + "a" * 900}
    with portal.client(None) as client:
        answer = client.post("/anmelden", data=form)
    assert len(answer.content) > 1000
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_file_that_did_not_change_is_not_sent_again(
    portal: Any, file: str, encoding: str
) -> None:
    with portal.client(None) as client:
        first, body = raw(client, f"/static/{file}", **{"accept-encoding": encoding})
        assert body
        again, nothing = raw(
            client,
            f"/static/{file}",
            **{"accept-encoding": encoding, "if-none-match": f'"other", W/{first.headers["etag"]}'},
        )
        other = "gzip" if encoding == "identity" else "identity"
        unlike, different = raw(
            client,
            f"/static/{file}",
            **{"accept-encoding": other, "if-none-match": first.headers["etag"]},
        )
    assert (again.status_code, nothing) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["vary"] == "Accept-Encoding"
    assert unlike.status_code == 200, "the other form of a file has another name"
    assert different != body


def test_no_page_holds_a_secret(portal: Any) -> None:
    """What an attacker could read from lengths of compressed pages: no token stands in any."""
    with portal.client("town") as client:
        secrets = [value for name, value in client.cookies.items() if "language" not in name]
        assert secrets
        for path in ("/", "/geraete", "/eingang", f"/standorte/{portal.sites['Ruhr Oberstadt']}"):
            page = client.get(path).text
            assert not any(secret in page for secret in secrets)
            assert not re.search(r"rhk_|csrf|token", page)
