"""Uplinks that are decoded again: writing only what differs.

`Rewriter` takes the frames of a run in chunks with what the codec says of them now. A chunk is one
transaction, and a second run over the same uplinks writes nothing: what is equal stays as it is,
with its flag and the version that made it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import tuple_row

from regionhub.archive.replay.model import Chunk, Redecoded
from regionhub.archive.replay.rows import (
    GONE,
    NO_HISTORY,
    NO_ROWS,
    Datastreams,
    Rows,
    Said,
    absent_rows,
    given_rows,
    gone_rows,
    in_parts,
    together,
    with_history,
)
from regionhub.archive.runs import Run, advance
from regionhub.devices import Device
from regionhub.quantities import load_vocabulary
from regionhub.readings import Quality
from regionhub.series.normalize import history_bounds, quality_tests, state_columns
from regionhub.series.quality import LONGEST_RATE_GAP_NS, SeriesStates
from regionhub.store.arrays import Floats, Integers, LongIntegers, epoch_seconds, in_chunks
from regionhub.store.database import Connection, Database, select_one
from regionhub.store.listen import notify
from regionhub.store.statements import queries

_SQL = queries(__package__, "replay")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """Frames that a part changed, and its readings; `filled` had been emptied by this run."""

    uplinks: list[int]
    readings_changed: int
    readings_added: int
    readings_missing: int
    filled: int


class Rewriter:
    """Compares and writes; one for each run, one chunk at a time.

    One thread may call `said` while another one is in `write` with the chunk before.
    """

    def __init__(self, database: Database, run: Run, devices: Mapping[int, Device]) -> None:
        self._database = database
        self._run = run
        self._series = Datastreams(devices)
        #: By place: datastreams that differ from what is stored, from then on.
        self._diverged: NDArray[np.bool_] = np.empty(0, dtype=bool)
        #: By place: what the quality tests remember of those.
        self._states = SeriesStates(0)
        vocabulary = load_vocabulary().quantities
        self._tests = quality_tests()
        #: How long before a moment the tests look back, in seconds, by number of the quantity.
        self._spans = np.array(
            [
                LONGEST_RATE_GAP_NS / 1e9
                + (q.limits.flat_line.hours * 3600 if q.limits.flat_line else 0)
                for q in vocabulary.values()
            ]
        )
        with database.transaction() as connection:
            self._load_streams(connection)
            found = connection.execute(
                _SQL["interrupted"],
                {"replay_id": run.replay_id, "devices": list(devices)},
            ).fetchall()
        #: What an interrupted run changed up to this time may show in the flags behind it.
        self._changed_until = {row["datastream_id"]: row["last_time"] for row in found}

    def said(self, chunk: Chunk) -> Said:
        """What the frames say now, and what each might have said before and does not any more.

        Datastreams that are new are made, and stay if this run ends here.
        """
        decoded = chunk.decoded
        if not decoded:
            return Said(NO_ROWS, *NO_HISTORY)
        self._create_streams(decoded)
        frames_ns = _times(decoded)
        given = given_rows(decoded, frames_ns, self._series)
        gone = absent_rows(decoded, frames_ns, self._series, given)
        return Said(together(given, gone), *with_history(decoded, self._series))

    def write(self, chunk: Chunk, said: Said) -> None:
        """Write what differs, and how far the run is, in one transaction."""
        new = len(self._series.ids) - len(self._diverged)
        self._diverged = np.append(self._diverged, np.zeros(new, dtype=bool))
        self._states = self._states.followed_by(SeriesStates(new))
        with self._database.transaction() as connection:
            gone = self._gone_history(connection, chunk.decoded, said)
            counts = self._rewrite(connection, chunk.decoded, together(said.rows, gone))
            changed = counts.get("changed", 0)
            advance(
                connection,
                self._run,
                last_time=max((x.uplink.time_ns / 1e9 for x in chunk.decoded), default=None),
                problem=chunk.problem,
                counts={
                    "handled": len(chunk.decoded) + chunk.failed,
                    "failed": chunk.failed,
                    "unchanged": len(chunk.decoded) - changed,
                    **counts,
                },
            )

    def finish(self) -> None:
        """Bring the newest values up to date, and what the quality tests remember of them."""
        devices = sorted(self._series.of_device)
        diverged = self._series.ids[np.flatnonzero(self._diverged)]
        with self._database.transaction() as connection:
            connection.execute(_SQL["lock_devices"], {"devices": devices})
            rows = connection.execute(
                _SQL["newest"], {"devices": devices, "streams": diverged.tolist()}
            ).fetchall()
            if not rows:
                return
            rows.sort(key=lambda row: int(row["datastream_id"]))
            ids = [row["datastream_id"] for row in rows]
            numbers = [self._tests.numbers[row["quantity"]] for row in rows]
            times = np.array([row["time"] for row in rows])
            # up to and with the newest itself
            states = self._states_before(connection, np.array(ids), np.array(numbers), times + 1e-6)
            connection.execute(
                _SQL["write_latest"],
                {
                    "datastreams": Integers(ids),
                    "tenants": Integers([row["tenant_id"] for row in rows]),
                    "times": Floats(times),
                    "values": Floats([row["value"] for row in rows]),
                    "qualities": Integers([row["quality"] for row in rows]),
                    "received": Floats([row["received_at"] for row in rows]),
                    **{name: Floats(column) for name, column in state_columns(states).items()},
                },
            )
            notify(connection, ids)

    def _load_streams(self, connection: Connection) -> None:
        rows = connection.execute(
            _SQL["datastreams"], {"devices": list(self._series.of_device)}
        ).fetchall()
        self._series.add(rows)

    def _create_streams(self, decoded: Sequence[Redecoded]) -> None:
        known = self._series.places
        missing = sorted(
            {
                key
                for item in decoded
                for m in item.measurements
                if (key := (item.uplink.device_id, m.quantity, m.position)) not in known
            }
        )
        if missing:
            with self._database.transaction() as connection:
                connection.execute(
                    _SQL["create_datastreams"],
                    {
                        "tenants": [self._run.tenant_id] * len(missing),
                        "devices": [device for device, _, _ in missing],
                        "quantities": [quantity for _, quantity, _ in missing],
                        "positions": [position for _, _, position in missing],
                    },
                )
                self._load_streams(connection)

    def _gone_history(
        self, connection: Connection, decoded: Sequence[Redecoded], said: Said
    ) -> Rows:
        """Stored readings of these frames for other times than their own that they do not give."""
        series, item = said.history_series, said.history_item
        if not len(item):
            return NO_ROWS
        uplinks = [decoded[i].uplink for i in item]
        firsts = epoch_seconds(np.array([uplink.history_from_ns for uplink in uplinks]))
        lasts = epoch_seconds(np.array([uplink.history_to_ns for uplink in uplinks]))
        found = connection.execute(
            _SQL["stored_history"],
            {
                "streams": Integers(self._series.ids[series]),
                "firsts": Floats(firsts),
                "lasts": Floats(lasts),
                "uplinks": LongIntegers([uplink.uplink_id for uplink in uplinks]),
                "times": Floats(epoch_seconds(_times(decoded)[item])),
                "first": float(firsts.min()),
                "last": float(lasts.max()),
            },
        ).fetchall()
        places = {int(self._series.ids[place]): place for place in set(series.tolist())}
        items = {decoded[i].uplink.uplink_id: i for i in item.tolist()}
        rows = said.rows
        known = zip(rows.series.tolist(), rows.times_ns.tolist(), rows.item.tolist(), strict=True)
        stored = {(places[r["datastream_id"]], r["time_ns"], items[r["uplink_id"]]) for r in found}
        left = sorted(stored.difference(known))
        if not left:
            return NO_ROWS
        series, times_ns, item = np.array(left).T
        return gone_rows(series, times_ns, item)

    def _rewrite(
        self, connection: Connection, decoded: Sequence[Redecoded], rows: Rows
    ) -> dict[str, int]:
        since = self._diverge(connection, decoded, rows)
        rows = rows.of(self._diverged[rows.series])
        # frame by frame, as on arrival: what a frame says of earlier moments comes late
        qualities, fired = self._check(rows)
        # by datastream and time, as the rows lie
        order = np.lexsort((rows.times_ns, rows.series))
        order = order[(rows.item >= since[rows.series])[order]]
        if not len(order):
            return {}
        rows, qualities, fired = rows.of(order), qualities[order], fired[order]
        heard = sorted({decoded[i].uplink.device_id for i in np.unique(rows.item)})
        # ingest locks them first as well: so nobody waits for somebody who waits for him
        connection.execute(_SQL["lock_devices"], {"devices": heard})
        changed: set[int] = set()
        counts: Counter[str] = Counter()
        for part in in_parts(rows):
            written = self._rewrite_part(
                connection, decoded, rows.of(part), qualities[part], fired[part]
            )
            changed.update(written.uplinks)
            counts.update(
                readings_changed=written.readings_changed,
                readings_added=written.readings_added,
                # what this run had emptied and fills again was not missing for good
                readings_missing=written.readings_missing - written.filled,
            )
        return {**counts, "changed": len(changed)}

    def _rewrite_part(
        self,
        connection: Connection,
        decoded: Sequence[Redecoded],
        rows: Rows,
        qualities: NDArray[np.int64],
        fired: NDArray[np.int64],
    ) -> _Written:
        named = np.unique(rows.item)
        items = [decoded[i] for i in named]
        uplinks = [item.uplink for item in items]
        times = epoch_seconds(_times(items))
        old, before = _numbered([(x.profile_id, x.profile_version) for x in uplinks])
        new, profile = _numbered([(item.profile_id, item.profile_version) for item in items])
        places = np.searchsorted(named, rows.item)
        history_from, history_to = history_bounds(
            [uplink.time_ns for uplink in uplinks], [item.measurements for item in items]
        )
        moments = epoch_seconds(rows.times_ns)
        values: dict[str, Any] = {
            "streams": Integers(self._series.ids[rows.series]),
            "times": Floats(moments),
            "values": Floats(rows.values),
            "qualities": Integers(qualities),
            "tests": Integers(fired),
            "missing": Integers(rows.device == GONE),
            "uplinks": Integers(places + 1),
            "before": Integers(np.array(before)[places]),
            "uplink_ids": LongIntegers([uplink.uplink_id for uplink in uplinks]),
            "devices": Integers([uplink.device_id for uplink in uplinks]),
            "uplink_times": Floats(times),
            "history_from": Floats(history_from),
            "history_to": Floats(history_to),
            "old_profiles": [name for name, _ in old],
            "old_versions": [version for _, version in old],
            "profile": Integers(profile),
            "profiles": [name for name, _ in new],
            "versions": [version for _, version in new],
            "first_uplink": float(times.min()),
            "last_uplink": float(times.max()),
            "tenant_id": self._run.tenant_id,
            "replay_id": self._run.replay_id,
            "first": float(moments.min()),
            "last": float(moments.max()),
        }
        written = select_one(connection, _Written, _SQL["rewrite"], values)
        assert written is not None
        return written

    def _check(self, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Flag readings in the order of their frames as on arrival, and remember them."""
        qualities = np.full(len(rows.series), int(Quality.MISSING))
        fired = np.zeros(len(rows.series), dtype=np.int64)
        there = rows.device != GONE
        given = rows.of(there)
        qualities[there], fired[there] = self._tests.check(
            series=given.series,
            quantity=self._series.quantities[given.series],
            time_ns=given.times_ns,
            value=given.values,
            device=given.device,
            states=self._states,
        )
        return qualities, fired

    def _diverge(
        self, connection: Connection, decoded: Sequence[Redecoded], rows: Rows
    ) -> NDArray[np.int64]:
        """Find the datastreams that change for the first time, and from which frame on."""
        series = self._series
        since_item = np.zeros(len(self._diverged), dtype=np.int64)
        asked = rows.of(~self._diverged[rows.series])
        if not len(asked.series):
            return since_item
        ids = series.ids[asked.series]
        times = epoch_seconds(asked.times_ns)
        uplink_ids = np.array([item.uplink.uplink_id for item in decoded])[asked.item]
        since: dict[int, int] = {}
        for part in in_chunks(times):
            found = connection.execute(
                _SQL["divergences"],
                {
                    "streams": Integers(ids[part]),
                    "times": Floats(times[part]),
                    "values": Floats(asked.values[part]),
                    "device": Integers(asked.device[part]),
                    "uplinks": LongIntegers(uplink_ids[part]),
                    "items": Integers(asked.item[part]),
                    "first": float(times[part].min()),
                    "last": float(times[part].max()),
                },
            ).fetchall()
            for row in found:
                stream = row["datastream_id"]
                since[stream] = min(since.get(stream, row["item"]), row["item"])
        if self._changed_until:
            told = zip(ids.tolist(), times.tolist(), asked.item.tolist(), strict=True)
            for stream, time, item in told:
                if time > self._changed_until.get(stream, np.inf):
                    since[stream] = min(since.get(stream, item), item)
        if since:
            place_of = dict(zip(ids.tolist(), asked.series.tolist(), strict=True))
            places = np.array([place_of[stream] for stream in since])
            began = float(epoch_seconds(_times(decoded)).min())
            states = self._states_before(
                connection,
                series.ids[places],
                series.quantities[places],
                np.full(len(places), began),
                first_frame=began,
            )
            self._states.put(places, states)
            self._diverged[places] = True
            since_item[places] = list(since.values())
        return since_item

    def _states_before(
        self,
        connection: Connection,
        ids: NDArray[np.int64],
        quantities: NDArray[np.int64],
        moments: NDArray[np.float64],
        first_frame: float | None = None,
    ) -> SeriesStates:
        """What the quality tests knew just before a moment of each, from what is stored.

        Frames of and after `first_frame` (seconds since 1970) had told them nothing yet.
        """
        states = SeriesStates(len(ids))
        with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            cursor.execute(
                _SQL["before"],
                {
                    "streams": Integers(ids),
                    "times": Floats(moments),
                    "spans": Floats(self._spans[quantities]),
                    "first_frame": first_frame,
                },
            )
            row = cursor.fetchone()
        assert row is not None
        series, times, values = row
        series = series.astype(np.int64) - 1
        self._tests.check(
            series=series,
            quantity=quantities[series],
            time_ns=times,
            value=values,
            device=np.zeros(len(series), dtype=np.int64),
            states=states,
        )
        return states


def _times(decoded: Sequence[Redecoded]) -> NDArray[np.int64]:
    return np.array([item.uplink.time_ns for item in decoded], dtype=np.int64)


def _numbered(
    pairs: Sequence[tuple[str, str | None]],
) -> tuple[list[tuple[str, str | None]], list[int]]:
    """Each pair once, and for each of the given ones its place, counted from 1."""
    places = {pair: number for number, pair in enumerate(dict.fromkeys(pairs), 1)}
    return list(places), [places[pair] for pair in pairs]
