"""What surrounds every page of somebody who is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from regionhub.access import Principal, Visit
from regionhub.archive import fates as operations
from regionhub.registry import sites
from regionhub.store.database import Connection


@dataclass(frozen=True, slots=True)
class Frame:
    """Reader, the towns this reader sees, and long work under way."""

    viewer: Principal
    tenants: list[dict[str, Any]]
    progress: list[dict[str, Any]]

    @property
    def several(self) -> bool:
        """Whether pages have to say which town something belongs to."""
        return len(self.tenants) > 1

    @property
    def town_names(self) -> dict[int, str]:
        """Names of the towns by id."""
        return {tenant["tenant_id"]: tenant["name"] for tenant in self.tenants}

    def values(self) -> dict[str, Any]:
        """What the base template needs."""
        return {
            "viewer": self.viewer,
            "tenants": self.tenants,
            "progress": self.progress,
            "several": self.several,
            "town_options": [(tenant["tenant_id"], tenant["name"]) for tenant in self.tenants],
        }


@contextmanager
def open_town(visit: Visit) -> Iterator[tuple[Connection, Frame]]:
    """A connection under the reader's town, and the frame read through it."""
    with visit.town() as connection:
        frame = Frame(visit.principal, sites.tenants(connection), operations.progress(connection))
        yield connection, frame
