"""One town: from what it uses to what stands in its organisation, step by step.

Each step reads, compares and writes what differs, so that a run which was ended anywhere is gone on
with by the next one, and a second run writes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass

from regionhub.features.solutions import store
from regionhub.features.solutions.store import Adoption
from regionhub.registry.tenants import Tenant
from regionhub.store.database import Connection
from regionhub.store.roles import end_login
from regionhub_dashboards.clone.alerts import Alerts
from regionhub_dashboards.clone.boards import Boards, Drift
from regionhub_dashboards.clone.canonical import Json
from regionhub_dashboards.clone.change import Change, Pen
from regionhub_dashboards.clone.desired import FOLDERS, PREFERENCES, STANDARD, Hub
from regionhub_dashboards.clone.grafana import Grafana, Organisation
from regionhub_dashboards.clone.source import Source
from regionhub_dashboards.kit.rules import DATA_SOURCE_UID
from regionhub_dashboards.render import dashboard_of
from regionhub_dashboards.solutions import Solution


@dataclass(slots=True)
class Outcome:
    """What was done for a town; not `complete` where something has to be done later."""

    changes: list[Change]
    writes: int
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TownRun:
    """One town.

    Args:
        grafana: the server.
        connection: of the owner, in autocommit.
        tenant: the town.
        hub: what the hub tells Grafana.
        solutions: the catalogue.
        sleep: waits so many seconds.
    """

    grafana: Grafana
    connection: Connection
    tenant: Tenant
    hub: Hub
    solutions: Mapping[str, Solution]
    sleep: Callable[[float], None] = time.sleep

    @property
    def _kind(self) -> str:
        """The role that reads for the town; for the region the one that sees all that share."""
        slug = "region" if self.tenant.kind == "region" else self.tenant.slug
        return f"g_{slug.replace('-', '_')}"

    def settle(
        self,
        *,
        dry: bool = False,
        upgrade: Iterable[str] = (),
        adding: Iterable[Adoption] = (),
        patience_seconds: float = 0,
    ) -> Outcome:
        """Bring the organisation to what the town uses.

        Args:
            dry: only say what would be done.
            upgrade: solutions that come to their newest version; others stay as they are.
            adding: for a plan: what the town would use in addition.
            patience_seconds: how long a fresh organisation is waited for.

        Raises:
            Conflict: somebody else is at this town.
            GrafanaError: the server does not do it; the next run goes on.
        """
        with store.alone(self.connection, self.tenant.tenant_id):
            adoptions = self._adoptions()
            adoptions |= {each.solution: each for each in adding}
            pen = Pen(dry)
            if not adoptions:
                return Outcome(pen.changes, 0)
            organisation = self._organisation(pen)
            try:
                complete = self._bring(pen, organisation, adoptions, set(upgrade), patience_seconds)
            finally:
                if organisation is not None:
                    organisation.close()
            return Outcome(pen.changes, pen.writes, complete)

    def _bring(
        self,
        pen: Pen,
        organisation: Organisation | None,
        adoptions: dict[str, Adoption],
        upgrade: set[str],
        patience_seconds: float,
    ) -> bool:
        boards = self._boards(organisation, pen)
        alerts = Alerts(
            organisation=organisation,
            pen=pen,
            portal_url=self.hub.portal_url,
            solutions=self.solutions,
            sleep=self.sleep,
        )
        leaving = [name for name, each in adoptions.items() if each.state == "leaving"]
        staying = [each for name, each in adoptions.items() if name not in leaving]
        known = [name for name in self.solutions if name in {each.solution for each in staying}]
        if staying:
            self._source(organisation, pen).bring()
            self._folders(organisation, pen)
        for name in leaving:
            if template := self._template(name):
                boards.take_away(template)
            alerts.remove_rules(name)
        done = [name for name in known if self._bring_one(boards, alerts, adoptions[name], upgrade)]
        if staying:
            self._preferences(organisation, pen, done)
        complete = alerts.contacts(adoptions, patience_seconds=patience_seconds)
        if not pen.dry:
            self._write_down(adoptions, done, leaving, upgrade, complete=complete)
        if not staying:
            self._dismantle(organisation, pen)
        return complete

    def _bring_one(
        self, boards: Boards, alerts: Alerts, adoption: Adoption, upgrade: set[str]
    ) -> bool:
        name = adoption.solution
        template = self._template(name)
        newest = adoption.state == "wanted" or name in upgrade
        if template and not boards.bring(self.solutions[name], template, upgrade=newest):
            return False
        alerts.rules(adoption)
        return True

    def _write_down(
        self,
        adoptions: dict[str, Adoption],
        done: list[str],
        leaving: list[str],
        upgrade: set[str],
        *,
        complete: bool,
    ) -> None:
        tenant_id = self.tenant.tenant_id
        for name in leaving:
            store.forget_adoption(self.connection, tenant_id, name)
        for name in done:
            # what still waits for contact points stays wanted, so that the next run does it
            if complete and (adoptions[name].state == "wanted" or name in upgrade):
                version = self.solutions[name].manifest.version
                store.mark_applied(self.connection, tenant_id, name, version)

    def _adoptions(self) -> dict[str, Adoption]:
        """What the town uses that has something to show in Grafana."""
        known = store.adoptions(self.connection, self.tenant.tenant_id)
        return {
            name: each
            for name, each in known.items()
            if name in self.solutions and self.solutions[name].uid
        }

    def _organisation(self, pen: Pen) -> Organisation | None:
        """The town's; it is made where there is none."""
        tenant_id, name = self.tenant.tenant_id, self.tenant.name
        org_id = store.organisation(self.connection, tenant_id)
        called = None if org_id is None else self.grafana.organisation_name(org_id)
        if org_id is not None and called is not None:
            what = f"Name der Organisation: {name} statt {called}"
            if called != name and pen.do("change", what):
                self.grafana.rename_organisation(org_id, name)
            return self.grafana.inside(org_id)
        org_id = self.grafana.organisation_named(name)
        if org_id is None:
            if not pen.do("create", f"Organisation {name}"):
                return None
            org_id = self.grafana.create_organisation(name)
        if not pen.dry:
            store.keep_organisation(self.connection, tenant_id, org_id)
        return self.grafana.inside(org_id)

    def _source(self, organisation: Organisation | None, pen: Pen) -> Source:
        return Source(
            connection=self.connection,
            organisation=organisation,
            hub=self.hub,
            server=store.database_server(self.connection),
            kind=self._kind,
            role=store.role_name(self.connection, self._kind),
            pen=pen,
            sleep=self.sleep,
        )

    def _boards(self, organisation: Organisation | None, pen: Pen) -> Boards:
        return Boards(
            connection=self.connection,
            tenant_id=self.tenant.tenant_id,
            organisation=organisation,
            pen=pen,
        )

    def _template(self, name: str) -> Json | None:
        return dashboard_of(
            self.solutions[name],
            tile_url=self.hub.tile_url,
            attribution=self.hub.attribution,
            portal_url=self.hub.portal_url,
        )

    def _folders(self, organisation: Organisation | None, pen: Pen) -> None:
        for uid, title, may in FOLDERS:
            there = organisation.folder(uid) if organisation else None
            if there is None and pen.do("create", f"Ordner {title}") and organisation:
                organisation.create_folder(uid, title)
            fresh = there is None or organisation is None
            if (fresh or (organisation and organisation.permissions(uid) != may)) and (
                pen.do("change", f"Rechte im Ordner {title}") and organisation
            ):
                organisation.set_permissions(uid, may)

    def _preferences(
        self, organisation: Organisation | None, pen: Pen, done: Iterable[str]
    ) -> None:
        """German, light, and one of the dashboards as the first page unless the town chose one."""
        there = organisation.preferences() if organisation else {}
        wanted: Json = {key: value for key, value in PREFERENCES.items() if there.get(key) != value}
        first = next((uid for name in done if (uid := self.solutions[name].uid)), None)
        if first and not there.get("homeDashboardUID"):
            wanted["homeDashboardUID"] = first
        what = f"Einstellungen: {', '.join(sorted(wanted))}"
        if wanted and pen.do("change", what) and organisation:
            organisation.change_preferences(wanted)

    def _dismantle(self, organisation: Organisation | None, pen: Pen) -> None:
        """Leave no trace of the hub; what is the town's own stays, with what it reads from."""
        if organisation is None:
            return
        own = [board for board in organisation.dashboards() if board.get("folderUid") != STANDARD]
        if own:
            pen.say("keep", f"{len(own)} eigene Dashboards der Kommune und ihre Datenquelle")
            if organisation.folder(STANDARD) is not None and pen.do("delete", "Ordner Standard"):
                organisation.delete_folder(STANDARD)
            return
        what = f"Organisation {self.tenant.name} und der Zugang ihrer Datenquelle"
        if pen.do("delete", what):
            self._delete(organisation)

    def _delete(self, organisation: Organisation) -> None:
        organisation.delete_data_source(DATA_SOURCE_UID)
        self.grafana.delete_organisation(organisation.org_id)
        store.forget_organisation(self.connection, self.tenant.tenant_id)
        end_login(self.connection, kind=self._kind)

    def drift(self) -> list[Drift]:
        """How each dashboard of the town stands; only asks."""
        adoptions = self._adoptions()
        organisation = self._organisation(Pen(dry=True))
        if organisation is None:
            return []
        with closing(organisation):
            boards = self._boards(organisation, Pen(dry=True))
            return [
                boards.drift(self.solutions[name], template)
                for name in self.solutions
                if name in adoptions and (template := self._template(name))
            ]

    def roll_back(self, names: Iterable[str], *, dry: bool = False) -> Outcome:
        """Bring back what stood there before the newest version.

        Raises:
            Conflict: somebody else is at this town.
            GrafanaError: the server does not do it.
        """
        pen = Pen(dry)
        with store.alone(self.connection, self.tenant.tenant_id):
            organisation = self._organisation(Pen(dry=True))
            if organisation is None:
                return Outcome([], 0)
            with closing(organisation):
                boards = self._boards(organisation, pen)
                for name in names:
                    template = self._template(name)
                    if template and not boards.roll_back(self.solutions[name], template):
                        pen.say("keep", f"Dashboard {template['uid']}: keine frühere Fassung")
        return Outcome(pen.changes, pen.writes)
