"""`regionhub ingest`."""

from __future__ import annotations

import gc
import signal
from types import FrameType

from prometheus_client import start_http_server

from regionhub.archive.profile_versions import keep_profiles
from regionhub.archive.write.ingest import IngestStore
from regionhub.cli.run import StopWithParent, ingest_database, start, switch_threads_often
from regionhub.profiles import load_profiles
from regionhub.sealing import Secrets
from regionhub.store.leases import Leases
from regionhub_ingest.decode import Codecs
from regionhub_ingest.worker import Worker

_GARBAGE = (200_000, 20, 100)


def ingest(stop_with_parent: StopWithParent = False) -> None:
    """Receive messages from all sources and store them.

    Run as many as you like: they share the sources, and what one leaves the others take up. The
    messages of one source are shared, too, if it has several sessions: `regionhub source sessions`.
    """
    settings = start(stop_with_parent)
    if settings.ingest_metrics_port:
        start_http_server(settings.ingest_metrics_port, addr=settings.ingest_metrics_host)
    with ingest_database(settings, size=3) as database:
        with database.transaction() as connection:
            keep_profiles(connection, load_profiles(settings.device_profiles).values())
        worker = Worker(
            IngestStore(database, Secrets(settings.key_file)),
            Leases(database),
            Codecs(load_profiles(settings.device_profiles)),
            client_id="regionhub-ingest",
        )

        def stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
            worker.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        switch_threads_often()
        _look_for_garbage_seldom()
        worker.run()


def _look_for_garbage_seldom() -> None:
    """A batch is tens of thousands of objects without cycles that live as long as it does.

    To look through them after every 700 new ones costs more than to parse them.
    """
    gc.freeze()
    gc.set_threshold(*_GARBAGE)
