"""Whether this process works; for supervisors and Prometheus."""

from __future__ import annotations

import anyio
import anyio.to_thread
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from regionhub.store.database import Database
from regionhub.store.migrate import check_version
from regionhub.web.api.errors import Problem
from regionhub.web.api.metrics import Metrics

routes = APIRouter(
    tags=["operations"], responses={"default": {"model": Problem, "description": "Every error."}}
)


class Fine(BaseModel):
    """All is well."""

    status: str = "ok"


@routes.get("/healthz")
async def healthz() -> Fine:
    """Say that the process lives."""
    return Fine()


@routes.get("/readyz")
async def readyz(request: Request) -> Fine:
    """Say that the database can be reached and has the version of this program, else 503."""
    # anybody may ask: however many do, they take one thread and one connection
    await anyio.to_thread.run_sync(_check, request, limiter=request.app.state.supervision)
    return Fine()


@routes.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """Figures for Prometheus, for who has the token (or asks from this machine if none is set)."""
    own: Metrics = request.app.state.metrics
    own.check(request)
    text = await anyio.to_thread.run_sync(own.text, limiter=request.app.state.supervision)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _check(request: Request) -> None:
    database: Database = request.app.state.database
    with database.transaction() as connection:
        check_version(connection, request.app.state.schema)


def supervision() -> anyio.CapacityLimiter:
    """The thread that supervisors are answered with; made in the event loop."""
    return anyio.CapacityLimiter(1)
