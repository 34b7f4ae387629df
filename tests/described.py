"""What the API says of itself, made once: it takes long, and several files are made from it."""

from __future__ import annotations

from typing import Any

from regionhub.cli.assembly import web_app
from regionhub.store.database import Database

DESCRIBED: dict[str, Any] = web_app(
    Database("postgresql://nobody@nowhere/none"), profiles={}
).openapi()
