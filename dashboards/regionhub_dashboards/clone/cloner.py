"""Solutions for one, some or all towns."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from regionhub.errors import RegionhubError
from regionhub.features.solutions import store
from regionhub.registry.tenants import Tenant, tenant_by_slug
from regionhub.store.database import Connection
from regionhub_dashboards.clone.desired import Hub
from regionhub_dashboards.clone.grafana import Grafana, GrafanaAway
from regionhub_dashboards.clone.town import Outcome, TownRun
from regionhub_dashboards.solutions import SOLUTIONS, Solution

#: How long fresh organisations are waited for, all of them together. They get what sends alerts
#: once a minute.
PATIENCE_SECONDS = 75.0


@dataclass(frozen=True, slots=True)
class TownOutcome:
    """What was done for a town, or why it was not."""

    tenant: Tenant
    outcome: Outcome
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloner:
    """Brings solutions into the organisations of towns.

    Args:
        grafana: the server.
        connection: of the owner, in autocommit.
        hub: what the hub tells Grafana.
        solutions: the catalogue.
        sleep: waits so many seconds.
        clock: seconds that never go back.
    """

    grafana: Grafana
    connection: Connection
    hub: Hub
    solutions: Mapping[str, Solution] = field(default_factory=lambda: SOLUTIONS)
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def town(self, slug: str) -> TownRun:
        """One town.

        Raises:
            InputError: there is none with this name.
        """
        return TownRun(
            grafana=self.grafana,
            connection=self.connection,
            tenant=tenant_by_slug(self.connection, slug),
            hub=self.hub,
            solutions=self.solutions,
            sleep=self.sleep,
        )

    def settle(self, slugs: Iterable[str], *, upgrade: Iterable[str] = ()) -> Iterator[TownOutcome]:
        """Do for each town what is to be done; what one town fails on keeps no other waiting.

        Towns whose organisations are fresh come twice: what needs them to be ready is done when
        all others are done.
        """
        wanted = list(upgrade)
        unready = []
        for slug in slugs:
            done = self._settle(self.town(slug), wanted, 0)
            if done.outcome.complete or done.problem:
                yield done
            else:
                unready.append((slug, done))
        deadline = self.clock() + PATIENCE_SECONDS
        for slug, first in unready:
            patience = max(0.0, deadline - self.clock())
            second = self._settle(self.town(slug), wanted, patience)
            changes = [each for each in first.outcome.changes if each.kind != "wait"]
            second.outcome.changes[:0] = changes
            second.outcome.writes += first.outcome.writes
            yield second

    def _settle(self, run: TownRun, upgrade: list[str], patience: float) -> TownOutcome:
        try:
            outcome = run.settle(upgrade=upgrade, patience_seconds=patience)
            refused = [str(each) for each in outcome.changes if each.kind == "refuse"]
            if refused:
                store.mark_failed(self.connection, run.tenant.tenant_id, "; ".join(refused))
            return TownOutcome(run.tenant, outcome)
        except RegionhubError as error:
            store.mark_failed(self.connection, run.tenant.tenant_id, error.detail)
            if isinstance(error, GrafanaAway):
                raise
            return TownOutcome(run.tenant, Outcome([], 0, complete=False), error.detail)
