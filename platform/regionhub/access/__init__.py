"""Who is asking: sign-in, sessions, keys, the town's connection. Shared by API and portal."""

from __future__ import annotations

from regionhub.access.principals import Principal, Role
from regionhub.access.requests import (
    Access,
    Admin,
    Editor,
    Operator,
    Viewer,
    Visit,
    refuse_cross_site,
    visit_or_none,
)

__all__ = [
    "Access",
    "Admin",
    "Editor",
    "Operator",
    "Principal",
    "Role",
    "Viewer",
    "Visit",
    "refuse_cross_site",
    "visit_or_none",
]
