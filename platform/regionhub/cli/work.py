"""`regionhub work`: the periodic jobs, and what people ask for in the portal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer
from rich.progress import Progress

from regionhub.archive.profile_versions import keep_profiles
from regionhub.archive.retention import apply_retention
from regionhub.archive.runs import REQUESTED, Archive, Kind
from regionhub.archive.stored_profiles import stored_profiles
from regionhub.cli.checks.facts import beat
from regionhub.cli.run import StopWithParent, ingest_database, start
from regionhub.confined import read_networks
from regionhub.errors import Conflict, InputError, StoreError, StoreUnavailable
from regionhub.features import FEATURES
from regionhub.features.alarms.channels import NETWORKS as ALARM_NETWORKS
from regionhub.features.feature import Feature
from regionhub.features.feeds.download import NETWORKS as FEED_NETWORKS
from regionhub.features.solutions.store import waiting
from regionhub.levels import Signal
from regionhub.observability import get_logger
from regionhub.profiles import load_profiles
from regionhub.registry.broker_access import OWN_PREFIX, READER, AccessFiles
from regionhub.sealing import Secrets
from regionhub.settings import Settings
from regionhub.signals import jobs as deciding
from regionhub.signals.jobs import decide_all, take
from regionhub.store.database import Connection, Database, connect, store_errors
from regionhub.store.jobs import HubBroker, Job, Locks, Schedule, Work
from regionhub.store.readers import LONGEST_SECONDS, end_transactions, restore_logins
from regionhub_ingest.decode import Codecs
from regionhub_ingest.replay import replay
from regionhub_ingest.reprocess import Reprocessor
from regionhub_simulators import probe
from regionhub_simulators.publisher import Broker, Publisher

_log = get_logger(__name__)
_LOOK_SECONDS = 2


def work(
    stop_with_parent: StopWithParent = False,
    anew: Annotated[
        bool,
        typer.Option(
            "--decide-all",
            help="Decide about every site anew, from its first reading on, and end; "
            "workers may run meanwhile.",
        ),
    ] = False,
) -> None:
    """Do what is due: decisions, retention, dead letters that a town wants again, other jobs."""
    settings = start(stop_with_parent)
    if anew:
        _decide_all(settings)
        return
    todo = [*WATCHES, *jobs(settings)]
    with (
        ingest_database(settings, size=len(todo) + 2) as database,
        Locks(database) as locks,
    ):
        work_on = Work(
            owner=partial(_owner, settings),
            database=database,
            locks=locks,
            secrets=Secrets(settings.key_file),
            portal=settings.portal_url,
            broker=_hub_broker(settings),
            heartbeat=settings.heartbeat_url,
            operator=settings.operator_address,
            alarm_networks=read_networks(settings.alarm_networks, ALARM_NETWORKS),
            feed_networks=read_networks(settings.feed_networks, FEED_NETWORKS),
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: work_on.stopping.set())
        # each by itself: what takes minutes, such as a replay, must not keep decisions waiting
        threads = [
            threading.Thread(target=_keep_on, args=(Schedule([job]), work_on), name=job.name)
            for job in todo
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _hub_broker(settings: Settings) -> HubBroker | None:
    if not settings.broker_url:
        return None
    password = settings.broker_password
    user = READER if password else ""
    broker = replace(
        Broker.from_url(settings.broker_url), user=user or None, password=password or None
    )

    def publish(dev_eui: str, temperature_c: float) -> None:
        message = probe.probe(OWN_PREFIX, dev_eui, temperature_c, datetime.now(UTC))
        with Publisher(broker, in_flight=1) as publisher:
            publisher.publish([message])

    return HubBroker(
        url=settings.broker_url,
        user=user,
        password=password,
        format=probe.FORMAT,
        profile=probe.PROFILE,
        publish=publish,
    )


def _decide_all(settings: Settings) -> None:
    with ingest_database(settings, size=2) as database, Progress() as shown:
        decided = shown.add_task("decisions", total=None)
        past = shown.add_task("their past", total=None)
        most = 0
        for done in decide_all(database, signals()):
            most = max(most, done.past)
            shown.update(decided, completed=done.decided, total=done.sites)
            shown.update(past, completed=most - done.past, total=most)
        for feature in FEATURES:
            while feature.decide is not None and take(database, feature.decide):
                pass


def _keep_on(schedule: Schedule, work_on: Work) -> None:
    try:
        while not work_on.stopping.is_set():
            try:
                schedule.run(work_on)
            except StoreUnavailable as error:
                _log.warning("database_unavailable", detail=error.detail)
            work_on.stopping.wait(_LOOK_SECONDS)
    finally:
        work_on.stopping.set()  # without one part the others are no use


def signals(features: Sequence[Feature] = FEATURES) -> list[Signal]:
    """What features say about sites."""
    return [signal for feature in features for signal in feature.signals]


def jobs(settings: Settings, features: Sequence[Feature] = FEATURES) -> list[Job]:
    """Everything that is done periodically."""
    return [
        Job(name="heartbeat", every_seconds=60, run=_show_life),
        Job(name="retention", every_seconds=3600, run=_remove_old),
        Job(
            name="replays",
            every_seconds=_LOOK_SECONDS,
            run=lambda work_on: process_requests(settings, work_on.database, work_on.stopping),
        ),
        *(
            [Job(name="solutions", every_seconds=10, run=partial(_bring_solutions, settings))]
            if settings.grafana_url
            else []
        ),
        *_broker_access(settings),
        *deciding.jobs(signals(features)),
        *(
            deciding.job(f"decide_{feature.name}", feature.decide)
            for feature in features
            if feature.decide is not None
        ),
        *(job for feature in features for job in feature.jobs),
    ]


def _broker_access(settings: Settings) -> Iterator[Job]:
    """What a source that was added or got a new password may do, for the hub's own broker."""
    if settings.broker_access is None:
        return
    files = AccessFiles(settings.broker_access, reader_password=settings.broker_password)

    def keep(work_on: Work) -> None:
        with work_on.owner() as connection:
            if files.write(connection):
                _log.info("broker_access_written")

    yield Job(name="broker_access", every_seconds=_LOOK_SECONDS, run=keep)


