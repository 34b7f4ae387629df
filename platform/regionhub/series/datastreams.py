"""Datastreams, their newest readings, and the quantities that they measure.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from regionhub.devices import CurrentSite
from regionhub.errors import NotFound
from regionhub.sites import SiteKind
from regionhub.store.database import Connection, select_all, select_one
from regionhub.store.statements import queries

_SQL = queries(__package__, "datastreams")

Resolution = Literal["raw", "hourly", "daily"]
QualityFlag = Annotated[
    int, Field(description="QARTOD flag: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing.")
]
MountingHeight = Annotated[
    float | None,
    Field(
        description="Height of the sensor above gauge zero in cm: the face of a distance sensor, "
        "the membrane of a pressure probe."
    ),
]
Depth = Annotated[float | None, Field(description="Depth of the sensor below ground in cm.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Datastream:
    """One quantity measured by one device at one position."""

    datastream_id: int
    tenant_id: int
    device_id: int
    device_name: str
    site_id: CurrentSite
    quantity: Annotated[str, Field(examples=["soil_moisture_vwc"])]
    position: Annotated[
        str, Field(description="Tells like sensors of one device apart; often empty.")
    ]
    name_de: str
    name_en: str
    unit: str
    ucum: Annotated[str, Field(description="Unit in UCUM.")]
    symbol: Annotated[str, Field(description="Unit as people write it.")]
    theme: str
    decimals: Annotated[int, Field(description="Decimals that make sense to show.")]
    measures_level: Annotated[bool, Field(exclude=True)]
    interval_seconds: int
    installed_since: Annotated[datetime | None, Field(exclude=True)]
    depth_cm: Depth
    mounting_height_cm: MountingHeight
    shared: Annotated[bool, Field(description="Another town owns it and shares it.")]
    finest: Annotated[Resolution, Field(description="The finest resolution the caller may read.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The newest reading of a datastream, and where it is on a map."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    datastream_id: int
    tenant_id: int
    device_id: int
    device_name: str
    site_id: Annotated[
        int | None,
        Field(
            description="Site where the device is now; null where the reading is older than that."
        ),
    ]
    site_name: str | None
    site_kind: SiteKind | None
    latitude: float | None
    longitude: float | None
    quantity: str
    position: str
    theme: Annotated[str, Field(exclude=True)]
    symbol: str
    decimals: int
    time: datetime
    value: float | None
    quality: QualityFlag
    unchanged_since: Annotated[
        datetime | None,
        Field(
            description="Since when the value stands still; null before the first believable one."
        ),
    ]
    received_at: datetime
    stale: Annotated[
        bool, Field(description="Older than twice the send interval, at least 45 minutes.")
    ]
    interval_seconds: int
    depth_cm: Depth
    mounting_height_cm: MountingHeight


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReading:
    """What the live stream sends of a datastream."""

    datastream_id: int
    site_id: int | None
    time: datetime
    value: float | None
    quality: int
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityInfo:
    """A quantity and its unit."""

    quantity: str
    name_de: str
    name_en: str
    unit: str
    ucum: str
    symbol: str
    theme: str
    decimals: int


def datastreams(
    connection: Connection,
    *,
    site_id: int | None = None,
    device_id: int | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Datastream]:
    """Datastreams in the order of their ids, those after `after`; own and shared ones."""
    values = {"site_id": site_id, "device_id": device_id, "after": after, "limit": limit}
    return select_all(connection, Datastream, _SQL["datastreams"], values)


def datastream(connection: Connection, datastream_id: int) -> Datastream:
    """One datastream.

    Raises:
        NotFound: this role sees no such datastream.
    """
    values = {"datastream_id": datastream_id}
    found = select_one(connection, Datastream, _SQL["datastream"], values)
    if found is None:
        raise NotFound("There is no such datastream.")
    return found


def latest(
    connection: Connection, *, site_id: int | None = None, quantity: str | None = None
) -> list[Latest]:
    """The newest reading of every datastream, with the position of its site."""
    values = {"site_id": site_id, "quantity": quantity}
    return select_all(connection, Latest, _SQL["latest"], values)


def latest_of(
    connection: Connection, datastream_ids: Sequence[int], site_ids: Sequence[int] | None = None
) -> list[NewReading]:
    """The newest readings of these datastreams, only at these sites when given."""
    values = {
        "datastream_ids": list(datastream_ids),
        "site_ids": None if site_ids is None else list(site_ids),
    }
    return select_all(connection, NewReading, _SQL["latest_of"], values)


def quantities(connection: Connection) -> list[QuantityInfo]:
    """The vocabulary with units."""
    return select_all(connection, QuantityInfo, _SQL["quantities"])
