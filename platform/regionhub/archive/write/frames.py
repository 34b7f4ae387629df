"""The radio frames of a batch: copies of one frame are found and joined, the others written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from regionhub.archive.items import DELIVERED_AGAIN_SECONDS, Content, NewUplink
from regionhub.series.normalize import history_bounds
from regionhub.store.arrays import (
    Booleans,
    Bytes,
    Column,
    Floats,
    Integers,
    LongIntegers,
    Texts,
    Times,
    in_chunks,
)
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.statements import queries
from regionhub.times import from_datetime, to_datetime
from regionhub.uplinks import Reception, Uplink, best_of, count_gateways

_SQL = queries(__package__, "write")
#: A frame keeps what this many gateways heard; the highest mast of a town is heard by fewer.
_MOST_RECEPTIONS = 100
#: Id and time (nanoseconds) of a stored frame.
_StoredFrame = tuple[int, int]


class _SourcedReception(NamedTuple):
    """A reception, and the source that brought it where that is not the frame's own."""

    reception: Reception
    source_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """The stored frame of which the uplink at `place` is a copy."""

    place: int
    uplink_id: int
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Joined:
    """A stored frame with the receptions of its copies, as JSON."""

    uplink_id: int
    time: datetime
    receptions: str


class Frames:
    """The uplinks of one batch, in their order, in one transaction."""

    def __init__(self, connection: Connection, items: Sequence[NewUplink]) -> None:
        self._connection = connection
        self._items = items
        self._content = [item.content for item in items]
        self._columns = _columns(items, self._content) if items else {}
        self._joined: dict[int, list[_SourcedReception]] = {}
        self._known: dict[int, set[str | None]] = {}
        self._copies = self._join_stored()
        self._copies |= self._join_within()

    @property
    def is_copy(self) -> list[bool]:
        """For each uplink whether it is a copy of another one, stored or in this batch."""
        return [place in self._copies for place in range(len(self._items))]

    def write(self) -> tuple[list[NewUplink], list[int]]:
        """Write what is no copy; returns these uplinks and their ids."""
        places = [i for i in range(len(self._items)) if i not in self._copies]
        items = [self._items[i] for i in places]
        if not items:
            return [], []
        receptions = [self._receptions(i) for i in places]
        ids = self._new_ids(len(items))
        uplinks = [item.uplink for item in items]
        best = [best_of(each) for each, _ in receptions]
        known = self._columns  # those of all are packed already
        columns = {
            **(_columns(items, [self._content[i] for i in places]) if self._copies else known),
            "received": Times([item.envelope.arrival.at_ns for item in items]),
            "sfs": Integers([uplink.sf for uplink in uplinks]),
            "gateways": Integers([count_gateways(each) for each, _ in receptions]),
            "rssis": Floats([r.rssi if r else None for r in best]),
            "snrs": Floats([r.snr if r else None for r in best]),
        }
        history_from, history_to = history_bounds(
            [uplink.time_ns for uplink in uplinks], [item.measurements for item in items]
        )
        self._connection.execute(
            _SQL["insert_uplinks"],
            {
                **columns,
                "uplink_ids": LongIntegers(ids),
                "tenants": Integers([item.device.tenant_id for item in items]),
                "sources": Integers([item.source.source_id for item in items]),
                "time_sources": Texts([uplink.time_source for uplink in uplinks]),
                "event_ids": Texts([_event_id(uplink) for uplink in uplinks]),
                "confirmed": Booleans([uplink.confirmed for uplink in uplinks]),
                "bws": Integers([uplink.bw_hz for uplink in uplinks]),
                "frequencies": LongIntegers([uplink.frequency_hz for uplink in uplinks]),
                "drs": Integers([uplink.dr for uplink in uplinks]),
                "receptions": Bytes([entries for _, entries in receptions]),
                "profile_ids": Texts([item.device.profile_id for item in items]),
                "profile_versions": Texts([item.profile_version for item in items]),
                "recovered": Booleans([item.envelope.arrival.kind == "imported" for item in items]),
                "history_from": Times(history_from),
                "history_to": Times(history_to),
                "decoded": Texts([_decoded(uplink) for uplink in uplinks]),
            },
        )
        self._connection.execute(_SQL["write_device_states"], columns)
        return items, ids

    def _new_ids(self, count: int) -> list[int]:
        return select_value(self._connection, list, _SQL["uplink_ids"], {"count": count}) or []

    def _receptions(self, place: int) -> tuple[Sequence[Reception], bytes]:
        """The receptions of a frame and its copies, and the same as JSON."""
        own = self._items[place].uplink.receptions
        joined = self._joined.get(place)
        if joined is None:
            own = own[:_MOST_RECEPTIONS]
            return own, orjson.dumps(_entries(own))
        every = _named([*map(_SourcedReception, own), *joined])[:_MOST_RECEPTIONS]
        return [reception for reception, _ in every], _as_json(every)

    def _join_stored(self) -> set[int]:
        """Find the copies of stored frames and add their receptions to those."""
        if not self._items:
            return set()
        found = self._stored_frames() | self._stored_events()
        receptions: dict[_StoredFrame, list[_SourcedReception]] = {}
        for place, frame in found.items():
            item = self._items[place]
            receptions.setdefault(frame, []).extend(
                _SourcedReception(reception, item.source.source_id)
                for reception in item.uplink.receptions
            )
        if receptions:
            self._join_receptions(receptions)
        return set(found)

    def _join_receptions(self, added: dict[_StoredFrame, list[_SourcedReception]]) -> None:
        times_ns = [time_ns for _, time_ns in added]
        frames = select_all(
            self._connection,
            _Joined,
            _SQL["joined_receptions"],
            {
                "uplink_ids": LongIntegers([uplink_id for uplink_id, _ in added]),
                "times": Times(times_ns),
                "receptions": Bytes([_as_json(_once(each)) for each in added.values()]),
                "first": to_datetime(min(times_ns)),
                "last": to_datetime(max(times_ns)),
                "most": _MOST_RECEPTIONS,
            },
        )
        times = np.array([from_datetime(frame.time) for frame in frames], dtype=np.int64)
        for chosen in in_chunks(times):
            texts = [frames[i].receptions for i in chosen]
            receptions = list(map(_from_json, texts))
            best = [best_of(each) for each in receptions]
            self._connection.execute(
                _SQL["write_receptions"],
                {
                    "uplink_ids": LongIntegers([frames[i].uplink_id for i in chosen]),
                    "times": Times(times[chosen]),
                    "receptions": Texts(texts),
                    "gateways": Integers([count_gateways(each) for each in receptions]),
                    "rssis": Floats([r.rssi if r else None for r in best]),
                    "snrs": Floats([r.snr if r else None for r in best]),
                    "first": to_datetime(int(times[chosen].min())),
                    "last": to_datetime(int(times[chosen].max())),
                },
            )

    def _stored_frames(self) -> dict[int, _StoredFrame]:
        """Copies of stored frames by place."""
        times_ns = np.array([item.uplink.time_ns for item in self._items], dtype=np.int64)
        windows = [item.window_seconds for item in self._items]
        kept = select_all(
            self._connection,
            _Kept,
            _SQL["find_copies"],
            {
                "places": Integers(range(len(self._items))),
                "windows": Floats(windows),
                **self._columns,
                **_around(times_ns, max(windows)),
            },
        )
        return _by_place(kept)

    def _stored_events(self) -> dict[int, _StoredFrame]:
        """Copies of frames that took the time of their arrival, found by the server's event id.

        A copy that is fetched later has no arrival to be judged by, and so a time of its own.
        """
        arrivals = [
            (i, item)
            for i, item in enumerate(self._items)
            if item.uplink.event_id is not None
            and (
                item.uplink.time_source == "arrival"
                or (item.envelope.arrival.kind == "imported" and item.uplink.f_cnt is not None)
            )
        ]
        if not arrivals:
            return {}
        times_ns = np.array([item.uplink.time_ns for _, item in arrivals], dtype=np.int64)
        kept = select_all(
            self._connection,
            _Kept,
            _SQL["find_repeated_events"],
            {
                "places": Integers([i for i, _ in arrivals]),
                "sources": Integers([item.source.source_id for _, item in arrivals]),
                "event_ids": Texts([item.uplink.event_id for _, item in arrivals]),
                **_columns([item for _, item in arrivals], [self._content[i] for i, _ in arrivals]),
                "window": DELIVERED_AGAIN_SECONDS,
                **_around(times_ns, DELIVERED_AGAIN_SECONDS),
            },
        )
        return _by_place(kept)

    def _join_within(self) -> set[int]:
        """Copies of one frame inside the batch; the first one stays and hears it all."""
        copies: set[int] = set()
        frames = [
            (item.device.device_id, content)
            for item, content in zip(self._items, self._content, strict=True)
        ]
        if len(set(frames)) == len(frames):
            return copies
        seen: dict[object, list[int]] = {}
        for place, item in enumerate(self._items):
            if place in self._copies:
                continue
            kept = seen.setdefault(frames[place], [])
            first = next((i for i in kept if _one_frame(self._items[i], item)), None)
            if first is None:
                kept.append(place)
                continue
            copies.add(place)
            self._join(first, item)
        return copies

    def _join(self, first: int, copy: NewUplink) -> None:
        """Add the gateways of a copy that are not known of the frame yet."""
        kept = self._items[first]
        other = copy.source.source_id != kept.source.source_id
        known = self._known.setdefault(first, {r.gateway_id for r in kept.uplink.receptions})
        added = [r for r in copy.uplink.receptions if r.gateway_id not in known]
        known.update(reception.gateway_id for reception in added)
        self._joined.setdefault(first, []).extend(
            _SourcedReception(reception, copy.source.source_id if other else None)
            for reception in added
        )


