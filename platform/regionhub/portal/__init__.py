"""Pages for people: crews, fire services, technicians, the operator of the hub."""

from __future__ import annotations

from regionhub.portal.rendering import Renderer
from regionhub.portal.router import create_router

__all__ = ["Renderer", "create_router"]
