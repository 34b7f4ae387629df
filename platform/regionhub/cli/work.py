"""`regionhub work`: the periodic jobs, and what people ask for in the portal."""

from __future__ import annotations

import signal
import threading
import time

from regionhub.archive.retention import apply_retention
from regionhub.archive.runs import Archive
from regionhub.cli.checks.facts import beat
from regionhub.cli.run import StopWithParent, start
from regionhub.errors import Conflict, StoreError, StoreUnavailable
from regionhub.observability import get_logger
from regionhub.profiles import load_profiles
from regionhub.settings import Settings
from regionhub.store.database import Database, connect, store_errors
from regionhub_ingest.decode import Codecs
from regionhub_ingest.reprocess import Reprocessor

_log = get_logger(__name__)
_RETENTION_SECONDS = 3600
_BEAT_SECONDS = 60
_LOOK_SECONDS = 2


def work(stop_with_parent: StopWithParent = False) -> None:
    """Apply retention every hour, process dead letters again when a town asks for it."""
    settings = start(stop_with_parent)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    due = beat_due = 0.0
    with Database(settings.database_url, size=2, role="ingest") as database:
        while not stopping.is_set():
            try:
                if time.monotonic() >= beat_due:
                    _show_life(settings)
                    beat_due = time.monotonic() + _BEAT_SECONDS
                if time.monotonic() >= due:
                    due = time.monotonic() + _RETENTION_SECONDS
                    _remove_old(settings)
                process_requests(settings, database, stopping)
            except StoreUnavailable as error:
                _log.warning("database_unavailable", detail=error.detail)
            stopping.wait(_LOOK_SECONDS)


def process_requests(settings: Settings, database: Database, stopping: threading.Event) -> None:
    """Work on the runs that wait, one after the other; profiles are read anew for each."""
    archive = Archive(database)
    while not stopping.is_set() and archive.next_requested() is not None:
        profiles = load_profiles(settings.device_profiles)
        archive.keep_profiles(profiles.values())
        try:
            with archive.only_worker("dead_letters"):
                run = archive.next_requested()
                if run is not None:
                    Reprocessor(database, Codecs(profiles)).work(run)
        except Conflict:
            return  # somebody is at it from the command line; look again later
        except StoreUnavailable:
            raise
        except StoreError as error:
            # it would fail again for ever, and the others wait behind it
            _log.exception("replay_failed", replay=run.replay_id if run else None)
            if run is not None:
                archive.finish(run, state="stopped", problem=error.detail)


def _show_life(settings: Settings) -> None:
    with store_errors(), connect(settings.database_url, autocommit=True) as connection:
        beat(connection, "work")


def _remove_old(settings: Settings) -> None:
    """Apply retention; where it fails it is tried again with the next hour, all else goes on."""
    try:
        with store_errors(), connect(settings.database_url, autocommit=True) as connection:
            removed = apply_retention(connection)
    except StoreError as error:
        _log.exception("retention_failed", detail=error.detail)
        return
    for row in removed:
        _log.info(
            "removed_by_retention",
            tenant=row["tenant_id"],
            what=row["what"],
            source=row["source_id"],
            reason=row["reason"],
            outcome=row["outcome"],
            rows=row["removed"],
            oldest=row["oldest"].isoformat(),
            newest=row["newest"].isoformat(),
        )
    _log.info("retention_applied", rows=sum(row["removed"] for row in removed))
