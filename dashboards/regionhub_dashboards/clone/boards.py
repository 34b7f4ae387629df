"""The dashboards of a town: how they stand, and what a new version makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from regionhub.features.solutions import store
from regionhub.features.solutions.store import AppliedDashboard, FormerDashboard
from regionhub.store.database import Connection
from regionhub_dashboards.clone.canonical import Json, digest
from regionhub_dashboards.clone.change import Pen
from regionhub_dashboards.clone.desired import OWN, STANDARD
from regionhub_dashboards.clone.grafana import GrafanaError, Organisation, StoredDashboard
from regionhub_dashboards.clone.merge import merge
from regionhub_dashboards.solutions import Solution

State = Literal["clean", "edited", "missing", "foreign", "new_layout", "provisioned"]
WORDS: dict[State, str] = {
    "clean": "unverändert",
    "edited": "von der Kommune geändert",
    "missing": "fehlt in Grafana",
    "foreign": "gehört nicht zum Hub und bleibt unberührt",
    "new_layout": "im neuen Layout von Grafana 13 gespeichert, das sich nicht zusammenführen "
    "lässt: Bitte die Änderung in ein eigenes Dashboard übernehmen und dieses zurücksetzen",
    "provisioned": "kommt aus einer Provisioning-Datei, die zuerst entfernt werden muss",
}
#: Somebody may save while we merge; so often it is tried.
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How a dashboard of a town stands."""

    uid: str
    solution: str
    state: State
    outdated: bool
    version: str | None
    saved_by: str
    conflicts: tuple[str, ...]

    def __str__(self) -> str:
        words = [WORDS[self.state]]
        if self.outdated:
            words.append(f"veraltet (Version {self.version})")
        if self.saved_by:
            words.append(f"zuletzt gespeichert von {self.saved_by}")
        return f"{self.uid}: {', '.join(words)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boards:
    """The dashboards of one town."""

    connection: Connection
    tenant_id: int
    organisation: Organisation | None
    pen: Pen

    def drift(self, solution: Solution, template: Json) -> Drift:
        """How one stands; only asks."""
        record = self._record(template)
        live = self._live(template)
        state, by = self._state(live, record, template)
        return Drift(
            uid=template["uid"],
            solution=solution.manifest.name,
            state=state,
            outdated=record is not None and digest(record.base) != digest(template),
            version=record.version if record else None,
            saved_by=by,
            conflicts=tuple(record.conflicts if record else ()),
        )

    def bring(self, solution: Solution, template: Json, *, upgrade: bool) -> bool:
        """Make it, or bring it to the version of the template; False: that is not possible.

        Without `upgrade` one that is there stays in the version it has.
        """
        uid, version = template["uid"], solution.manifest.version
        for _ in range(_TRIES):
            record, live = self._record(template), self._live(template)
            state, _ = self._state(live, record, template)
            if state in {"foreign", "provisioned"}:
                self.pen.say("refuse", f"Dashboard {uid}: {WORDS[state]}")
                return False
            base = record.base if record else template
            if live is not None and record and (not upgrade or digest(base) == digest(template)):
                return True
            if state == "new_layout":
                self.pen.say("refuse", f"Dashboard {uid}: {WORDS[state]}")
                return False
            merged = merge(base, live.board, template) if live else None
            board = merged.board if merged and state == "edited" else template
            conflicts = [str(each) for each in merged.conflicts] if merged else []
            if not self._write(board, live, record, f"{uid}@{version}"):
                continue
            for conflict in conflicts:
                self.pen.say("conflict", f"Dashboard {uid}, {conflict}")
            if not self.pen.dry:
                store.keep_dashboard(
                    self.connection,
                    self.tenant_id,
                    AppliedDashboard(
                        uid=uid,
                        solution=solution.manifest.name,
                        version=version,
                        base=template,
                        conflicts=conflicts,
                    ),
                )
            return True
        raise GrafanaError(f"the dashboard {uid} is being edited all the time: try again")

    def roll_back(self, solution: Solution, template: Json) -> bool:
        """Bring back what stood there before; False: nothing is written down."""
        uid = template["uid"]
        former = store.former_dashboards(self.connection, self.tenant_id).get(uid)
        if former is None or self.organisation is None:
            return False
        live = self._live(template)
        message = f"regionhub: vor {former.replaced_by}"
        if live is None or digest(live.board) != digest(former.board):
            changing = self.pen.do("change", f"Dashboard {uid} wie vor {former.replaced_by}")
            if changing and not self._save(former.board, live, message):
                raise GrafanaError(f"the dashboard {uid} was just edited: try again")
        if not self.pen.dry:
            restored = AppliedDashboard(
                uid=uid,
                solution=solution.manifest.name,
                version=former.version,
                base=former.base,
                conflicts=[],
            )
            store.keep_dashboard(self.connection, self.tenant_id, restored)
            store.forget_former(self.connection, self.tenant_id, uid)
            name = solution.manifest.name
            store.mark_rolled_back(self.connection, self.tenant_id, name, former.version)
        return True

    def take_away(self, template: Json) -> None:
        """Delete it; what the town changed of it stays as a dashboard of its own."""
        uid = template["uid"]
        record, live = self._record(template), self._live(template)
        state, _ = self._state(live, record, template)
        if live is not None and state not in {"foreign", "provisioned"}:
            if state in {"edited", "new_layout"}:
                self._keep_as_own(uid, live)
            if self.pen.do("delete", f"Dashboard {uid}"):
                self._delete(uid)
        elif not self.pen.dry:
            store.forget_dashboard(self.connection, self.tenant_id, uid)

    def _keep_as_own(self, uid: str, live: StoredDashboard) -> None:
        organisation = self.organisation
        assert organisation is not None
        own = f"{uid[:33]}-eigene"
        tags = [tag for tag in live.board.get("tags") or [] if not tag.startswith("template:")]
        copy = live.board | {
            "uid": own,
            "title": f"{live.board.get('title', uid)} (eigene Fassung)",
            "tags": tags,
        }
        what = f"Dashboard {own} mit den Änderungen der Kommune, im Ordner Eigene"
        if organisation.dashboard(own) is None and self.pen.do("create", what):
            organisation.save(copy, folder=OWN, message="regionhub", version=None)

    def _delete(self, uid: str) -> None:
        assert self.organisation is not None
        self.organisation.delete_dashboard(uid)
        store.forget_dashboard(self.connection, self.tenant_id, uid)

    def _record(self, template: Json) -> AppliedDashboard | None:
        return store.applied_dashboards(self.connection, self.tenant_id).get(template["uid"])

    def _live(self, template: Json) -> StoredDashboard | None:
        return self.organisation.dashboard(template["uid"]) if self.organisation else None

    def _state(
        self, live: StoredDashboard | None, record: AppliedDashboard | None, template: Json
    ) -> tuple[State, str]:
        if live is None or self.organisation is None:
            return "missing", ""
        if live.provisioned:
            return "provisioned", ""
        tags = live.board.get("tags") or []
        if record is None and not any(
            tag.startswith(f"template:{template['uid']}@") for tag in tags
        ):
            return "foreign", ""
        if digest(live.board) == digest(record.base if record else template):
            return "clean", ""
        saved = self.organisation.saved(template["uid"])
        return ("new_layout" if saved.new_layout else "edited"), saved.by if saved.in_editor else ""

    def _write(
        self,
        board: Json,
        live: StoredDashboard | None,
        record: AppliedDashboard | None,
        version: str,
    ) -> bool:
        """Save what differs; False: somebody was faster."""
        uid = board["uid"]
        if live is not None and digest(live.board) == digest(board):
            return True
        if not self.pen.do("create" if live is None else "change", f"Dashboard {version}"):
            return True
        if live is not None:
            former = FormerDashboard(
                uid=uid,
                replaced_by=version,
                version=record.version if record else version.rpartition("@")[2],
                base=record.base if record else board,
                board=live.board,
            )
            store.keep_former(self.connection, self.tenant_id, former)
        return self._save(board, live, f"regionhub: {version}")

    def _save(self, board: Json, live: StoredDashboard | None, message: str) -> bool:
        assert self.organisation is not None
        folder = STANDARD if live is None else live.folder_uid
        version = live.version if live else None
        return self.organisation.save(board, folder=folder, message=message, version=version)