def _bring_solutions(settings: Settings, work_on: Work) -> None:
    """What towns let themselves use in the portal, or use no more."""
    with work_on.owner() as connection:
        towns = waiting(connection)
        if not towns:
            return
        # loading what makes dashboards takes seconds, and few processes need it
        from regionhub.cli.grafana import cloner  # noqa: PLC0415

        with cloner(settings, connection) as made:
            for done in made.settle(towns):
                tell = _log.warning if done.problem else _log.info
                tell(
                    "solutions",
                    town=done.tenant.slug,
                    writes=done.outcome.writes,
                    problem=done.problem,
                )


def _watch_readers(work_on: Work) -> None:
    with work_on.owner() as connection:
        end_transactions(connection, LONGEST_SECONDS)
        restore_logins(connection)


#: What has to happen every few seconds, whatever else there is to do.
WATCHES = (Job(name="readers", every_seconds=10, run=_watch_readers),)


@contextmanager
def _owner(settings: Settings) -> Iterator[Connection]:
    with connect(settings.database_url, autocommit=True) as connection, store_errors():
        yield connection


def process_requests(settings: Settings, database: Database, stopping: threading.Event) -> None:
    """Work on the runs that wait, one after the other; profiles are read anew for each."""
    for kind in REQUESTED:
        _process_requests(settings, database, stopping, kind)


def _process_requests(
    settings: Settings, database: Database, stopping: threading.Event, kind: Kind
) -> None:
    archive = Archive(database)
    while not stopping.is_set() and archive.next_requested(kind) is not None:
        profiles = load_profiles(settings.device_profiles)
        with database.transaction() as connection:
            keep_profiles(connection, profiles.values())
            codecs = Codecs(profiles)
            codecs.take(stored_profiles(connection))
        try:
            with archive.only_worker(kind):
                run = archive.next_requested(kind)
                if run is not None and kind == "dead_letters":
                    Reprocessor(database, codecs).work(run)
                elif run is not None:
                    replay(database, codecs, run)
        except Conflict:
            return  # somebody is at it from the command line; look again later
        except StoreUnavailable:
            raise
        except (StoreError, InputError) as error:
            # it would fail again for ever, and the others wait behind it
            _log.exception("replay_failed", replay=run.replay_id if run else None)
            if run is not None:
                archive.finish(run, state="stopped", problem=error.detail)


def _show_life(work_on: Work) -> None:
    with work_on.owner() as connection:
        beat(connection, "work")


def _remove_old(work_on: Work) -> None:
    with work_on.owner() as connection:
        removed = apply_retention(connection)
    for row in removed:
        _log.info(
            "removed_by_retention",
            tenant=row.tenant_id,
            what=row.what,
            source=row.source_id,
            reason=row.reason,
            outcome=row.outcome,
            rows=row.removed,
            oldest=row.oldest.isoformat(),
            newest=row.newest.isoformat(),
        )
    _log.info("retention_applied", rows=sum(row.removed for row in removed))
