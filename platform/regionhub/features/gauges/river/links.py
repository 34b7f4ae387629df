"""The river: which gauge lies above which, as people entered it and as the data have timed it.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from regionhub.errors import Conflict, NotAllowed, NotFound
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "links")


_REFUSALS: Refusals = {
    pg.CheckViolation: Conflict(
        "A gauge does not lie above itself.", de="Ein Pegel liegt nicht oberhalb von sich selbst."
    ),
    pg.ExclusionViolation: Conflict(
        "This gauge lies above the other one already: water does not flow in circles.",
        de="Dieser Pegel liegt schon oberhalb des anderen: Wasser fließt nicht im Kreis. Entfernen "
        "Sie zuerst die andere Verbindung.",
    ),
    pg.InsufficientPrivilege: NotAllowed(
        "Gauges of another town cannot be linked.",
        de="Pegel einer anderen Stadt können Sie nicht verbinden.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeLink:
    """The next gauge above another one."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    site_id: int
    upstream_site_id: int
    tenant_id: int
    name: str
    upstream_name: Annotated[
        str | None, Field(description="Null: the other town shares that gauge no more.")
    ]
    travel_minutes: Annotated[
        float | None,
        Field(description="How long water takes: corrected, else learnt; null where unknown."),
    ]
    learnt_minutes: Annotated[
        float | None,
        Field(description="By the data; null where they do not tell."),
    ]
    learnt_likeness: Annotated[
        float | None,
        Field(description="How alike the rises of both are at that delay, 0 to 1."),
    ]
    learnt_rises: Annotated[int | None, Field(description="Rises that it was learnt from.")]
    learnt_at: datetime | None
    corrected_minutes: float | None
    corrected_by: str | None
    corrected_at: datetime | None
    entered_by: str | None
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A gauge above another one: over so many links, the nearest of them to it."""

    site_id: int
    steps: int
    travel_minutes: Annotated[
        float | None, Field(description="Along all links; null where one of them is unknown.")
    ]
    next_site_id: Annotated[int, Field(description="The next gauge below it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChange:
    """What somebody did to a link; `minutes` is the corrected travel time after it."""

    change_id: int
    site_id: int
    upstream_site_id: int
    changed_at: datetime
    changed_by: str
    what: Literal["entered", "corrected", "removed"]
    minutes: float | None


def links(connection: Connection, *, site_id: int | None = None) -> list[GaugeLink]:
    """Links of one gauge to those above it, or all of them."""
    return select_all(connection, GaugeLink, _SQL["links"], {"site_id": site_id})


def upstream(connection: Connection, site_id: int) -> list[Upstream]:
    """All gauges above one, the nearest in time first.

    Raises:
        NotFound: this role sees no such gauge.
    """
    _require_gauge(connection, site_id)
    return select_all(connection, Upstream, _SQL["upstream"], {"site_id": site_id})


def link_changes(connection: Connection, site_id: int) -> list[LinkChange]:
    """What was done to the links of a gauge, the last first.

    Raises:
        NotFound: this role sees no such gauge.
    """
    _require_gauge(connection, site_id)
    return select_all(connection, LinkChange, _SQL["changes"], {"site_id": site_id})


def put_link(
    connection: Connection,
    site_id: int,
    upstream_site_id: int,
    *,
    minutes: float | None,
    by: str,
) -> GaugeLink:
    """Enter that a gauge lies above another one, or correct the travel time; with a trace.

    Args:
        connection: under the role of the town of the lower gauge.
        site_id: the lower gauge, one of the town's own.
        upstream_site_id: any gauge that the town sees.
        minutes: travel time that holds before the learnt one; None: the learnt one.
        by: who does it.

    Raises:
        NotFound: this role sees no such gauge.
        NotAllowed: the lower one belongs to another town.
        Conflict: it would lie above itself.
    """
    for each in (site_id, upstream_site_id):
        _require_gauge(connection, each)
    values: dict[str, object] = {"site_id": site_id, "upstream_site_id": upstream_site_id}
    values |= {"minutes": minutes, "by": by, "tenant_id": _own(connection, site_id)}
    with explained(_REFUSALS):
        what = select_value(connection, str, _SQL["put"], values)
    if what is not None:
        connection.execute(_SQL["note"], values | {"what": what})
    [found] = [
        link
        for link in links(connection, site_id=site_id)
        if link.upstream_site_id == upstream_site_id
    ]
    return found


def remove_link(connection: Connection, site_id: int, upstream_site_id: int, *, by: str) -> None:
    """Take a link away; that it was there stays in its changes.

    Raises:
        NotFound: the town has no such link.
    """
    values = {"site_id": site_id, "upstream_site_id": upstream_site_id}
    tenant_id = select_value(connection, int, _SQL["remove"], values)
    if tenant_id is None:
        raise NotFound("There is no such link.", de="Diese Verbindung gibt es nicht.")
    values |= {"tenant_id": tenant_id}
    connection.execute(_SQL["note"], values | {"by": by, "what": "removed", "minutes": None})


def _require_gauge(connection: Connection, site_id: int) -> None:
    if not select_value(connection, bool, _SQL["is_gauge"], {"site_id": site_id}):
        raise NotFound("There is no such gauge.", de="Diesen Pegel gibt es nicht.")


def _own(connection: Connection, site_id: int) -> int:
    tenant_id = select_value(connection, int, _SQL["own_gauge"], {"site_id": site_id})
    if tenant_id is None:
        raise NotAllowed(
            "This gauge belongs to another town.",
            de="Dieser Pegel gehört einer anderen Stadt: nur sie verbindet ihn.",
        )
    return tenant_id
