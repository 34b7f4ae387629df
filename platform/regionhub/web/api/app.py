"""The web application: API, and the routers of whoever else answers requests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, FastAPI

from regionhub.access import Access
from regionhub.profiles import DeviceProfile
from regionhub.store.database import Database
from regionhub.store.migrate import Schema
from regionhub.web.api.errors import PROBLEM, ErrorPage, add_error_handlers
from regionhub.web.api.guards import Compress, Guards, Head
from regionhub.web.api.live import Live
from regionhub.web.api.metrics import CountRequests, Figures, Metrics
from regionhub.web.api.routes import (
    api_keys,
    calibrations,
    datastreams,
    devices,
    health,
    installations,
    provenance,
    references,
    session,
    site_groups,
    sites,
    stream,
    towns,
    vocabulary,
)

#: What the API answers whatever features there are.
ROUTERS: tuple[APIRouter, ...] = (
    session.routes,
    towns.routes,
    sites.routes,
    references.routes,
    site_groups.routes,
    devices.routes,
    installations.routes,
    installations.device_routes,
    calibrations.routes,
    datastreams.routes,
    datastreams.latest_routes,
    stream.routes,
    provenance.reading_routes,
    provenance.version_routes,
    vocabulary.quantity_routes,
    vocabulary.profile_routes,
    api_keys.routes,
    health.routes,
)

#: Of requests: a town has less than half of them, those that wait included (see Access).
_THREADS = 80
_DESCRIPTION = """\
Sensor data of a region's towns. Everything a caller sees belongs to its town or is shared with it.

- **Access**: a session cookie from `POST /api/v1/session`, or `Authorization: Bearer rhk_...`.
- **Times** are ISO 8601 with an offset; a period includes its start and not its end.
- **Units**: every quantity has one; see `/api/v1/quantities`.
- **Quality** is the QARTOD flag: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing.
- **Pages**: follow `next` until it is null.
- **Errors** are `application/problem+json` (RFC 9457).
"""


class _Application(FastAPI):
    """Describes errors as what they are answered as."""

    def openapi(self) -> dict[str, Any]:
        """The description of the API."""
        document = super().openapi()
        for methods in document["paths"].values():
            for operation in methods.values():
                content = operation["responses"]["default"]["content"]
                for media_type in [name for name in content if name != PROBLEM]:
                    content[PROBLEM] = content.pop(media_type)
        return document


def create_app(
    database: Database,
    *,
    schema: Schema,
    profiles: Mapping[str, DeviceProfile],
    secure_cookies: bool = True,
    metrics_token: str = "",
    session_lifetime: timedelta = timedelta(hours=12),
    routers: Sequence[APIRouter] = (),
    error_page: ErrorPage | None = None,
    figures: Sequence[Figures] = (),
    large_bodies: Mapping[str, int] | None = None,
) -> FastAPI:
    """Put the application together.

    Args:
        database: opened by the caller, under the api role.
        schema: what the database has to be made of.
        profiles: the device profiles by id.
        secure_cookies: send the session cookie over HTTPS only.
        metrics_token: bearer token for /metrics; empty lets in this machine only.
        session_lifetime: how long somebody stays signed in.
        routers: further routers: those of features and of the portal.
        figures: more numbers for Prometheus.
        large_bodies: how many bytes of a file these paths take; others `guards.MAX_BODY_BYTES`.
        error_page: makes a page out of an error for requests outside the API that want HTML.
    """
    live = Live(database)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.stream_readers = stream.readers()
        app.state.supervision = health.supervision()
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        live.start()
        yield
        live.close()
        live.join()

    app = _Application(
        title="regionhub",
        version="1",
        description=_DESCRIPTION,
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        openapi_url="/api/v1/openapi.json",
        # its pages would load scripts from elsewhere
        docs_url=None,
        redoc_url=None,
        # a redirect would repeat whatever host was asked for
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.database = database
    app.state.schema = schema
    app.state.profiles = profiles
    app.state.access = Access(
        database, secure_cookies=secure_cookies, session_lifetime=session_lifetime
    )
    app.state.live = live
    app.state.metrics = Metrics(database, metrics_token, figures)
    for router in (*ROUTERS, *routers):
        app.include_router(router)
    add_error_handlers(app, error_page)
    app.add_middleware(Compress)
    app.add_middleware(Guards, large=large_bodies or {})
    app.add_middleware(CountRequests, metrics=app.state.metrics)
    app.add_middleware(Head)
    return app
