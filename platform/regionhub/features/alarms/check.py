"""The chain tries itself: each hour a reading goes through broker, ingest, rule and outbox.

It comes from a device of a town that nobody sees: it has no people, and shares with nobody. What
its rule makes of the reading is told to a receipt. When that has arrived, a heartbeat goes out to
another place, which tells people when it stops; when it has not, the operator is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from regionhub.errors import RegionhubError
from regionhub.features.alarms.channels import RECEIPT, Outgoing, ping, send
from regionhub.observability import get_logger
from regionhub.registry.broker_access import OWN_PREFIX
from regionhub.registry.devices import create_device
from regionhub.registry.installations import install
from regionhub.registry.sites import create_site
from regionhub.registry.sources import change_source, create_source
from regionhub.registry.tenants import create_tenant
from regionhub.store.database import Connection, select_one, select_value
from regionhub.store.jobs import HubBroker, Job, Work
from regionhub.store.roles import acting_as
from regionhub.store.statements import queries
from regionhub.web.api.metrics import Figure

_SQL = queries(__package__, "check")
_log = get_logger(__name__)
SLUG = OWN_PREFIX
_DEV_EUI = "7e57a1a400000001"
#: Temperatures that its device sends, and the limit of its rule between them, °C.
_HOT, _COLD, _LIMIT = 40, 20, 30
#: How long a reading may take to its receipt.
_SECONDS = 60.0
#: When nothing has passed for so long, everybody is told.
STOPPED = timedelta(hours=2, minutes=10)
_PROBLEMS = {
    "not_published": "the hub's broker does not take the reading",
    "not_stored": "the reading was published and not stored: is `regionhub ingest` running?",
    "not_raised": "the reading is stored, and its rule raised no alarm",
    "not_delivered": "the alarm was raised, and its message not handed over",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCheck:
    """When the chain passed last, was tried last, and what was wrong then."""

    passed_at: datetime | None
    begun_at: datetime | None
    problem: str | None

    def stopped(self, now: datetime) -> bool:
        """Whether it is tried and has not passed for long."""
        known = self.passed_at or self.begun_at
        return known is not None and self.problem is not None and now - known > STOPPED


@dataclass(frozen=True, slots=True)
class _Source:
    source_id: int
    broker_url: str


def last_check(connection: Connection) -> LastCheck:
    """Under any role."""
    found = select_one(connection, LastCheck, _SQL["last"])
    assert found is not None
    return found


def is_needed(connection: Connection) -> bool:
    """Whether a rule of any town is on, as the owner."""
    return bool(select_value(connection, bool, _SQL["is_needed"]))


def figures(connection: Connection) -> list[Figure]:
    """How long ago the chain passed; nothing where it never did."""
    passed = last_check(connection).passed_at
    if passed is None:
        return []
    age = (datetime.now(UTC) - passed).total_seconds()
    return [Figure("alarm_check_age_seconds", "Since the chain of alarms passed its check.", age)]


def check_chain(work: Work, *, seconds: float = _SECONDS) -> None:
    """Try the chain if it is time; a hub without a broker of its own cannot."""
    broker = work.broker
    if broker is None:
        return
    with work.owner() as connection:
        tenant_id = _set_up(connection, work, broker)
        values: dict[str, object] = {"tenant_id": tenant_id}
        if not select_value(connection, bool, _SQL["is_due"], values):
            return
        connection.execute(_SQL["forget_old"])
        connection.execute(_SQL["forget_last"], values)
        check_id = select_value(connection, int, _SQL["begin"])
        values["check_id"] = check_id
        problem = _run(connection, work, broker, values, seconds)
        connection.execute(_SQL["finish"], {"check_id": check_id, "problem": problem})
    if problem is None:
        ping(work.heartbeat)
        return
    _log.error("alarm_chain_broken", problem=problem, detail=_PROBLEMS[problem])
    if work.operator:
        send(work.operator, _bad_news(problem, str(check_id)))


def _run(
    connection: Connection,
    work: Work,
    broker: HubBroker,
    values: dict[str, object],
    seconds: float,
) -> str | None:
    try:
        broker.publish(_DEV_EUI, _HOT)
        stage = _await(lambda: select_value(connection, str, _SQL["stage"], values), work, seconds)
        broker.publish(_DEV_EUI, _COLD)
    except RegionhubError as error:
        _log.warning("alarm_check_not_published", detail=error.detail)
        return "not_published"
    return None if stage == "passed" else stage


def _await(stage: Callable[[], str | None], work: Work, seconds: float) -> str:
    end = time.monotonic() + seconds
    while (found := stage() or "not_stored") != "passed" and time.monotonic() < end:
        if work.stopping.wait(0.25):
            break
    return found


def _set_up(connection: Connection, work: Work, broker: HubBroker) -> int:
    """The town with its source, device, rule and receipt, made when it is not there."""
    found = select_value(connection, int, _SQL["tenant"], {"slug": SLUG})
    if found is not None:
        source = select_one(connection, _Source, _SQL["source"], {"tenant_id": found})
        if source is not None and source.broker_url != broker.url:
            change_source(connection, source_id=source.source_id, broker_url=broker.url)
        return found
    with connection.transaction():
        tenant_id = create_tenant(connection, slug=SLUG, name="Prüfung der Alarmkette")
        create_source(
            connection,
            tenant_id=tenant_id,
            name=SLUG,
            format=broker.format,
            broker_url=broker.url,
            topics=[f"{OWN_PREFIX}/#"],
            protocol="3.1.1",  # as the message is published
            username=broker.user or None,
            password=broker.password or None,
            secrets=work.secrets,
        )
        with acting_as(connection, SLUG):
            site = create_site(connection, tenant_id, {"name": "Prüfstelle", "kind": "road"})
            device = create_device(
                connection,
                tenant_id=tenant_id,
                dev_eui=_DEV_EUI,
                name="Prüfgerät",
                profile_id=broker.profile,
                parameters={},
                interval_seconds=3600,
            )
            begun = datetime.now(UTC) - timedelta(minutes=1)
            install(connection, device.device_id, site_id=site.site_id, time=begun)
        rows = {"tenant_id": tenant_id, "receipt": RECEIPT, "limit": _LIMIT}
        connection.execute(_SQL["set_up"], rows)
    return tenant_id


def _bad_news(problem: str, key: str) -> Outgoing:
    return Outgoing(
        key=f"alarm-check-{key}",
        subject="Die Alarmkette des Smart Region Hub ist unterbrochen",
        body=f"Die stündliche Prüfung ist gescheitert ({problem}): {_PROBLEMS[problem]}. Bis das "
        "behoben ist, kommen Alarme womöglich nicht an. Siehe `regionhub doctor`.",
        level=3,
    )


JOB = Job(name="alarm_check", every_seconds=30, run=check_chain)