def _columns(items: Sequence[NewUplink], content: Sequence[Content]) -> dict[str, Column]:
    """The columns by which copies of one radio frame are known."""
    f_cnts, f_ports, payloads = zip(*content, strict=True)
    return {
        "devices": Integers([item.device.device_id for item in items]),
        "times": Times([item.uplink.time_ns for item in items]),
        "dev_addrs": Texts([item.uplink.dev_addr for item in items]),
        "f_cnts": LongIntegers(f_cnts),
        "f_ports": Integers(f_ports),
        "payloads": Bytes(payloads),
    }


def _decoded(uplink: Uplink) -> str | None:
    """What the network server decoded, as JSON; escaped so that no text can hold a zero byte."""
    return None if uplink.decoded is None else orjson.dumps(uplink.decoded).decode()


def _event_id(uplink: Uplink) -> str | None:
    """The server's id of the message, where the frame has no time by which a copy is found."""
    return uplink.event_id if uplink.time_source == "arrival" else None


def _around(times_ns: NDArray[np.int64], seconds: float) -> dict[str, datetime]:
    """The period in which copies of frames may lie."""
    margin = timedelta(seconds=seconds)
    return {
        "first": to_datetime(int(times_ns.min())) - margin,
        "last": to_datetime(int(times_ns.max())) + margin,
    }


