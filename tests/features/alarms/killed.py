"""Watches and sends until it is killed: `python -m tests.features.alarms.killed URL KEY`."""

from __future__ import annotations

import sys
import threading
from functools import partial
from pathlib import Path

from tests.features.alarms.standins import HERE

from regionhub.features.alarms.jobs import JOBS
from regionhub.sealing import Secrets
from regionhub.store.database import Database, connect
from regionhub.store.jobs import Locks, Schedule, Work


def main(url: str, key: str) -> None:
    """As `regionhub work` does it."""
    with Database(url, size=5, role="ingest") as database, Locks(database) as locks:
        owner = partial(connect, url, autocommit=True)
        work = Work(
            owner=owner,
            database=database,
            locks=locks,
            secrets=Secrets(Path(key)),
            alarm_networks=HERE,
        )
        threads = [threading.Thread(target=keep_on, args=(work, number)) for number in range(2)]
        for thread in threads:
            thread.start()
        print("ready", flush=True)
        for thread in threads:
            thread.join()


def keep_on(work: Work, number: int) -> None:
    schedule = Schedule([JOBS[number]])
    while True:
        schedule.run(work)
        work.stopping.wait(0.1)


main(*sys.argv[1:])
