"""Uplinks that are decoded again: writing only what differs.

`Rewriter` takes the frames of a run in chunks with what the codec says of them now. A chunk is one
transaction, and a second run over the same uplinks writes nothing: what is equal stays as it is,
with its flag and the version that made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from regionhub.archive.replay import match
from regionhub.archive.replay.decide import (
    Changes,
    Divergence,
    absent_history,
    decide,
    expected_readings,
    frame_times,
)
from regionhub.archive.replay.model import (
    NONE,
    Chunk,
    Datastreams,
    Expected,
    Redecoded,
    Whole,
)
from regionhub.archive.runs import Run, advance
from regionhub.archive.write.streams import (
    create_streams,
    lock_devices,
    stream_ids,
    write_latest,
)
from regionhub.devices import Device
from regionhub.series.normalize import StreamKey, history_bounds, measured
from regionhub.signals.touched import touch_devices
from regionhub.store.arrays import Column, Floats, Integers, LongIntegers, Texts, Times, in_chunks
from regionhub.store.database import Connection, Database, fetch_columns
from regionhub.store.listen import notify
from regionhub.store.statements import queries
from regionhub.times import to_datetime

_SQL = queries(__package__, "rewrite")
_Profile = tuple[str, str | None]


class Rewriter:
    """Compares and writes; one for each run, one chunk at a time.

    One thread may call `expected` while another one is in `write` with the chunk before.
    """

    def __init__(self, database: Database, run: Run, devices: Mapping[int, Device]) -> None:
        self._database = database
        self._run = run
        self._series = Datastreams(devices)
        self._divergence = Divergence()
        with database.transaction() as connection:
            self._series.add(stream_ids(connection, devices))
            changed_until = match.interrupted(connection, run, self._series)
        self._divergence.extend(len(self._series.ids))
        self._divergence.interrupted(changed_until)

    def expected(self, chunk: Chunk) -> Expected:
        """What has to be stored of the frames: what they say now, and nothing else.

        Datastreams that are new are made, and stay if this run ends here.
        """
        found = measured(
            [item.uplink.device_id for item in chunk.decoded],
            frame_times(chunk.decoded),
            [item.measurements for item in chunk.decoded],
        )
        places = self._places(found.keys if found else [])
        return expected_readings(chunk.decoded, found, places, self._series)

    def _places(self, keys: Sequence[StreamKey]) -> Whole:
        known = self._series.places
        places = list(map(known.get, keys))
        if None in places:
            tenants = dict.fromkeys((key for key in keys if key not in known), self._run.tenant_id)
            with self._database.transaction() as connection:
                self._series.add(create_streams(connection, tenants))
            places = list(map(known.get, keys))
        return np.array(places, dtype=np.int64)

    def write(self, chunk: Chunk, expected: Expected) -> None:
        """Write what differs, and how far the run is, in one transaction."""
        decoded = chunk.decoded
        self._divergence.extend(len(self._series.ids))
        with self._database.transaction() as connection:
            counts = self._rewrite(connection, decoded, expected) if decoded else {}
            advance(
                connection,
                self._run,
                last_time=to_datetime(decoded[-1].uplink.time_ns) if decoded else None,
                problem=chunk.problem,
                counts={
                    "handled": len(decoded) + chunk.failed,
                    "failed": chunk.failed,
                    "unchanged": len(decoded) - counts.get("changed", 0),
                    **counts,
                },
            )

    def finish(self) -> None:
        """Bring the newest values up to date, and what the quality tests remember of them."""
        devices = self._series.of_device
        diverged = self._series.ids[np.flatnonzero(self._divergence.diverged)]
        with self._database.transaction() as connection:
            lock_devices(connection, devices)
            latest = match.newest(connection, devices, diverged)
            if len(latest.streams):
                write_latest(connection, latest, corrects=True)
        notify(self._database, latest.streams.tolist())

    def _rewrite(
        self, connection: Connection, decoded: Sequence[Redecoded], expected: Expected
    ) -> dict[str, int]:
        series, divergence = self._series, self._divergence
        rows = expected.rows.followed_by(
            absent_history(
                expected, *match.stored_history(connection, series.ids, decoded, expected)
            )
        )
        uplink_ids = np.array([item.uplink.uplink_id for item in decoded])[rows.item]
        stored = match.stored_readings(
            connection, self._run, series.ids[rows.series], rows.times_ns
        )
        since = divergence.first_differences(rows, uplink_ids, stored)
        self._begin(connection, decoded, since)
        # the flags of what comes before the first difference stay, but they count for what follows
        concerned = np.flatnonzero(divergence.diverged[rows.series])
        qualities, tests = divergence.check(rows.of(concerned), series.quantities)
        later = rows.item[concerned] >= since[rows.series[concerned]]
        chosen = concerned[later]
        changes = decide(
            rows.of(chosen), qualities[later], tests[later], uplink_ids[chosen], stored.of(chosen)
        )
        return _Writing(connection, self._run, series.ids, decoded).write(changes)

    def _begin(self, connection: Connection, decoded: Sequence[Redecoded], since: Whole) -> None:
        """Find out what the quality tests knew of datastreams that begin to differ."""
        series, divergence = self._series, self._divergence
        begin = (since < len(decoded)) & ~divergence.diverged
        places = np.flatnonzero(begin)
        if len(places):
            began_ns = int(frame_times(decoded).min())
            states = match.states_before(
                connection,
                series.ids[places],
                series.quantities[places],
                np.full(len(places), began_ns),
                first_frame_ns=began_ns,
            )
            divergence.begin(places, states)


class _Writing:
    """Writes what was decided of one chunk."""

    def __init__(
        self, connection: Connection, run: Run, streams: Whole, decoded: Sequence[Redecoded]
    ) -> None:
        self._connection = connection
        self._run = run
        self._streams = streams
        self._decoded = decoded
        self._uplink_ids = np.array([item.uplink.uplink_id for item in decoded])

    def write(self, changes: Changes) -> dict[str, int]:
        """Write everything; returns how many frames and readings changed."""
        places = np.concatenate([changes.versions, changes.replaced, changes.added])
        if not len(places):
            return {}
        # ingest locks them first as well: so nobody waits for somebody who waits for him
        devices = {
            self._decoded[item].uplink.device_id for item in np.unique(changes.rows.item[places])
        }
        lock_devices(self._connection, devices)
        began_ns = int(changes.rows.times_ns[places].min())
        touch_devices(self._connection, dict.fromkeys(sorted(devices), began_ns))
        if len(changes.versions):
            self._keep_versions(changes)
        for part in in_chunks(changes.rows.times_ns[changes.replaced]):
            readings = self._readings(changes, changes.replaced[part])
            self._connection.execute(_SQL["replace_readings"], readings)
        added = NONE
        for part in in_chunks(changes.rows.times_ns[changes.added]):
            readings = self._readings(changes, changes.added[part])
            (uplinks,) = fetch_columns(self._connection, _SQL["add_readings"], readings)
            added = np.append(added, uplinks)
        changed = np.union1d(self._uplink_ids[changes.items], added)
        return {
            **changes.counts,
            "readings_added": len(added),
            "changed": self._renew_uplinks(np.flatnonzero(np.isin(self._uplink_ids, changed))),
        }

    def _keep_versions(self, changes: Changes) -> None:
        rows, stored = changes.rows.of(changes.versions), changes.stored.of(changes.versions)
        numbers: dict[_Profile, int] = {}
        uplinks = [item.uplink for item in self._decoded]
        profiles = _numbered(numbers, [(x.profile_id, x.profile_version) for x in uplinks])[
            rows.item
        ]
        others = np.flatnonzero(stored.uplink_ids != self._uplink_ids[rows.item])
        if len(others):
            found = match.frame_profiles(
                self._connection,
                stored.uplink_ids[others],
                {uplinks[item].device_id for item in rows.item[others]},
            )
            for place, uplink_id in zip(others, stored.uplink_ids[others].tolist(), strict=True):
                if uplink_id in found:
                    profiles[place] = _numbered(numbers, [found[uplink_id]])[0]
        self._connection.execute(
            _SQL["keep_versions"],
            {
                "streams": Integers(self._streams[rows.series]),
                "times": Times(rows.times_ns),
                "values": Floats(stored.values),
                "qualities": Integers(stored.qualities),
                "tests": Integers(stored.tests),
                "profiles": Integers(profiles),
                **_profile_columns(numbers),
                "tenant_id": self._run.tenant_id,
                "replay_id": self._run.replay_id,
            },
        )

    def _readings(self, changes: Changes, places: Whole) -> dict[str, Column | int | datetime]:
        rows = changes.rows.of(places)
        return {
            "streams": Integers(self._streams[rows.series]),
            "times": Times(rows.times_ns),
            "values": Floats(rows.values),
            "qualities": Integers(changes.qualities[places]),
            "tests": Integers(changes.tests[places]),
            "uplinks": LongIntegers(self._uplink_ids[rows.item]),
            "tenant_id": self._run.tenant_id,
            **_bounds(rows.times_ns),
        }

    def _renew_uplinks(self, items: Whole) -> int:
        """Write how these frames were read; returns how many of them there still are."""
        renewed = 0
        times_ns = frame_times(self._decoded)[items]
        for part in in_chunks(times_ns):
            decoded = [self._decoded[item] for item in items[part]]
            numbers: dict[_Profile, int] = {}
            history_from, history_to = history_bounds(
                times_ns[part].tolist(), [item.measurements for item in decoded]
            )
            done = self._connection.execute(
                _SQL["renew_uplinks"],
                {
                    "uplinks": LongIntegers(self._uplink_ids[items[part]]),
                    "devices": Integers([item.uplink.device_id for item in decoded]),
                    "times": Times(times_ns[part]),
                    "profiles": Integers(
                        _numbered(numbers, [(x.profile_id, x.profile_version) for x in decoded])
                    ),
                    **_profile_columns(numbers),
                    "history_from": Times(history_from),
                    "history_to": Times(history_to),
                    **_bounds(times_ns[part]),
                },
            )
            renewed += done.rowcount
        return renewed


def _numbered(numbers: dict[_Profile, int], profiles: Sequence[_Profile]) -> Whole:
    """The number of each profile, counted from 1; those that have none yet get one."""
    return np.array([numbers.setdefault(profile, len(numbers) + 1) for profile in profiles])


def _profile_columns(numbers: dict[_Profile, int]) -> dict[str, Column]:
    return {
        "profile_ids": Texts([profile_id for profile_id, _ in numbers]),
        "profile_versions": Texts([version for _, version in numbers]),
    }


def _bounds(times_ns: Whole) -> dict[str, datetime]:
    return {
        "first": to_datetime(int(times_ns.min())),
        "last": to_datetime(int(times_ns.max())),
    }
