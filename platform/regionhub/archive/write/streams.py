"""Datastreams and their newest readings, as ingest and replay both write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from regionhub.series.normalize import StreamKey
from regionhub.series.quality import SeriesStates
from regionhub.store.arrays import Column, Floats, Integers, Times
from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "streams")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    """The id of a datastream, and its key."""

    datastream_id: int
    device_id: int
    quantity: str
    position: str


class LatestArrays(NamedTuple):
    """The newest reading of some datastreams, one array for each field.

    Times are nanoseconds since 1970-01-01 UTC, values NaN where there is none. `states` is what the
    quality tests remember of these datastreams.
    """

    streams: NDArray[np.int64]
    tenants: NDArray[np.int64]
    times_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    qualities: NDArray[np.int64]
    received_ns: NDArray[np.int64]
    states: SeriesStates

    def of(self, chosen: NDArray[Any]) -> LatestArrays:
        """Some of them."""
        *fields, states = self
        return LatestArrays._make([*(field[chosen] for field in fields), states.of(chosen)])

    def columns(self) -> dict[str, Column]:
        """As parameters of the statements."""
        return {
            "datastreams": Integers(self.streams),
            "tenants": Integers(self.tenants),
            "times": Times(self.times_ns),
            "values": Floats(self.values),
            "qualities": Integers(self.qualities),
            "received": Times(self.received_ns),
            "believed_at": Times(self.states.time_ns),
            "believed_values": Floats(self.states.value),
            "unchanged_since": Times(self.states.unchanged_since_ns),
            "unchanged_values": Floats(self.states.unchanged_value),
        }


def stream_ids(connection: Connection, devices: Iterable[int]) -> dict[StreamKey, int]:
    """All datastreams of some devices."""
    found = select_all(
        connection, _Stream, _SQL["datastreams"], {"devices": Integers(sorted(devices))}
    )
    return {
        (stream.device_id, stream.quantity, stream.position): stream.datastream_id
        for stream in found
    }


def create_streams(
    connection: Connection, tenants: Mapping[StreamKey, int]
) -> dict[StreamKey, int]:
    """Make datastreams that are not there yet, given with their tenants.

    Returns:
        All datastreams of the devices in question.
    """
    keys = sorted(tenants)
    connection.execute(
        _SQL["create_datastreams"],
        {
            "tenants": [tenants[key] for key in keys],
            "devices": [device for device, _, _ in keys],
            "quantities": [quantity for _, quantity, _ in keys],
            "positions": [position for _, _, position in keys],
        },
    )
    return stream_ids(connection, {device for device, _, _ in keys})


def lock_devices(connection: Connection, devices: Iterable[int]) -> None:
    """Keep others from writing for these devices until the end of the transaction."""
    connection.execute(_SQL["lock_devices"], {"devices": Integers(sorted(devices))})


def write_latest(connection: Connection, latest: LatestArrays, *, corrects: bool) -> None:
    """Write the newest readings where they are newer than what is there.

    Args:
        connection: under the ingest role.
        latest: each datastream once.
        corrects: a reading of the same moment is replaced as well.
    """
    connection.execute(_SQL["write_latest"], {**latest.columns(), "corrects": corrects})


def renew_latest(connection: Connection, latest: LatestArrays) -> None:
    """Write newer readings of datastreams that have one already."""
    connection.execute(_SQL["renew_latest"], latest.columns())
