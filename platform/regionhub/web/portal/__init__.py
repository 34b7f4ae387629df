"""Pages for people: crews, fire services, technicians, the operator of the hub."""

from __future__ import annotations

from regionhub.web.portal.rendering import Renderer
from regionhub.web.portal.router import create_router

__all__ = ["Renderer", "create_router"]
