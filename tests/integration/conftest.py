"""A real PostgreSQL for each worker, databases cloned from one migrated template, a running hub."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import LiteralString

import httpx
import pytest
from fastapi import FastAPI

from regionhub.access import accounts
from regionhub.access.accounts import create_api_key
from regionhub.access.passwords import hash_password
from regionhub.cli.assembly import web_app
from regionhub.profiles import DeviceProfile
from regionhub.registry.sources import create_source
from regionhub.registry.tenants import create_tenant
from regionhub.store.database import Connection, Database, connect
from regionhub.web.api.server import Server

ServeApp = Callable[[FastAPI], AbstractContextManager[str]]
PASSWORD = "correct horse battery"  # gitleaks:allow


@cache
def password_hash() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """The owner's URL of a migrated database of this test's own."""
    return new_database()


@dataclass
class Town:
    """A town with a device at each kind of site; one reading each ten minutes for a day."""

    slug: str
    tenant_id: int
    key: str
    admin: str
    editor: str
    viewer: str
    tree: int = 0
    gauge: int = 0
    device: int = 0
    gauge_device: int = 0
    moisture: int = 0
    distance: int = 0
    source: int = 0
    dead_letter: int = 0
    replay: int = 0


@dataclass
class Hub:
    """A running server with two towns and a region."""

    url: str
    owner_url: str
    app: FastAPI
    owner: Connection
    a: Town
    b: Town
    region: Town
    clients: ExitStack = field(default_factory=ExitStack)

    def client(self, *, key: str | None = None) -> httpx.Client:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        # no TLS here, and loading the certificates of the machine takes longer than a test
        return self.clients.enter_context(
            httpx.Client(base_url=self.url, headers=headers, timeout=20, verify=False)
        )

    def signed_in(self, login: str) -> httpx.Client:
        """A browser with a session; without the password check, which is slow on purpose."""
        client = self.client()
        account = accounts.account_by_login(self.owner, login)
        assert account is not None
        token = accounts.create_session(self.owner, account.account_id, timedelta(hours=1))
        client.cookies.set("regionhub", token)
        return client


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Serve the application on a free port; yields its address."""
    server = Server(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def serve_app() -> ServeApp:
    """`running`, for tests with an application of their own."""
    return running


@pytest.fixture(scope="session")
def profile() -> DeviceProfile:
    """A soil sensor with a parameter."""
    return DeviceProfile.model_validate(
        {
            "id": "acme/soil",
            "version": "1",
            "codec": "function decodeUplink(input) { return {data: {}}; }",
            "vendor": "Acme",
            "model": "Soil",
            "name": "Acme Soil",
            "description": {"de": "Bodenfeuchte", "en": "Soil moisture"},
            "lorawan": {"mac_version": "1.0.3"},
            "interval_minutes": 10,
            "parameters": {
                "depth": {
                    "type": "number",
                    "default": 30,
                    "min": 0,
                    "max": 100,
                    "description": {"de": "Tiefe", "en": "Depth"},
                }
            },
            "measurements": [{"field": "moisture", "quantity": "soil_moisture_vwc", "unit": "%"}],
            "examples": [{"description": "none", "f_port": 1, "bytes": "00", "error": "x"}],
        }
    )


@pytest.fixture(scope="module")  # some files change what they find
def hub(new_database: Callable[[], str], profile: DeviceProfile) -> Iterator[Hub]:
    """Serve two towns and a region, under the api role."""
    owner_url = new_database()
    api_url = owner_url.replace("postgres@", "rh_api@")
    with ExitStack() as stack:
        owner = stack.enter_context(connect(owner_url, autocommit=True))
        a = _town(owner, "arnsberg", "05958004", "municipality", share=True)
        b = _town(owner, "olpe", "05966024", "municipality", share=False)
        region = _town(owner, "suedwestfalen", None, "region", share=False)
        database = stack.enter_context(Database(api_url, size=6, role="api"))
        app = web_app(database, profiles={profile.id: profile}, secure_cookies=False)
        url = stack.enter_context(running(app))
        hub = Hub(url=url, owner_url=owner_url, app=app, owner=owner, a=a, b=b, region=region)
        stack.enter_context(hub.clients)
        yield hub


def _town(owner: Connection, slug: str, ags: str | None, kind: str, *, share: bool) -> Town:
    tenant = create_tenant(
        owner, slug=slug, name=slug.title(), kind=kind, ags=ags, shares_with_region=share
    )
    for role in ("admin", "editor", "viewer"):
        owner.execute(
            "insert into auth.account (tenant_id, login, display_name, password_hash, role) "
            "values (%s, %s, %s, %s, %s)",
            [tenant, f"{role}@{slug}.example", role.title(), password_hash(), role],
        )
    town = Town(
        slug=slug,
        tenant_id=tenant,
        key=create_api_key(owner, tenant_id=tenant, name="test", scopes=["read", "write"]).secret,
        admin=f"admin@{slug}.example",
        editor=f"editor@{slug}.example",
        viewer=f"viewer@{slug}.example",
    )
    if kind != "region":
        _furnish(owner, town)
    return town


def _furnish(owner: Connection, town: Town) -> None:
    def one(statement: LiteralString, *values: object) -> int:
        row = owner.execute(statement, values).fetchone()
        assert row is not None
        return int(next(iter(row.values())))

    tenant = town.tenant_id
    town.source = create_source(
        owner,
        tenant_id=tenant,
        name="LNS",
        format="chirpstack-v4",
        broker_url="mqtt://broker.example:1883",
        topics=["application/#"],
        username="hub",
        password="the broker's password",
    )
    town.tree = one(
        "insert into core.site (tenant_id, name, kind, latitude, longitude) "
        "values (%s, 'Linde', 'tree', 51.39, 8.06) returning site_id",
        tenant,
    )
    town.gauge = one(
        "insert into core.site (tenant_id, name, kind, water_body, gauge_zero_m, stage_1_cm) "
        "values (%s, 'Brücke', 'gauge', 'Ruhr', 180, 200) returning site_id",
        tenant,
    )
    for number, (site, quantity) in enumerate(
        [(town.tree, "soil_moisture_vwc"), (town.gauge, "distance")]
    ):
        device = one(
            "insert into core.device (tenant_id, dev_eui, name, profile_id, interval_seconds) "
            "values (%s, %s, %s, 'acme/soil', 600) returning device_id",
            tenant,
            f"{tenant:08x}{number:08x}",
            f"device {number}",
        )
        owner.execute(
            "insert into core.installation (tenant_id, device_id, site_id, "
            "from_time, mounting_height_cm) "
            "values (%s, %s, %s, now() - interval '900 days', 500)",
            [tenant, device, site],
        )
        stream = one(
            "insert into core.datastream (tenant_id, device_id, quantity) values (%s, %s, %s) "
            "returning datastream_id",
            tenant,
            device,
            quantity,
        )
        owner.execute(
            "insert into core.reading (datastream_id, tenant_id, time, value, quality) "
            "select %s, %s, now() - make_interval(mins => 10 * i + 1), 20 + i %% 10, 1 "
            "from generate_series(0, 143) i",
            [stream, tenant],
        )
        owner.execute(
            "insert into core.latest (datastream_id, tenant_id, time, value, "
            "quality, unchanged_since, received_at) "
            "select datastream_id, tenant_id, time, value, quality, time, time from core.reading "
            "where datastream_id = %s order by time desc limit 1",
            [stream],
        )
        if quantity == "distance":
            town.gauge_device, town.distance = device, stream
        else:
            town.device, town.moisture = device, stream
    town.dead_letter = one(
        "insert into core.dead_letter (tenant_id, source_id, topic, body, "
        "body_bytes, digest, reason, detail, "
        "first_received_at, last_received_at) values (%s, %s, 'application/1', "
        "%s, 4, %s, 'not_parseable', "
        "'no JSON', now(), now()) returning dead_letter_id",
        tenant,
        town.source,
        b"\xff{a}",
        b"digest",
    )
    town.replay = one(
        "insert into core.replay (tenant_id, kind, requested_by, why, state) "
        "values (%s, 'uplinks', 'anna', 'codec corrected', 'done') returning replay_id",
        tenant,
    )
    owner.execute(
        "insert into core.removal (tenant_id, what, removed, messages, oldest, newest) "
        "values (%s, 'uplink', 3, 3, now() - interval '500 days', now() - interval '400 days')",
        [tenant],
    )
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for back, fate, messages in ((0, "stored", 7), (0, "dead_letter", 1), (1, "stored", 5)):
        owner.execute(
            "insert into core.ingest_fate (source_id, tenant_id, hour, fate, reason, messages) "
            "values (%s, %s, %s, %s, %s, %s)",
            [
                town.source,
                tenant,
                hour - timedelta(hours=back),
                fate,
                "not_parseable" if fate == "dead_letter" else "",
                messages,
            ],
        )
