"""What `regionhub work` does for decisions: each second, and all anew if somebody wants it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from regionhub.levels import Signal
from regionhub.signals.decide import decide
from regionhub.signals.history import rewrite_history
from regionhub.signals.touched import Waiting, all_sites, touch_sites, touch_stray_devices, waiting
from regionhub.store.database import Connection, Database
from regionhub.store.jobs import Job, Work
from regionhub.store.listen import notify

#: How long a job waits for something to do before it looks again.
_PAUSE_SECONDS = 0.25
#: A job keeps looking for so long, then it is begun anew.
_RUN_SECONDS = 600
#: Sites that are decided anew in one step of `decide_all`.
_SITES = 200

#: One transaction of work: the sites that it was about, None if nothing waits.
Step = Callable[[Connection], list[int] | None]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far `decide_all` is: sites that are decided, of how many, and those whose past waits."""

    decided: int
    sites: int
    past: int


def jobs(signals: Sequence[Signal]) -> list[Job]:
    """Decisions and their past, which must not keep them waiting."""
    return [
        job("decide", lambda connection: decide(connection, signals)),
        job("decide_history", lambda connection: rewrite_history(connection, signals)),
    ]


def job(name: str, step: Step) -> Job:
    """A job that takes one step after the other, and looks again when nothing waits."""

    def run(work: Work) -> None:
        end = time.monotonic() + _RUN_SECONDS
        while not work.stopping.is_set() and time.monotonic() < end:
            if not take(work.database, step):
                work.stopping.wait(_PAUSE_SECONDS)

    return Job(name=name, every_seconds=1, run=run)


def decide_all(database: Database, signals: Sequence[Signal]) -> Iterator[Progress]:
    """Decide about every site anew, from its first reading on; yields how far it is.

    A worker may be at it as well: each does what the other one has not taken.

    Args:
        database: under the ingest role.
        signals: those whose decisions are kept.
    """

    def deciding(connection: Connection) -> list[int] | None:
        return decide(connection, signals)

    with database.transaction() as connection:
        sites = all_sites(connection)
        touch_stray_devices(connection)
    for start in range(0, len(sites), _SITES):
        # not all at once: what is touched and waits is shown to nobody
        with database.transaction() as connection:
            touched = touch_sites(connection, sites[start : start + _SITES])
        while take(database, deciding) or _waiting(database, touched).now:
            pass
        done = min(start + _SITES, len(sites))
        yield Progress(done, len(sites), _waiting(database, touched).past)
    past = _waiting(database).past
    while past:
        if not take(database, lambda connection: rewrite_history(connection, signals)):
            time.sleep(_PAUSE_SECONDS)  # a worker is at the last of it
        past = _waiting(database).past
        yield Progress(len(sites), len(sites), past)


def take(database: Database, step: Step) -> bool:
    """Take one step; whether there was anything to do. Readers are told of it."""
    with database.transaction() as connection:
        sites = step(connection)
    notify(database, sites=sites or ())
    return sites is not None


def _waiting(database: Database, touched_id: int = 0) -> Waiting:
    with database.transaction() as connection:
        return waiting(connection, touched_id)
