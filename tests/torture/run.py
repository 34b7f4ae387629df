"""One run: the plan, round by round, then the reckoning."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.torture.alarms import torture_alarms
from tests.torture.hub import Hub, hub
from tests.torture.messages import Sent
from tests.torture.plan import Round
from tests.torture.publisher import Publisher, publisher
from tests.torture.report import BrokerKill, Report
from tests.torture.verdict import judge, missing
from tests.torture.watch import Watch, watch

#: Longer than any recovery may take: reconnecting waits 30 seconds at most.
_RECOVERY_SECONDS = 120.0
#: The queue before a kill of the broker, so that ingest is busy when it comes.
_BACKLOG_SECONDS = 1.0
#: Nobody waits longer for the last messages than this without any commit.
_QUIET_SECONDS = 30.0


def torture(
    folder: Path,
    plan: list[Round],
    *,
    seed: int,
    rate: float,
    disks: bool,
    enough: threading.Event,
) -> Report:
    """Carry out the plan, until `enough` is set, and judge what is stored."""
    report = Report(seed=seed, planned=sum(each.kills for each in plan))
    with (
        hub(folder, with_disks=disks) as victim,
        watch(victim.database.url) as eyes,
        publisher(victim.broker.port, seed, rate) as servers,
    ):
        run = _Run(victim, eyes, servers, report)
        run.begin()
        for number, each in enumerate(plan, 1):
            if enough.is_set():
                report.planned = sum(done.kills for done in plan[: number - 1])
                break
            run.round(number, len(plan), each)
        run.finish()
        report.alarms = torture_alarms(folder, victim.database, seed)
    return report


class _Run:
    def __init__(self, victim: Hub, eyes: Watch, servers: Publisher, report: Report) -> None:
        self._hub = victim
        self._watch = eyes
        self._servers = servers
        self._report = report
        self._snapshot_at = 0.0

    def begin(self) -> None:
        self._snapshot_at = self._hub.broker.snapshot()
        self._servers.start()
        self._watch.wait_for_commit(_RECOVERY_SECONDS, self._hub.ingest.supervise)
        self._report.begin()

    def round(self, number: int, rounds: int, each: Round) -> None:
        """One fault, and the recovery from it."""
        self._servers.check()
        with self._condition(each):
            if each.kill is not None:
                time.sleep(each.kill_after)
                self._kill(each.kill, each.restart_after)
                time.sleep(max(0.0, each.lasts - each.kill_after))
            else:
                time.sleep(each.lasts)
        # on a full disk it can only start once there is room
        self._hub.database.wait()
        try:
            seconds = self._watch.wait_for_commit(_RECOVERY_SECONDS, self._hub.ingest.supervise)
        except TimeoutError as error:
            self._report.stuck.append(f"{each.name}: {error}")
            seconds = _RECOVERY_SECONDS
        self._report.add(each, seconds)
        self._report.print_round(number, rounds, each, seconds, len(self._servers.sent))
        self._hub.ingest.supervise()
        if each.snapshot:
            self._snapshot_at = self._hub.broker.snapshot()
        time.sleep(each.calm)

    def finish(self) -> None:
        """Let everything arrive, fill in what the broker itself lost, and judge."""
        report, url = self._report, self._hub.database.url
        self._servers.pause()
        report.end()
        self._drain()
        self._account_for_broker(missing(url, self._servers.sent))
        if report.lost_in_broker:
            self._servers.publish_again(report.lost_in_broker)
            self._drain()
        report.published = self._servers.messages
        report.numbers = len(self._servers.sent)
        report.acknowledged = sum(s.acknowledged_at is not None for s in self._servers.sent)
        report.without_subscriber = self._servers.without_subscriber
        report.own_exits = self._hub.ingest.exits
        report.verdict = judge(url, self._servers.sent)

    def _drain(self) -> None:
        """Wait until everything is there, or until nothing comes any more."""
        url, sent = self._hub.database.url, self._servers.sent
        self._watch.wait_for_quiet(
            _QUIET_SECONDS, self._hub.ingest.supervise, lambda: not missing(url, sent)
        )

    def _account_for_broker(self, gone: list[Sent]) -> None:
        """Only what was acknowledged between a snapshot and a kill may the broker have lost."""
        for kill in self._report.broker_kills:
            kill.acknowledged = sum(kill.may_lose(sent) for sent in self._servers.sent)
        for sent in gone:
            for kill in self._report.broker_kills:
                if kill.may_lose(sent):
                    kill.lost.append(sent)
                    break

    # Faults ----------------------------------------------------------------------------------

    @contextmanager
    def _condition(self, each: Round) -> Iterator[None]:
        what = each.condition
        if what is None:
            yield
        elif what.startswith("clock"):
            self._hub.clock.jump(float(what.split()[1]))
            yield
            self._hub.clock.jump(0.0)
        elif what.startswith("disk full: "):
            disk = self._hub.disks[what.removeprefix("disk full: ")]
            disk.fill()
            yield
            disk.free()
        else:
            how, where = what.split(": ")
            line = self._hub.links[where]
            line.change(how)
            yield
            line.change("up")

    def _kill(self, what: str, restart_after: float) -> None:
        victim = self._hub
        if what == "backend":
            self._kill_backend()
            return
        if what == "broker after a snapshot":
            self._kill_broker_after_snapshot(restart_after)
            return
        # who is killed, how, and how it starts again; the broker first: it is what others wait for
        all_of_them = {
            "broker": (self._kill_broker, victim.broker.start),
            "ingest": (victim.ingest.kill, victim.ingest.start),
            "database": (victim.database.kill, victim.database.start),
        }
        chosen = [ways for name, ways in all_of_them.items() if name in what.split(" and ")]
        for kill, _ in chosen:
            kill()
        time.sleep(restart_after)
        for _, start in chosen:
            start()

    def _kill_broker(self) -> None:
        at = self._hub.broker.kill()
        self._report.broker_kills.append(BrokerKill(self._snapshot_at, at))

    def _kill_broker_after_snapshot(self, restart_after: float) -> None:
        """Everything is acknowledged and in the file; ingest is draining when the kill comes."""
        line, broker = self._hub.links["ingest-broker"], self._hub.broker
        line.change("silent")
        time.sleep(_BACKLOG_SECONDS)
        self._servers.pause()
        line.change("up")
        self._snapshot_at = broker.snapshot()
        time.sleep(restart_after)
        self._kill_broker()
        broker.start()
        self._servers.resume()

    def _kill_backend(self) -> None:
        """The process that works for ingest, the busiest one if there are several."""
        database = self._hub.database
        database.kill_backend(database.busiest("regionhub_ingest"))
