"""Uplinks that are decoded again: reading them, and writing only what differs.

`Uplinks` reads the frames of one run in order of time. `Rewriter` takes them in chunks with what
the codec says of them now. A chunk is one transaction, and a second run over the same uplinks
writes nothing: what is equal stays as it is, with its flag and the version that made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from psycopg.rows import tuple_row

from regionhub.devices import Device
from regionhub.quality import LONGEST_RATE_GAP_NS, QualityCheck, SeriesState
from regionhub.quantities import load_vocabulary
from regionhub.readings import Measurement, Quality
from regionhub.store._columns import Floats, Integers, LongIntegers
from regionhub.store._queries import queries
from regionhub.store.archive import Run, advance
from regionhub.store.database import Connection, Database, fetch_all, fetch_one

_SQL = queries("replay")

#: What the device says of its value, as a number; 3 is a reading that is not given any more.
_WORDS: tuple[Literal["ok", "suspect", "invalid"], ...] = ("ok", "suspect", "invalid")
_DEVICE = {word: number for number, word in enumerate(_WORDS)}
_GONE = 3
#: Readings with a time of their own are looked for so long before and after what they are now.
_MOVED_SECONDS = 86_400.0


class StoredUplink(NamedTuple):
    """A frame as it was kept; times are nanoseconds since 1970-01-01 UTC."""

    uplink_id: int
    device_id: int
    time_ns: int
    received_ns: int
    f_port: int | None
    payload: bytes
    profile_id: str
    profile_version: str | None


class Redecoded(NamedTuple):
    """A stored frame and what the codec says of it now, in canonical units, each with its time."""

    uplink: StoredUplink
    measurements: Sequence[Measurement]
    profile_id: str
    profile_version: str | None


class Chunk(NamedTuple):
    """Frames in order of time: those that could be decoded, and how many could not."""

    decoded: Sequence[Redecoded]
    failed: int
    problem: str | None


class Uplinks:
    """The uplinks of one run, under the ingest role."""

    def __init__(self, database: Database, run: Run) -> None:
        self._database = database
        self._run = run
        with database.transaction() as connection:
            chosen = {"tenant_id": run.tenant_id, **run.selection.values()}
            rows = fetch_all(connection, _SQL["devices"], chosen)
            self.devices = {row["device_id"]: Device(**row) for row in rows}
            self._chosen = {
                **chosen,
                "devices": list(self.devices),
                "to_time": run.selection.to_time or run.requested_at,
            }

    def count(self) -> int:
        """How many there are."""
        with self._database.transaction() as connection:
            row = fetch_one(connection, _SQL["count_uplinks"], self._chosen)
        assert row is not None
        return int(row["messages"])

    def chunks(self, size: int) -> Iterator[list[StoredUplink]]:
        """All of them as they are now, `size` at a time, through one cursor."""
        with (
            self._database.transaction() as connection,
            connection.cursor("uplinks", row_factory=tuple_row) as cursor,
        ):
            cursor.execute(_SQL["uplinks"], self._chosen, binary=True)
            while rows := cursor.fetchmany(size):
                yield [StoredUplink(*row) for row in rows]


class _Rows(NamedTuple):
    """Readings of a chunk as columns; `values` has NaN where there is none."""

    streams: list[int]
    times_ns: list[int]
    values: list[float | None]
    device: list[int]
    uplinks: list[int]


class Rewriter:
    """Compares and writes; one for each run, one chunk at a time."""

    def __init__(self, database: Database, run: Run, devices: Mapping[int, Device]) -> None:
        self._database = database
        self._run = run
        self._streams: dict[int, dict[tuple[str, str], int]] = {d: {} for d in devices}
        self._quantities: dict[int, str] = {}
        #: Datastreams that are not what they were, and what the quality tests remember of them.
        self._diverged: dict[int, SeriesState | None] = {}
        vocabulary = load_vocabulary().quantities
        self._checks = {name: QualityCheck(quantity) for name, quantity in vocabulary.items()}
        self._spans = {
            name: LONGEST_RATE_GAP_NS / 1e9
            + (q.limits.flat_line.hours * 3600 if q.limits.flat_line else 0)
            for name, q in vocabulary.items()
        }
        with database.transaction() as connection:
            self._load_streams(connection)
            found = fetch_all(
                connection,
                _SQL["interrupted"],
                {"replay_id": run.replay_id, "devices": list(self._streams)},
            )
        #: What an interrupted run changed up to this time may show in the flags behind it.
        self._changed_until = {row["datastream_id"]: row["last_time"] for row in found}

    def write(self, chunk: Chunk) -> None:
        """Write what differs, and how far the run is, in one transaction."""
        with self._database.transaction() as connection:
            connection.execute(_SQL["allow_old_chunks"])
            self._create_streams(connection, chunk.decoded)
            rows = self._rows(connection, chunk.decoded)
            counts = self._rewrite(connection, chunk.decoded, rows) if rows.streams else {}
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
        devices = sorted(self._streams)
        with self._database.transaction() as connection:
            connection.execute(_SQL["lock_devices"], {"devices": devices})
            rows = fetch_all(
                connection, _SQL["newest"], {"devices": devices, "streams": sorted(self._diverged)}
            )
            rows.sort(key=lambda row: int(row["datastream_id"]))
            after = {row["datastream_id"]: row["time"] + 1e-6 for row in rows}
            states = self._states_before(connection, after)
            believed = [states[row["datastream_id"]] for row in rows]
            if not rows:
                return
            connection.execute(
                _SQL["write_latest"],
                {
                    "datastreams": Integers([row["datastream_id"] for row in rows]),
                    "tenants": Integers([row["tenant_id"] for row in rows]),
                    "times": Floats([row["time"] for row in rows]),
                    "values": Floats([row["value"] for row in rows]),
                    "qualities": Integers([row["quality"] for row in rows]),
                    "received": Floats([row["received_at"] for row in rows]),
                    "believed_at": Floats([s and s.time_ns / 1e9 for s in believed]),
                    "believed_values": Floats([s and s.value for s in believed]),
                    "unchanged_since": Floats([s and s.unchanged_since_ns / 1e9 for s in believed]),
                    "unchanged_values": Floats([s and s.unchanged_value for s in believed]),
                },
            )
            for start in range(0, len(rows), 500):
                streams = [str(row["datastream_id"]) for row in rows[start : start + 500]]
                connection.execute(_SQL["notify"], {"payload": ",".join(streams)})

    def _load_streams(self, connection: Connection) -> None:
        for row in fetch_all(connection, _SQL["datastreams"], {"devices": list(self._streams)}):
            key = (row["quantity"], row["position"])
            self._streams[row["device_id"]][key] = row["datastream_id"]
            self._quantities[row["datastream_id"]] = row["quantity"]

    def _create_streams(self, connection: Connection, decoded: Sequence[Redecoded]) -> None:
        missing = sorted(
            {
                (item.uplink.device_id, m.quantity, m.position)
                for item in decoded
                for m in item.measurements
                if (m.quantity, m.position) not in self._streams[item.uplink.device_id]
            }
        )
        if missing:
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

    def _rows(self, connection: Connection, decoded: Sequence[Redecoded]) -> _Rows:
        rows = _Rows([], [], [], [], [])
        moved: list[tuple[int, float, float, int]] = []
        given: set[tuple[int, int, int]] = set()
        for item in decoded:
            uplink = item.uplink
            streams = self._streams[uplink.device_id]
            here: set[int] = set()
            first = last = uplink.time_ns
            for m in item.measurements:
                stream = streams[m.quantity, m.position]
                time_ns = uplink.time_ns if m.time_ns is None else m.time_ns // 1000 * 1000
                if (stream, time_ns, uplink.uplink_id) in given:
                    continue  # of two at one moment the first is kept, as on arrival
                given.add((stream, time_ns, uplink.uplink_id))
                if time_ns == uplink.time_ns:
                    here.add(stream)
                else:
                    first, last = min(first, time_ns), max(last, time_ns)
                _append(rows, stream, time_ns, m.value, _DEVICE[m.quality], uplink.uplink_id)
            for stream in streams.values():
                if stream not in here:
                    _append(rows, stream, uplink.time_ns, None, _GONE, uplink.uplink_id)
                # a frame of stored readings only that gives none now had them before its own time
                if first != last or not item.measurements:
                    times = (first / 1e9 - _MOVED_SECONDS, last / 1e9 + _MOVED_SECONDS)
                    moved.append((stream, *times, uplink.uplink_id))
        for stream, time_ns, uplink_id in self._stored_elsewhere(connection, moved):
            if (stream, time_ns, uplink_id) not in given:
                _append(rows, stream, time_ns, None, _GONE, uplink_id)
        return rows

    def _stored_elsewhere(
        self, connection: Connection, moved: Sequence[tuple[int, float, float, int]]
    ) -> list[tuple[int, int, int]]:
        if not moved:
            return []
        streams, firsts, lasts, uplinks = zip(*moved, strict=True)
        rows = connection.execute(
            _SQL["stored_elsewhere"],
            {
                "streams": Integers(streams),
                "firsts": Floats(firsts),
                "lasts": Floats(lasts),
                "uplinks": LongIntegers(uplinks),
            },
        ).fetchall()
        return [(row["datastream_id"], row["time_ns"], row["uplink_id"]) for row in rows]

    def _rewrite(
        self, connection: Connection, decoded: Sequence[Redecoded], rows: _Rows
    ) -> dict[str, int]:
        bounds = {"first": min(rows.times_ns) / 1e9, "last": max(rows.times_ns) / 1e9}
        since = self._diverge(connection, rows, bounds)
        chosen = [
            i
            for i, stream in enumerate(rows.streams)
            if stream in self._diverged and rows.times_ns[i] >= since.get(stream, 0)
        ]
        if not chosen:
            return {}
        chosen.sort(key=rows.times_ns.__getitem__)
        qualities, tests = [], []
        for i in chosen:
            quality, fired = self._check(rows, i)
            qualities.append(quality)
            tests.append(fired)
        named = {rows.uplinks[i] for i in chosen}
        items = [item for item in decoded if item.uplink.uplink_id in named]
        place = {item.uplink.uplink_id: n for n, item in enumerate(items, 1)}
        uplinks = [item.uplink for item in items]
        times = [uplink.time_ns / 1e9 for uplink in uplinks]
        old, before = _numbered([(x.profile_id, x.profile_version) for x in uplinks])
        new, profile = _numbered([(item.profile_id, item.profile_version) for item in items])
        places = [place[rows.uplinks[i]] for i in chosen]
        values: dict[str, Any] = {
            "streams": Integers([rows.streams[i] for i in chosen]),
            "times": Floats([rows.times_ns[i] / 1e9 for i in chosen]),
            "values": Floats([rows.values[i] for i in chosen]),
            "qualities": Integers(qualities),
            "tests": Integers(tests),
            "missing": Integers([int(rows.device[i] == _GONE) for i in chosen]),
            "uplinks": Integers(places),
            "before": Integers([before[n - 1] for n in places]),
            "uplink_ids": LongIntegers([uplink.uplink_id for uplink in uplinks]),
            "devices": Integers([uplink.device_id for uplink in uplinks]),
            "uplink_times": Floats(times),
            "old_profiles": [name for name, _ in old],
            "old_versions": [version for _, version in old],
            "profile": Integers(profile),
            "profiles": [name for name, _ in new],
            "versions": [version for _, version in new],
            "first_uplink": min(times),
            "last_uplink": max(times),
            "tenant_id": self._run.tenant_id,
            "replay_id": self._run.replay_id,
            **bounds,
        }
        row = connection.execute(_SQL["rewrite"], values).fetchone()
        assert row is not None
        return row

    def _check(self, rows: _Rows, i: int) -> tuple[int, int]:
        """Flag one reading as on arrival, and remember it."""
        if rows.device[i] == _GONE:
            return int(Quality.MISSING), 0
        stream = rows.streams[i]
        word = _WORDS[rows.device[i]]
        quality, fired, self._diverged[stream] = self._checks[self._quantities[stream]](
            rows.values[i], rows.times_ns[i], self._diverged[stream], word
        )
        return int(quality), int(fired)

    def _diverge(
        self, connection: Connection, rows: _Rows, bounds: Mapping[str, float]
    ) -> dict[int, int]:
        """Find the datastreams that change for the first time, and from when on."""
        asked = [i for i, stream in enumerate(rows.streams) if stream not in self._diverged]
        if not asked:
            return {}
        found = connection.execute(
            _SQL["divergences"],
            {
                "streams": Integers([rows.streams[i] for i in asked]),
                "times": Floats([rows.times_ns[i] / 1e9 for i in asked]),
                "values": Floats([rows.values[i] for i in asked]),
                "device": Integers([rows.device[i] for i in asked]),
                "uplinks": LongIntegers([rows.uplinks[i] for i in asked]),
                **bounds,
            },
        ).fetchall()
        since = {row["datastream_id"]: float(row["time"]) for row in found}
        for i in asked:
            stream, time = rows.streams[i], rows.times_ns[i] / 1e9
            if stream in self._changed_until and time > self._changed_until[stream]:
                since[stream] = min(since.get(stream, time), time)
        self._diverged.update(self._states_before(connection, since))
        return {stream: round(time * 1e6) * 1000 for stream, time in since.items()}

    def _states_before(
        self, connection: Connection, moments: Mapping[int, float]
    ) -> dict[int, SeriesState | None]:
        """What the quality tests knew just before a moment, from what is stored."""
        states: dict[int, SeriesState | None] = dict.fromkeys(moments)
        if moments:
            rows = connection.execute(
                _SQL["before"],
                {
                    "streams": Integers(list(moments)),
                    "times": Floats(list(moments.values())),
                    "spans": Floats([self._spans[self._quantities[s]] for s in moments]),
                },
            ).fetchall()
            for row in rows:
                stream = row["datastream_id"]
                check = self._checks[self._quantities[stream]]
                states[stream] = check(row["value"], row["time_ns"], states[stream])[2]
        return states


def _append(
    rows: _Rows, stream: int, time_ns: int, value: float | None, device: int, uplink_id: int
) -> None:
    rows.streams.append(stream)
    rows.times_ns.append(time_ns)
    rows.values.append(value)
    rows.device.append(device)
    rows.uplinks.append(uplink_id)


def _numbered(
    pairs: Sequence[tuple[str, str | None]],
) -> tuple[list[tuple[str, str | None]], list[int]]:
    """Each pair once, and for each of the given ones its place, counted from 1."""
    places = {pair: number for number, pair in enumerate(dict.fromkeys(pairs), 1)}
    return list(places), [places[pair] for pair in pairs]
