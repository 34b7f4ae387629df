"""Ingest as a town sees it; health and metrics as supervisors see them; errors."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.hub import Hub
from tests.served import running

from regionhub.cli.assembly import web_app
from regionhub.errors import StoreUnavailable
from regionhub.profiles import DeviceProfile
from regionhub.store.database import Database


@pytest.fixture
def client(hub: Hub) -> httpx.Client:
    return hub.client(key=hub.a.key)


def test_dead_letters(client: httpx.Client, hub: Hub) -> None:
    for _ in range(3):
        hub.a.town.dead_letter("unknown_device", body=b"z" * 5000)
    whole = client.get("/api/v1/dead-letters").json()["items"]
    first = whole[-1]
    assert first["dead_letter_id"] == hub.a.dead_letter
    assert first["body_text"] == "\ufffd{a}"
    assert base64.b64decode(first["body_base64"]) == b"\xff{a}"
    assert len(whole[0]["body_text"]) == 4096
    assert whole[0]["body_bytes"] == 5000
    seen, path = [], "/api/v1/dead-letters?limit=2"
    while path:
        page = client.get(path).json()
        seen += page["items"]
        path = page["next"]
    assert seen == whole
    only = client.get("/api/v1/dead-letters", params={"reason": "not_parseable"}).json()["items"]
    assert only == [first]
    assert client.get("/api/v1/dead-letters", params={"source": hub.b.source}).json()["items"] == []


def test_statistics_add_up(client: httpx.Client, hub: Hub) -> None:
    answer = client.get("/api/v1/ingest/statistics").json()
    assert answer["messages"] == 13 == sum(row["messages"] for row in answer["items"])
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    answer = client.get(
        "/api/v1/ingest/statistics",
        params={"from": (hour - timedelta(minutes=1)).isoformat(), "to": hour.isoformat()},
    ).json()
    assert datetime.fromisoformat(answer["from"]) == hour - timedelta(hours=1)
    assert datetime.fromisoformat(answer["to"]) == hour
    assert answer["messages"] == 5
    answer = client.get("/api/v1/ingest/statistics", params={"source": hub.b.source}).json()
    assert answer["messages"] == 0


def test_a_source_is_not_connected_while_ingest_does_not_run(
    client: httpx.Client, hub: Hub
) -> None:
    hub.a.town.source_state(hub.a.source, connected_since=hub.world.ago(days=1))

    def state(seconds: int) -> tuple[bool, str | None]:
        hub.owner.execute(
            "update core.source_state set updated_at = now() - make_interval(secs => %s) "
            "where source_id = %s",
            [seconds, hub.a.source],
        )
        [source] = client.get("/api/v1/sources").json()["items"]
        return source["connected_since"] is not None, source["problem"]

    assert state(2) == (True, None)
    assert state(600) == (False, "ingest_not_running")


def test_sessions_of_a_source_are_put_together(client: httpx.Client, hub: Hub) -> None:
    key = {"id": hub.a.source}
    hub.owner.execute("delete from core.source_state where source_id = %(id)s", key)
    hub.owner.execute(
        "update core.source set created_at = now(), sessions = 2 where source_id = %(id)s", key
    )

    def source() -> dict[str, Any]:
        [found] = client.get("/api/v1/sources").json()["items"]
        return dict(found)

    new = source()
    assert (new["sessions"], new["problem"], new["reported_at"]) == (2, None, None)
    assert (new["lag_seconds"], new["connected_since"]) == (None, None)
    hub.owner.execute(
        "update core.source set created_at = now() - interval '1 day' where source_id = %(id)s", key
    )
    assert source()["problem"] == "ingest_not_running"
    day = datetime(2026, 5, 1, tzinfo=UTC)
    for session, messages, lag in ((0, 30, 0.5), (1, 12, 75)):
        hub.a.town.source_state(
            hub.a.source,
            session=session,
            connected_since=day.replace(hour=6 + session),
            last_message_at=day.replace(hour=8 + session),
            messages_last_minute=messages,
            lag_seconds=lag,
        )
    both = source()
    assert (both["sessions"], both["sessions_connected"], both["problem"]) == (2, 2, None)
    assert both["connected_since"].startswith("2026-05-01T06:00:00")
    assert both["last_message_at"].startswith("2026-05-01T09:00:00")
    assert (both["messages_last_minute"], both["lag_seconds"]) == (42, 75)

    hub.owner.execute(
        "update core.source_state set connected_since = null, problem = 'wrong_password', "
        "problem_detail = 'Not authorized' where session = 1 and source_id = %(id)s",
        key,
    )
    half = source()
    assert (half["sessions_connected"], half["connected_since"]) == (1, None)
    assert (half["problem"], half["problem_detail"]) == ("wrong_password", "Not authorized")
    assert half["explanation_de"].startswith("Der Broker mqtt://broker.example:1883 weist")
    assert half["explanation_en"].startswith("The broker mqtt://broker.example:1883 turns")

    # a session that nobody has reported for three minutes is held by nobody
    hub.owner.execute(
        "update core.source_state set updated_at = now() - interval '4 minutes' "
        "where session = 1 and source_id = %(id)s",
        key,
    )
    one = source()
    assert (one["sessions_connected"], one["problem"]) == (1, "session_unheld")
    assert (one["messages_last_minute"], one["connected_since"]) == (30, None)
    # one that is too much may go without a word
    hub.owner.execute("update core.source set sessions = 1 where source_id = %(id)s", key)
    less = source()
    assert (less["sessions"], less["problem"]) == (1, None)
    assert less["connected_since"].startswith("2026-05-01T06:00:00")
    hub.owner.execute(
        "update core.source_state set updated_at = now() - interval '4 minutes' "
        "where source_id = %(id)s",
        key,
    )
    gone = source()
    assert (gone["problem"], gone["sessions_connected"], gone["lag_seconds"]) == (
        "ingest_not_running",
        0,
        None,
    )
    assert gone["reported_at"] is not None
    hub.owner.execute("update core.source set enabled = false where source_id = %(id)s", key)
    assert source()["problem"] is None
    hub.owner.execute("update core.source set enabled = true where source_id = %(id)s", key)


def test_decode_errors_by_profile(client: httpx.Client, hub: Hub) -> None:
    for number, (ago, reason) in enumerate(
        ((0, "not_decodable"), (3, "not_decodable"), (30, "not_decodable"), (0, "unknown_device"))
    ):
        hub.a.town.dead_letter(
            reason,
            digest=f"decode{number}".encode(),
            detail=f"codec: {ago}",
            dev_eui=hub.a.sensor.dev_eui,
            last_received_at=hub.world.ago(days=ago),
        )
    try:
        [row] = client.get("/api/v1/ingest/decode-errors").json()["items"]
        counts = (row["messages"], row["messages_week"], row["messages_today"], row["devices"])
        assert counts == (3, 2, 1, 1)
        assert (row["profile_id"], row["reason"]) == ("acme/soil", "not_decodable")
        assert row["example"] == "codec: 0"
        hub.owner.execute(
            "update core.dead_letter set resolved_at = now(), outcome = 'stored', "
            "resolved_by = 'anna' "
            "where digest = 'decode0'"
        )
        [row] = client.get("/api/v1/ingest/decode-errors").json()["items"]
        assert row["messages"] == 2, "one was processed again"
        other = hub.client(key=hub.b.key).get("/api/v1/ingest/decode-errors")
        assert other.json()["items"] == []
    finally:
        hub.owner.execute("delete from core.dead_letter where digest like 'decode%'")


def test_sources_have_no_password(client: httpx.Client) -> None:
    answer = client.get("/api/v1/sources")
    assert [row["name"] for row in answer.json()["items"]] == ["LNS"]
    assert "password" not in answer.text


class TestErrors:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/api/v1/none", 404),
            ("GET", "/none", 404),
            ("PUT", "/api/v1/sites", 405),
            ("GET", "/api/v1/sites/0", 422),
            ("GET", "/api/v1/sites/99999999999999999999", 422),
            ("GET", "/api/v1/sites/x", 422),
            ("GET", "/api/v1/sites/1?x=1", 422),
            ("GET", "/api/v1/me?x=1", 422),
        ],
    )
    def test_every_error_is_a_problem(
        self, client: httpx.Client, method: str, path: str, status: int
    ) -> None:
        answer = client.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert body["type"] == "about:blank"
        assert body["status"] == status
        assert body["title"]
        assert body["detail"]

    def test_broken_json(self, client: httpx.Client) -> None:
        headers = {"content-type": "application/json"}
        deep = b"[" * 100_000
        for content in (b"{", b"\xff", b"[1", deep, b"NaN", b'{"name": NaN, "kind": "tree"}'):
            answer = client.post("/api/v1/sites", content=content, headers=headers)
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            ("/latest?quantity=humidty", "is no quantity of this hub; see /api/v1/quantities"),
            ("/dead-letters?reason=lost", "must be one of not_parseable"),
            ("/dead-letter-groups?reason=x", "must be one of not_parseable"),
            ("/ingest/statistics?from=2026-02-30T00:00:00Z", "must be a time that exists"),
            ("/ingest/statistics?from=2026-02-03", "must be a time that exists"),
            ("/sites?limit=1_0", "must be a whole number, in digits only"),
        ],
    )
    def test_what_is_wrong_is_said_at_once(
        self, client: httpx.Client, path: str, message: str
    ) -> None:
        answer = client.get(f"/api/v1{path}")
        assert answer.status_code == 422
        [wrong] = answer.json()["errors"]
        assert wrong["message"].startswith(message)

    def test_what_is_wrong_with_a_body(self, client: httpx.Client) -> None:
        body = {"dev_eui": None, "name": "D", "profile_id": "acme/soil"}
        [wrong] = client.post("/api/v1/devices", json=body).json()["errors"]
        assert wrong["location"] == ["body", "dev_eui"]
        assert wrong["message"].startswith("must be a DevEUI")
        assert "None" not in wrong["message"]

    def test_large_bodies(self, client: httpx.Client) -> None:
        answer = client.post("/api/v1/sites", content=b" " * 1_100_000)
        assert answer.status_code == 413
        pieces = (b" " * 100_000 for _ in range(20))
        assert client.post("/api/v1/sites", content=pieces).status_code == 413

    def test_answers_are_not_kept_by_caches(self, client: httpx.Client) -> None:
        answer = client.get("/api/v1/sites")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize(
        ("error", "status"), [(StoreUnavailable("secret host"), 503), (ValueError("secret"), 500)]
    )
    def test_nothing_internal_leaks(
        self, hub: Hub, profile: DeviceProfile, error: Exception, status: int
    ) -> None:
        class Broken(Database):
            def transaction(self) -> Any:
                raise error

        database = Broken(hub.owner_url)
        app = web_app(database, profiles={profile.id: profile})
        with running(app) as url, httpx.Client(base_url=url, verify=False) as client:
            for path in ("/readyz", "/api/v1/sites", "/metrics"):
                headers = {"Authorization": "Bearer rhk_x", "Connection": "close"}
                answer = client.get(path, headers=headers)
                assert answer.status_code == status
                assert answer.headers["content-type"] == "application/problem+json"
                assert "secret" not in answer.text
                assert ("retry-after" in answer.headers) == (status == 503)
            assert client.get("/healthz").status_code == 200


class TestMetrics:
    def test_requests_by_template(self, client: httpx.Client, hub: Hub) -> None:
        client.get(f"/api/v1/sites/{hub.a.tree}")
        client.get("/no/such/page")
        text = client.get("/metrics").text
        assert 'route="/api/v1/sites/{site_id}",status="200"' in text
        assert 'route="none",status="404"' in text
        assert f"/sites/{hub.a.tree}" not in text

    def test_messages_come_from_the_database(self, client: httpx.Client, hub: Hub) -> None:
        text = client.get("/metrics").text
        labels = f'fate="stored",reason="",source="LNS",tenant="{hub.b.slug}"'
        assert f"regionhub_messages_total{{{labels}}} 12.0" in text

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
    def test_through_a_proxy_it_needs_a_token(self, hub: Hub, header: str) -> None:
        answer = hub.client().get("/metrics", headers={header: "127.0.0.1"})
        assert answer.status_code == 403

    def test_token(self, hub: Hub, profile: DeviceProfile) -> None:
        with Database(hub.owner_url, size=2, role="api") as database:
            app = web_app(database, profiles={}, metrics_token="s3cret")
            with running(app) as url, httpx.Client(base_url=url, verify=False) as client:
                assert client.get("/metrics").status_code == 401
                for wrong in ("Bearer no", "s3crets", "Bearer \xff"):
                    headers = {b"Authorization": wrong.encode("latin-1")}
                    assert client.get("/metrics", headers=headers).status_code in {400, 401}
                right = {"Authorization": "Bearer s3cret", "X-Forwarded-For": "1.2.3.4"}
                assert client.get("/metrics", headers=right).status_code == 200


def test_ready_only_with_the_right_version(hub: Hub) -> None:
    client = hub.client()
    assert client.get("/readyz").status_code == 200
    hub.owner.execute("insert into core.migration (name, digest) values ('9999_future', '')")
    try:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "version" in answer.json()["detail"]
    finally:
        hub.owner.execute("delete from core.migration where name = '9999_future'")


def test_openapi_is_worth_reading(hub: Hub) -> None:
    paths = hub.client().get("/api/v1/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            assert operation["description"], (method, path)
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "query":
                    assert parameter["description"], (method, path, parameter["name"])
