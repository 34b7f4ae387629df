"""What `regionhub work` does for alarms: it watches, and it sends."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from regionhub.errors import InputError
from regionhub.features.alarms import check, outbox
from regionhub.features.alarms.channels import RECEIPT, Outcome, Outgoing, send_for_town
from regionhub.features.alarms.outbox import Ready
from regionhub.features.alarms.watch import sites_of, watch
from regionhub.store.jobs import Job, Work
from regionhub.store.listen import News, listening, notify

#: A job keeps looking for so long, then it is begun anew.
_RUN_SECONDS = 600
#: What came within this time is looked at together.
_GATHER_SECONDS = 0.25
#: All rules are looked at so often: for what comes by itself, and for notices that were lost.
_ALL_SECONDS = 3.0
_PAUSE_SECONDS = 0.25
#: Messages that are on their way at once.
_AT_ONCE = 16
#: How far received times may lie behind the look that sees their readings.
_OVERLAP = timedelta(minutes=2)


def watch_rules(work: Work) -> None:
    """React to decisions and readings as they are committed, and look at everything now and then.

    The notices are a courtesy: without them an alarm comes `_ALL_SECONDS` later.
    """
    end = time.monotonic() + _RUN_SECONDS
    looked: datetime | None = None
    all_due = 0.0
    with listening(work.database) as listener:
        while not work.stopping.is_set() and time.monotonic() < end:
            news = listener.wait(_PAUSE_SECONDS)
            if news:
                time.sleep(_GATHER_SECONDS)
                news.add(listener.wait(0))
            if time.monotonic() >= all_due:
                begun = datetime.now(UTC)
                _look(work, None, looked)
                looked = begun - _OVERLAP
                all_due = time.monotonic() + _ALL_SECONDS
            elif news:
                _look(work, news, None)


def _look(work: Work, news: News | None, since: datetime | None) -> None:
    with work.database.transaction() as connection:
        sites = None
        if news is not None:
            sites = news.sites | sites_of(connection, news.datastreams)
            if not sites:
                return
        changed = watch(connection, sites=sites, since=since)
    notify(work.database, sites=changed)


@dataclass
class Sender:
    """Messages on their way, each in a thread: a slow channel keeps none of the others waiting."""

    work: Work
    pool: ThreadPoolExecutor
    flying: dict[Future[Outcome], Ready] = field(default_factory=dict)

    def step(self, *, more: bool) -> bool:
        """Whether there was anything to do; without `more` nothing new is begun."""
        done = [future for future in self.flying if future.done()]
        for future in done:
            ready = self.flying.pop(future)
            with self.work.database.transaction() as connection:
                outbox.finish(connection, ready.message_id, future.result())
        begun = self._begin() if more else 0
        return bool(done or begun)

    def _begin(self) -> int:
        with self.work.database.transaction() as connection:
            made = outbox.bundle(connection, datetime.now(UTC))
        room = _AT_ONCE - len(self.flying)
        ready_now = self._claim(room) if room else []
        for ready, message in ready_now:
            self.flying[self.pool.submit(self._send, ready, message)] = ready
        return made + len(ready_now)

    def _claim(self, room: int) -> list[tuple[Ready, Outgoing]]:
        with self.work.database.transaction() as connection:
            return [
                (ready, outbox.outgoing(connection, ready, self.work.portal))
                for ready in outbox.claim(connection, room)
            ]

    def _send(self, ready: Ready, message: Outgoing) -> Outcome:
        if ready.address is None:
            return Outcome("refused", "the contact is gone")
        try:
            sealed = ready.address != RECEIPT
            address = self.work.secrets.open(ready.address) if sealed else RECEIPT
        except InputError as error:
            return Outcome("refused", error.detail)
        return send_for_town(address, message, self.work.alarm_networks)


def send_messages(work: Work) -> None:
    """Hand messages to their channels; what is on its way at the end is waited for."""
    end = time.monotonic() + _RUN_SECONDS
    with work.database.transaction() as connection:
        outbox.note_orphans(connection)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="alarm") as pool:
        sender = Sender(work, pool)
        while (more := not work.stopping.is_set() and time.monotonic() < end) or sender.flying:
            if not sender.step(more=more):
                time.sleep(_PAUSE_SECONDS)


JOBS = (
    Job(name="alarms", every_seconds=1, run=watch_rules),
    Job(name="alarm_messages", every_seconds=1, run=send_messages),
    check.JOB,
)
