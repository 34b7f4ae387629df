"""Where a reading comes from, as its town sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from regionhub.errors import NotAllowed, NotFound
from regionhub.euis import Eui
from regionhub.series.datastreams import QualityFlag, datastream
from regionhub.store.database import Connection, select_all, select_one
from regionhub.store.statements import queries

_SQL = queries(__package__, "provenance")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerValue:
    """What a reading was before it was decoded again."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    value: float | None
    quality: QualityFlag
    tests: int
    profile_id: str
    profile_version: str | None
    replaced_at: datetime
    replaced_by: str
    why: str
    replay_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The radio frame that a reading came in, as it was kept."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    uplink_id: int
    source_id: int
    source_name: str
    dev_eui: Eui
    time: datetime
    time_source: Annotated[
        Literal["event", "network", "arrival"],
        Field(description="Which clock the time comes from."),
    ]
    received_at: datetime
    event_id: Annotated[
        str | None,
        Field(description="The server's id of the message; kept where the time is its arrival's."),
    ]
    payload_hex: str
    f_port: int | None
    f_cnt: int | None
    dev_addr: str | None
    confirmed: bool | None
    sf: int | None
    bw_hz: int | None
    frequency_hz: int | None
    dr: int | None
    gateways: int
    rssi: Annotated[float | None, Field(description="Of the best gateway, dBm.")]
    snr: Annotated[float | None, Field(description="Of the best gateway, dB.")]
    receptions: list[dict[str, Any]]
    decoded_by_network_server: Annotated[
        bool,
        Field(description="The network server's own codec made the value; the profile mapped it."),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Which bytes and which codec made a value, and what it was before."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    datastream_id: int
    time: datetime
    value: float | None
    unit: str
    quality: QualityFlag
    tests: int
    uplink: Annotated[
        Origin | None,
        Field(
            description="Null when the frame is not kept any more (see /retention) or was imported "
            "without one."
        ),
    ]
    profile_id: str | None
    profile_version: Annotated[
        str | None,
        Field(
            description="Both files: /device-profiles/{vendor}/{model}/versions/{version}. The "
            "codec of this platform made the value, never the network server's."
        ),
    ]
    profile_kept: Annotated[
        bool, Field(description="Whether the files of that version can be looked up.")
    ]
    versions: Annotated[list[FormerValue], Field(description="Former values, the last one first.")]


def provenance(connection: Connection, datastream_id: int, time: datetime) -> Provenance:
    """Which bytes and which profile version made a reading, and what it was before.

    Raises:
        NotFound: no such datastream, or no reading at this moment.
        NotAllowed: the datastream is another town's, which shares its readings only.
    """
    stream = datastream(connection, datastream_id)
    if stream.shared:
        raise NotAllowed("This datastream is shared with you: its readings, not its messages.")
    chosen = {"datastream_id": datastream_id, "time": time}
    row = partial(
        Provenance,
        unit=stream.unit,
        uplink=select_one(connection, Origin, _SQL["origin"], chosen),
        versions=select_all(connection, FormerValue, _SQL["former_values"], chosen),
    )
    found = select_one(connection, row, _SQL["provenance"], chosen)
    if found is None:
        raise NotFound("There is no reading at this moment.")
    return found
