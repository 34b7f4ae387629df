"""The parts put together out of the list of features: the database and the web application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI

from regionhub.cli.bench import CodecBench
from regionhub.cli.waiting import read_message
from regionhub.confined import Network
from regionhub.features import FEATURES
from regionhub.features.feature import Feature
from regionhub.features.onboarding.servers.register import Reach
from regionhub.features.solutions.new_town import Hub
from regionhub.profiles import DeviceProfile
from regionhub.sealing import Secrets
from regionhub.solutions import Manifest, read_catalogue
from regionhub.store import migrate as kit
from regionhub.store.database import Connection, Database
from regionhub.web.api.app import create_app
from regionhub.web.portal import PAGES, Renderer, error_page

#: Packages with tables and views, each before those that refer to it; those of features follow.
ROOMS = (
    "regionhub.store",
    "regionhub.registry",
    "regionhub.series",
    "regionhub.archive",
    "regionhub.access",
    "regionhub.signals",
)


def schema(features: Sequence[Feature] = FEATURES) -> kit.Schema:
    """What a database of a hub with these features is made of."""
    return kit.Schema(
        rooms=(*ROOMS, *(feature.package for feature in features)),
        signals=tuple(signal for feature in features for signal in feature.signals),
        words={name: states for feature in features for name, states in feature.words.items()},
    )


def migrate(
    connection: Connection,
    *,
    role_prefix: str | None = None,
    features: Sequence[Feature] = FEATURES,
) -> list[str]:
    """Bring a database to the version of this program; see `store.migrate.migrate`."""
    return kit.migrate(connection, schema(features), role_prefix=role_prefix)


def check_version(connection: Connection) -> None:
    """Refuse to work with a database of another version; see `store.migrate.check_version`."""
    kit.check_version(connection, schema())


@cache
def catalogue() -> Mapping[str, Manifest]:
    """What solutions say of themselves. Their dashboards, which take long to load, are not."""
    place = find_spec("regionhub_dashboards")
    assert place is not None
    assert place.submodule_search_locations
    return read_catalogue(Path(place.submodule_search_locations[0]) / "solutions")


def web_app(
    database: Database,
    *,
    profiles: Mapping[str, DeviceProfile],
    secure_cookies: bool = True,
    metrics_token: str = "",
    session_lifetime: timedelta = timedelta(hours=12),
    tile_url: str = "",
    tile_attribution: str = "",
    secrets: Secrets | None = None,
    hub: Hub | None = None,
    server_networks: Sequence[Network] = (),
    features: Sequence[Feature] = FEATURES,
) -> FastAPI:
    """API and portal with these features; for the options see `create_app` and `Renderer`.

    `secrets` seals what people enter that no dump of the database may tell; `hub` is for the pages
    of its operator, which there are not without; `server_networks` are where network servers may be
    asked to register devices, beside the internet.
    """
    renderer = Renderer(features, tile_url=tile_url, tile_attribution=tile_attribution)
    app = create_app(
        database,
        schema=schema(features),
        profiles=profiles,
        secure_cookies=secure_cookies,
        metrics_token=metrics_token,
        session_lifetime=session_lifetime,
        routers=[
            *(router for feature in features for router in feature.routes),
            *PAGES,
            *(router for feature in features for router in feature.pages),
        ],
        error_page=error_page,
        figures=[feature.figures for feature in features if feature.figures is not None],
        large_bodies={path: size for one in features for path, size in one.large_bodies.items()},
    )
    app.state.renderer = renderer
    app.state.secrets = secrets or Secrets()
    app.state.hub = hub
    app.state.reach = Reach(app.state.secrets, server_networks)
    app.state.solutions = catalogue()
    app.state.read_message = read_message
    app.state.bench = CodecBench()
    return app
