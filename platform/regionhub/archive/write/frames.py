"""The radio frames of a batch: copies of one frame are found and joined, the others written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import orjson

from regionhub.archive.items import DELIVERED_AGAIN_SECONDS, NewUplink
from regionhub.series.normalize import history_bounds
from regionhub.store.arrays import (
    Bytes,
    Floats,
    Integers,
    LongIntegers,
    Texts,
    epoch_seconds,
    in_chunks,
)
from regionhub.store.database import Connection
from regionhub.store.statements import queries
from regionhub.uplinks import Reception, best_of

_SQL = queries(__package__, "write")
#: A frame keeps what this many gateways heard; the highest mast of a town is heard by fewer.
_MOST_RECEPTIONS = 100


class _Heard(NamedTuple):
    """A reception; `source_id` if another source than the frame's own brought it."""

    reception: Reception
    source_id: int | None = None


class Frames:
    """The uplinks of one batch, in their order, in one transaction."""

    def __init__(self, connection: Connection, items: Sequence[NewUplink]) -> None:
        self._connection = connection
        self._items = items
        self._keys = [item.content_key for item in items]
        self._joined: dict[int, list[_Heard]] = {}
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
        keys = [self._keys[i] for i in places]
        told = [self._told(i) for i in places]
        ids = self._new_ids(len(items))
        uplinks = [item.uplink for item in items]
        best = [best_of(receptions) for receptions, _ in told]
        times = epoch_seconds(np.array([uplink.time_ns for uplink in uplinks]))
        received = [item.envelope.arrival.at_ns / 1e9 for item in items]
        columns = {
            "times": Floats(times),
            "received": Floats(received),
            "f_cnts": Floats([uplink.f_cnt for uplink in uplinks]),
            "f_ports": Floats([uplink.f_port for uplink in uplinks]),
            "dev_addrs": Texts([uplink.dev_addr for uplink in uplinks]),
            "sfs": Floats([uplink.sf for uplink in uplinks]),
            "gateways": Integers([_gateways(receptions) for receptions, _ in told]),
            "rssis": Floats([r.rssi if r else None for r in best]),
            "snrs": Floats([r.snr if r else None for r in best]),
        }
        devices = [item.device.device_id for item in items]
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
                "devices": Integers(devices),
                "time_sources": Texts([uplink.time_source for uplink in uplinks]),
                "event_ids": Texts([uplink.event_id for uplink in uplinks]),
                "payloads": Bytes([uplink.payload for uplink in uplinks]),
                "content_keys": LongIntegers(keys),
                "confirmed": Floats([uplink.confirmed for uplink in uplinks]),
                "bws": Floats([uplink.bw_hz for uplink in uplinks]),
                "frequencies": Floats([uplink.frequency_hz for uplink in uplinks]),
                "drs": Floats([uplink.dr for uplink in uplinks]),
                "receptions": Bytes([entries for _, entries in told]),
                "profile_ids": Texts([item.device.profile_id for item in items]),
                "profile_versions": Texts([item.profile_version for item in items]),
                "recovered": Integers([item.envelope.arrival.kind == "imported" for item in items]),
                "history_from": Floats(history_from),
                "history_to": Floats(history_to),
            },
        )
        self._connection.execute(
            _SQL["write_device_states"], {**columns, "devices": Integers(devices)}
        )
        return items, ids

    def _new_ids(self, count: int) -> list[int]:
        row = self._connection.execute(_SQL["uplink_ids"], {"count": count}).fetchone()
        assert row is not None
        ids: list[int] = row["uplink_ids"]
        return ids

    def _told(self, place: int) -> tuple[Sequence[Reception], bytes]:
        """What gateways heard of a frame and its copies, and the same as JSON."""
        own = self._items[place].uplink.receptions
        joined = self._joined.get(place)
        if joined is None:
            own = own[:_MOST_RECEPTIONS]
            return own, orjson.dumps(_entries(own))
        heard = _named([*map(_Heard, own), *joined])[:_MOST_RECEPTIONS]
        return [reception for reception, _ in heard], _as_json(heard)

    def _join_stored(self) -> set[int]:
        """Find the copies of stored frames and add what their gateways heard to those."""
        if not self._items:
            return set()
        found = self._stored_frames() | self._stored_events()
        news: dict[tuple[int, float], list[_Heard]] = {}
        for place, frame in found.items():
            item = self._items[place]
            news.setdefault(frame, []).extend(
                _Heard(reception, item.source.source_id) for reception in item.uplink.receptions
            )
        if news:
            self._join_receptions(news)
        return set(found)

    def _join_receptions(self, told: dict[tuple[int, float], list[_Heard]]) -> None:
        times = [time for _, time in told]
        rows = self._connection.execute(
            _SQL["news_of_receptions"],
            {
                "uplink_ids": LongIntegers([uplink_id for uplink_id, _ in told]),
                "times": Floats(times),
                "receptions": Bytes([_as_json(_once(each)) for each in told.values()]),
                "first": min(times),
                "last": max(times),
                "most": _MOST_RECEPTIONS,
            },
        ).fetchall()
        for chosen in in_chunks(np.array([row["time"] for row in rows])):
            news = [rows[i] for i in chosen]
            times = [row["time"] for row in news]
            self._connection.execute(
                _SQL["join_receptions"],
                {
                    "uplink_ids": [row["uplink_id"] for row in news],
                    "times": times,
                    "heard": [row["heard"] for row in news],
                    "first": min(times),
                    "last": max(times),
                },
            )

    def _stored_frames(self) -> dict[int, tuple[int, float]]:
        """Copies of stored frames by place: id and time of the stored one."""
        times = epoch_seconds(np.array([item.uplink.time_ns for item in self._items]))
        windows = [item.window_seconds for item in self._items]
        rows = self._connection.execute(
            _SQL["find_copies"],
            {
                "places": Integers(range(len(self._items))),
                "devices": Integers([item.device.device_id for item in self._items]),
                "times": Floats(times),
                "windows": Floats(windows),
                "content_keys": LongIntegers(self._keys),
                "dev_addrs": Texts([item.uplink.dev_addr for item in self._items]),
                "first": float(times.min()) - max(windows),
                "last": float(times.max()) + max(windows),
            },
        ).fetchall()
        return {row["place"]: (row["uplink_id"], row["time"]) for row in rows}

    def _stored_events(self) -> dict[int, tuple[int, float]]:
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
        times = epoch_seconds(np.array([item.uplink.time_ns for _, item in arrivals]))
        rows = self._connection.execute(
            _SQL["find_repeated_events"],
            {
                "places": [i for i, _ in arrivals],
                "sources": [item.source.source_id for _, item in arrivals],
                "devices": [item.device.device_id for _, item in arrivals],
                "event_ids": [item.uplink.event_id for _, item in arrivals],
                "content_keys": [self._keys[i] for i, _ in arrivals],
                "times": times.tolist(),
                "window": DELIVERED_AGAIN_SECONDS,
                "first": float(times.min()) - DELIVERED_AGAIN_SECONDS,
                "last": float(times.max()) + DELIVERED_AGAIN_SECONDS,
            },
        ).fetchall()
        return {row["place"]: (row["uplink_id"], row["time"]) for row in rows}

    def _join_within(self) -> set[int]:
        """Copies of one frame inside the batch; the first one stays and hears it all."""
        copies: set[int] = set()
        devices = [item.device.device_id for item in self._items]
        if len(set(zip(devices, self._keys, strict=True))) == len(devices):
            return copies
        seen: dict[tuple[int, int], list[int]] = {}
        for place, item in enumerate(self._items):
            if place in self._copies:
                continue
            kept = seen.setdefault((item.device.device_id, self._keys[place]), [])
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
        news = [r for r in copy.uplink.receptions if r.gateway_id not in known]
        known.update(reception.gateway_id for reception in news)
        self._joined.setdefault(first, []).extend(
            _Heard(reception, copy.source.source_id if other else None) for reception in news
        )


