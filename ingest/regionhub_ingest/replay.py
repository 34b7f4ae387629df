"""Stored uplinks decoded again after a correction of their codec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import orjson

from regionhub.archive.replay.model import Chunk, Redecoded, StoredUplink
from regionhub.archive.replay.rewrite import Rewriter
from regionhub.archive.replay.source import Uplinks
from regionhub.archive.runs import Archive, Replay, Run
from regionhub.devices import Device
from regionhub.errors import DecodeError, InputError, ProfileError, StoreError
from regionhub.store.database import Database
from regionhub_ingest.calibrate import calibrated
from regionhub_ingest.codec import Frame
from regionhub_ingest.decode import Codecs
from regionhub_ingest.own_times import at_possible_times

CHUNK_SIZE = 4000


def replay(
    database: Database,
    codecs: Codecs,
    run: Run,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Replay:
    """Decode the uplinks of a run with the profile and parameters that their devices have now.

    Values that differ replace the stored ones, which stay as versions; what is equal stays
    untouched. An uplink that cannot be decoded stays as it is and is counted. While one chunk is
    decoded, the one before is written. Whoever is killed in between can start the same again:
    it writes only what is not written yet.

    Args:
        database: under the ingest role, with at least three connections.
        codecs: used by nobody else meanwhile.
        run: which ones.
        progress: told how many of how many are done.

    Returns:
        The run with its counts.

    Raises:
        InputError: no device is chosen, or one has a profile that is not there.
        StoreError: the database is away or refuses; what was done stays done.
    """
    archive = Archive(database)
    try:
        _work(database, archive, codecs, run, progress)
    except BaseException as error:
        with suppress(StoreError):
            archive.finish(run, state="stopped", problem=_sentence(error))
        raise
    return archive.finish(run)


def _work(
    database: Database,
    archive: Archive,
    codecs: Codecs,
    run: Run,
    progress: Callable[[int, int], None],
) -> None:
    uplinks = Uplinks(database, run)
    if not uplinks.devices:
        raise InputError("no device of this town fits; see `--profile` and `--device`")
    for device in uplinks.devices.values():
        if codecs.version(device.profile_id) is None:
            raise InputError(f"{device.dev_eui}: no device profile {device.profile_id}")
    total = uplinks.count()
    archive.begin(run, total)
    rewriter = Rewriter(database, run, uplinks.devices)
    done = 0
    with ThreadPoolExecutor(max_workers=1) as writer:
        before = None
        for stored in uplinks.chunks(CHUNK_SIZE):
            chunk = decode(codecs, uplinks.devices, stored)
            expected = rewriter.expected(chunk)
            if before is not None:
                before.result()
            before = writer.submit(rewriter.write, chunk, expected)
            done += len(stored)
            progress(done, max(total, done))
        if before is not None:
            before.result()
    rewriter.finish()


def decode(codecs: Codecs, devices: dict[int, Device], stored: Sequence[StoredUplink]) -> Chunk:
    """Decode some uplinks; the only place that calls the codecs here."""
    frames = []
    for uplink in stored:
        device = devices[uplink.device_id]
        frame = Frame(
            uplink.payload,
            uplink.f_port,
            uplink.time_ns,
            device.parameters,
            device.device_id,
            None if uplink.decoded is None else orjson.loads(uplink.decoded),
        )
        frames.append((device.profile_id, frame))
    decoded = []
    failed, problem = 0, None
    for uplink, answer in zip(stored, codecs.decode_all(frames), strict=True):
        device = devices[uplink.device_id]
        if isinstance(answer, DecodeError | ProfileError):
            failed += 1
            problem = problem or f"{device.dev_eui}, uplink {uplink.uplink_id}: {answer.detail}"
            continue
        measurements, _ = at_possible_times(answer.measurements, received_ns=uplink.received_ns)
        if device.calibrations:
            measurements = calibrated(measurements, device.calibrations, time_ns=uplink.time_ns)
        version = codecs.version(device.profile_id)
        decoded.append(Redecoded(uplink, measurements, device.profile_id, version))
    return Chunk(decoded, failed, problem)


def _sentence(error: BaseException) -> str:
    return str(getattr(error, "detail", "")) or f"it was interrupted ({type(error).__name__})"
