"""What surrounds every page of somebody who is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from regionhub.access import Principal, Visit
from regionhub.archive.progress import Progress, progress
from regionhub.registry.tenants import Tenant, tenants
from regionhub.store.database import Connection
from regionhub.web.portal.parts import Notice
from regionhub.web.portal.rendering import Page


@dataclass(frozen=True, slots=True)
class Frame:
    """Reader, the towns this reader sees, long work under way, and what every page says."""

    viewer: Principal
    tenants: list[Tenant]
    progress: list[Progress]
    notices: list[Notice]

    @property
    def several(self) -> bool:
        """Whether pages have to say which town something belongs to."""
        return len(self.tenants) > 1

    @property
    def town_names(self) -> dict[int, str]:
        """Names of the towns by id."""
        return {tenant.tenant_id: tenant.name for tenant in self.tenants}

    def town(self, tenant_id: int) -> str:
        """The name of a town where there are several, else nothing."""
        return self.town_names.get(tenant_id, "") if self.several else ""

    def values(self) -> dict[str, Any]:
        """What the base template needs."""
        return {
            "viewer": self.viewer,
            "tenants": self.tenants,
            "progress": self.progress,
            "notices": self.notices,
            "several": self.several,
            "town_options": [(tenant.tenant_id, tenant.name) for tenant in self.tenants],
        }


@contextmanager
def open_town(visit: Visit, page: Page) -> Iterator[tuple[Connection, Frame]]:
    """A connection under the reader's town, and the frame read through it."""
    with visit.town() as connection:
        notices = [
            notice
            for part in page.renderer.parts
            if part.notices is not None
            for notice in part.notices(connection, page.formats, page.gettext)
        ]
        frame = Frame(visit.principal, tenants(connection), progress(connection), notices)
        yield connection, frame