def _by_place(kept: Iterable[_Kept]) -> dict[int, _StoredFrame]:
    return {copy.place: (copy.uplink_id, from_datetime(copy.time)) for copy in kept}


def _one_frame(a: NewUplink, b: NewUplink) -> bool:
    addresses = {a.uplink.dev_addr, b.uplink.dev_addr} - {None}
    window = max(a.window_seconds, b.window_seconds)
    near = abs(a.uplink.time_ns - b.uplink.time_ns) <= window * 1e9
    return near and len(addresses) < 2


def _once(receptions: Iterable[_SourcedReception]) -> list[_SourcedReception]:
    """Of several copies the first reception of each gateway."""
    first: dict[str | None, _SourcedReception] = {}
    for entry in receptions:
        first.setdefault(entry.reception.gateway_id, entry)
    return _named(list(first.values()))[:_MOST_RECEPTIONS]


def _named(receptions: list[_SourcedReception]) -> list[_SourcedReception]:
    """Without gateways that have no name, where a copy of the frame names them."""
    named = [entry for entry in receptions if entry.reception.gateway_id is not None]
    return named or receptions


def _as_json(receptions: Sequence[_SourcedReception]) -> bytes:
    entries = _entries([reception for reception, _ in receptions])
    for entry, (_, source_id) in zip(entries, receptions, strict=True):
        if source_id is not None:
            entry["source_id"] = source_id
    return orjson.dumps(entries)


def _entries(receptions: Sequence[Reception]) -> list[dict[str, object]]:
    return [{"gateway": gateway, "rssi": rssi, "snr": snr} for gateway, rssi, snr in receptions]


def _from_json(entries: str) -> list[Reception]:
    return [Reception(e["gateway"], e["rssi"], e["snr"]) for e in orjson.loads(entries)]