def _one_frame(a: NewUplink, b: NewUplink) -> bool:
    addresses = {a.uplink.dev_addr, b.uplink.dev_addr} - {None}
    window = max(a.window_seconds, b.window_seconds)
    near = abs(a.uplink.time_ns - b.uplink.time_ns) <= window * 1e9
    return near and len(addresses) < 2


def _once(heard: Iterable[_Heard]) -> list[_Heard]:
    """Of several copies the first word of each gateway."""
    first: dict[str | None, _Heard] = {}
    for entry in heard:
        first.setdefault(entry.reception.gateway_id, entry)
    return _named(list(first.values()))[:_MOST_RECEPTIONS]


def _named(heard: list[_Heard]) -> list[_Heard]:
    """Without gateways that have no name, where a copy of the frame names them."""
    named = [entry for entry in heard if entry.reception.gateway_id is not None]
    return named or heard


def _gateways(receptions: Sequence[Reception]) -> int:
    named = {gateway_id for gateway_id, _, _ in receptions}
    if None not in named:
        return len(named)
    return len(named) - 1 + sum(gateway_id is None for gateway_id, _, _ in receptions)


def _as_json(heard: Sequence[_Heard]) -> bytes:
    entries = _entries([reception for reception, _ in heard])
    for entry, (_, source_id) in zip(entries, heard, strict=True):
        if source_id is not None:
            entry["source_id"] = source_id
    return orjson.dumps(entries)


def _entries(receptions: Sequence[Reception]) -> list[dict[str, object]]:
    return [{"gateway": gateway, "rssi": rssi, "snr": snr} for gateway, rssi, snr in receptions]
