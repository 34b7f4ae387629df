"""A Grafana server, as far as solutions need it: one client for each organisation.

Every request names its organisation in a header. `?orgId=` would switch the organisation in which
the login works, for good; a client without a header acts in whatever organisation that is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from grafana_client import GrafanaApi
from grafana_client.client import GrafanaException
from niquests.exceptions import RequestException

from regionhub.errors import InputError, RegionhubError
from regionhub_dashboards.clone.canonical import Json

#: Statements of panels end after 30 s, and saving dashboards was seen to take a second.
_TIMEOUT_SECONDS = 30.0
#: What Grafana calls the dashboards that its new layouts wrote.
_NEW_LAYOUT = re.compile(r"v2")


class GrafanaError(RegionhubError):
    """Grafana did not do what it was asked for."""


class GrafanaAway(GrafanaError):
    """Grafana does not answer, or not to this login."""


@dataclass(frozen=True, slots=True)
class StoredDashboard:
    """A dashboard as it stands on the server."""

    board: Json
    version: int
    folder_uid: str
    provisioned: bool


@dataclass(frozen=True, slots=True)
class Saved:
    """Who saved a dashboard last and how; `new_layout`: in a form that cannot be merged."""

    new_layout: bool
    in_editor: bool
    by: str


@dataclass
class Traffic:
    """How many requests were made, and how many of them wrote something."""

    requests: int = 0
    writes: int = 0


@dataclass
class _Client:
    """Requests with one login, in one organisation or beside all of them."""

    url: str
    login: str
    password: str = field(repr=False)
    org_id: int | None
    traffic: Traffic

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InputError(f"{self.url!r} is no address of Grafana: http://host:3000")
        path = parts.path.strip("/")
        self._api = GrafanaApi(
            (self.login, self.password),
            host=parts.hostname,
            port=parts.port,
            protocol=parts.scheme,
            url_path_prefix=f"{path}/" if path else "",
            timeout=_TIMEOUT_SECONDS,
            organization_id=self.org_id,
        )

    def ask(self, path: str, *, absent: tuple[int, ...] = ()) -> Any:
        """What stands there, or None where the server says one of these statuses."""
        return self.send("GET", path, absent=absent)

    def send(
        self, method: str, path: str, body: Any = None, *, absent: tuple[int, ...] = ()
    ) -> Any:
        """The server's answer, or None where it says one of these statuses.

        Raises:
            GrafanaAway: it does not answer, or not to this login.
            GrafanaError: it refuses.
        """
        self.traffic.requests += 1
        if method != "GET" and path != "/ds/query":
            self.traffic.writes += 1
        try:
            return getattr(self._api.client, method)(path, json=body)
        except GrafanaException as error:
            if error.status_code in absent:
                return None
            if error.status_code == 0:
                raise GrafanaAway(f"Grafana does not answer at {self.url} in time") from error
            said = f"Grafana refuses {method} /api{path}: {error.status_code} {_words(error)}"
            if error.status_code == 401:
                raise GrafanaAway(f"{said}; five wrong passwords lock a login") from error
            raise GrafanaError(said) from error
        except RequestException as error:
            raise GrafanaAway(f"Grafana does not answer at {self.url}: {error}") from error

    def close(self) -> None:
        """End its connections."""
        self._api.client.s.close()


def _words(error: GrafanaException) -> str:
    said = error.response
    return str(said.get("message") or said) if isinstance(said, dict) else str(said)


class Grafana:
    """The server, for its administrator.

    Args:
        url: of the server.
        login: of a server administrator; its name should not be guessable, since five wrong
            passwords lock it for five minutes.
        password: of this login.

    Raises:
        InputError: the url is none.
    """

    def __init__(self, url: str, login: str, password: str) -> None:
        self.url = url
        self._login = (url, login, password)
        self.traffic = Traffic()
        self._client = _Client(url, login, password, None, self.traffic)

    def organisation_named(self, name: str) -> int | None:
        """Its number."""
        found = self._client.ask(f"/orgs/name/{quote(name, safe='')}", absent=(404,))
        return None if found is None else int(found["id"])

    def organisation_name(self, org_id: int) -> str | None:
        """The name of the organisation with this number."""
        found = self._client.ask(f"/orgs/{org_id}", absent=(404,))
        return None if found is None else str(found["name"])

    def create_organisation(self, name: str) -> int:
        """Make one; returns its number."""
        return int(self._client.send("POST", "/orgs", {"name": name})["orgId"])

    def rename_organisation(self, org_id: int, name: str) -> None:
        """Give it another name."""
        self._client.send("PUT", f"/orgs/{org_id}", {"name": name})

    def delete_organisation(self, org_id: int) -> None:
        """Delete it with all that is in it."""
        self._client.send("DELETE", f"/orgs/{org_id}", absent=(404,))

    def inside(self, org_id: int) -> Organisation:
        """One organisation, with a client of its own."""
        return Organisation(_Client(*self._login, org_id, self.traffic), org_id)

    def close(self) -> None:
        """End its connections."""
        self._client.close()


class Organisation:
    """What is in one organisation."""

    def __init__(self, client: _Client, org_id: int) -> None:
        self._client = client
        self.org_id = org_id

    def close(self) -> None:
        """End its connections."""
        self._client.close()

    def data_source(self, uid: str) -> Json | None:
        """A data source, without its password."""
        return self._client.ask(f"/datasources/uid/{uid}", absent=(404,))  # type: ignore[no-any-return]

    def write_data_source(self, source: Json, *, exists: bool) -> None:
        """Make it, or replace all of it."""
        if exists:
            self._client.send("PUT", f"/datasources/uid/{source['uid']}", source)
        else:
            self._client.send("POST", "/datasources", source)

    def delete_data_source(self, uid: str) -> None:
        """Delete it."""
        self._client.send("DELETE", f"/datasources/uid/{uid}", absent=(404,))

    def database_user(self, uid: str) -> str | None:
        """As whom its queries run at this moment; None: they fail."""
        query = {
            "refId": "A",
            "datasource": {"uid": uid},
            "rawSql": "select current_user::text as role",
            "format": "table",
            "rawQuery": True,
        }
        body = {"from": "now-1h", "to": "now", "queries": [query]}
        answer = self._client.send("POST", "/ds/query", body, absent=(400, 404, 500))
        if answer is None:
            return None
        frames = answer["results"]["A"].get("frames") or []
        values = frames[0]["data"]["values"] if frames else []
        return str(values[0][0]) if values and values[0] else None

    def folder(self, uid: str) -> Json | None:
        """A folder."""
        return self._client.ask(f"/folders/{uid}", absent=(404,))  # type: ignore[no-any-return]

    def create_folder(self, uid: str, title: str) -> None:
        """Make one."""
        self._client.send("POST", "/folders", {"uid": uid, "title": title})

    def delete_folder(self, uid: str) -> None:
        """Delete it with the dashboards and rules in it."""
        self._client.send("DELETE", f"/folders/{uid}?forceDeleteRules=true", absent=(404,))

    def permissions(self, folder: str) -> set[tuple[str, int]]:
        """What each role (or login) may do in a folder: 1 look, 2 edit, 4 administer."""
        found = self._client.ask(f"/folders/{folder}/permissions")
        return {
            (each.get("role") or each.get("userLogin") or each["team"], each["permission"])
            for each in found
        }

    def set_permissions(self, folder: str, roles: set[tuple[str, int]]) -> None:
        """Replace them."""
        items = [{"role": role, "permission": may} for role, may in sorted(roles)]
        self._client.send("POST", f"/folders/{folder}/permissions", {"items": items})

    def dashboards(self) -> list[Json]:
        """All dashboards: uid, title, folderUid."""
        return list(self._client.ask("/search?type=dash-db&limit=5000"))

    def dashboard(self, uid: str) -> StoredDashboard | None:
        """A dashboard."""
        found = self._client.ask(f"/dashboards/uid/{uid}", absent=(404,))
        if found is None:
            return None
        meta, board = found["meta"], found["dashboard"]
        return StoredDashboard(
            board, board["version"], meta.get("folderUid") or "", bool(meta.get("provisioned"))
        )

    def saved(self, uid: str) -> Saved:
        """Who saved it last; the older interface does not tell, nor in which form it is kept."""
        space = "default" if self.org_id == 1 else f"org-{self.org_id}"
        # the library's addresses end in "/api", and this one begins with "/apis"
        path = f"s/dashboard.grafana.app/v1beta1/namespaces/{space}/dashboards/{uid}"
        found = self._client.ask(path)
        notes = found["metadata"].get("annotations") or {}
        stored = (found.get("status") or {}).get("conversion") or {}
        return Saved(
            new_layout=bool(_NEW_LAYOUT.match(stored.get("storedVersion") or "")),
            in_editor="grafana.app/saved-from-ui" in notes,
            by=str(notes.get("grafana.app/updatedBy") or notes.get("grafana.app/createdBy") or ""),
        )

    def save(self, board: Json, *, folder: str, message: str, version: int | None) -> bool:
        """Write a dashboard; False: somebody was faster.

        Args:
            board: the dashboard.
            folder: UID of its folder.
            message: what its history says.
            version: the one that it replaces; None: there is none yet.
        """
        dashboard = {key: value for key, value in board.items() if key not in {"id", "version"}}
        if version is not None:
            dashboard["version"] = version
        body = {"dashboard": dashboard, "folderUid": folder, "message": message}
        return self._client.send("POST", "/dashboards/db", body, absent=(412,)) is not None

    def delete_dashboard(self, uid: str) -> None:
        """Delete it."""
        self._client.send("DELETE", f"/dashboards/uid/{uid}", absent=(404,))

    def preferences(self) -> Json:
        """Of the organisation."""
        return dict(self._client.ask("/org/preferences"))

    def change_preferences(self, preferences: Json) -> None:
        """Set some and leave the others."""
        self._client.send("PATCH", "/org/preferences", preferences)

    def rule_group(self, folder: str, group: str) -> Json | None:
        """A group of alert rules."""
        path = f"/v1/provisioning/folder/{folder}/rule-groups/{quote(group, safe='')}"
        return self._client.ask(path, absent=(404,))  # type: ignore[no-any-return]

    def write_rule_group(self, folder: str, group: Json) -> None:
        """Write all of it."""
        path = f"/v1/provisioning/folder/{folder}/rule-groups/{quote(group['title'], safe='')}"
        self._client.send("PUT", path, group)

    def delete_rule(self, uid: str) -> None:
        """Delete one alert rule."""
        self._client.send("DELETE", f"/v1/provisioning/alert-rules/{uid}", absent=(404,))

    def contact_points(self) -> list[Json] | None:
        """Where alerts go; None: a fresh organisation has nothing to send them with yet."""
        if self.policies() is None:
            return None
        return list(self._client.ask("/v1/provisioning/contact-points"))

    def write_contact_point(self, point: Json, *, exists: bool) -> None:
        """Make it, or replace it."""
        if exists:
            self._client.send("PUT", f"/v1/provisioning/contact-points/{point['uid']}", point)
        else:
            self._client.send("POST", "/v1/provisioning/contact-points", point)

    def delete_contact_point(self, uid: str) -> None:
        """Delete it; no policy may name it any more."""
        self._client.send("DELETE", f"/v1/provisioning/contact-points/{uid}", absent=(404,))

    def policies(self) -> Json | None:
        """Which alerts go where; None: a fresh organisation has none for up to a minute."""
        return self._client.ask("/v1/provisioning/policies", absent=(404,))  # type: ignore[no-any-return]

    def write_policies(self, tree: Json) -> None:
        """Replace all of them."""
        self._client.send("PUT", "/v1/provisioning/policies", tree)
