"""Organisations and preferences of the stand-in of Grafana."""

from __future__ import annotations

from typing import Any

from tests.grafana.state import Answer, Json, Org, State, said, slug


class Call:
    """One request that is allowed."""

    def __init__(
        self, state: State, org: Org, who: str, parameters: dict[str, str], body: Any
    ) -> None:
        self.state, self.org, self.who = state, org, who
        self.parameters, self.body = parameters, body


def shown(org: Org) -> Json:
    empty = dict.fromkeys(("address1", "address2", "city", "zipCode", "state", "country"), "")
    return {"id": org.number, "name": org.name, "address": empty}


def list_orgs(call: Call) -> Answer:
    query = call.parameters.get("query", "").lower()
    found = [org for org in call.state.orgs.values() if query in org.name.lower()]
    size, page = int(call.parameters.get("perpage", 1000)), int(call.parameters.get("page", 0))
    rows = sorted(found, key=lambda org: org.name)[page * size : (page + 1) * size]
    return 200, [{"id": org.number, "name": org.name} for org in rows]


def create_org(call: Call) -> Answer:
    name = call.body["name"]
    if not name:
        return said(400, "bad request data")
    if call.state.org_named(name):
        return said(409, "Organization name taken")
    number = call.state.next_org
    call.state.next_org += 1
    call.state.orgs[number] = Org(number, name)
    return 200, {"message": "Organization created", "orgId": number}


def org_named(call: Call, name: str) -> Answer:
    org = call.state.org_named(name)
    return said(404, "Organization not found") if org is None else (200, shown(org))


def org_numbered(call: Call, number: str) -> Answer:
    org = call.state.orgs.get(int(number))
    return said(404, "Organization not found") if org is None else (200, shown(org))


def rename_org(call: Call, number: str) -> Answer:
    other = call.state.org_named(call.body["name"])
    if other and other.number != int(number):
        return said(400, "Organization name taken")
    call.state.orgs[int(number)].name = call.body["name"]
    return said(200, "Organization updated")


def rename_own(call: Call) -> Answer:
    call.org.name = call.body["name"]
    return said(200, "Organization updated")


def delete_org(call: Call, number: str) -> Answer:
    if call.state.orgs.pop(int(number), None) is None:
        return said(404, "Failed to delete organization. ID not found")
    return said(200, "Organization deleted")


_PREFERENCES = ("homeDashboardUID", "timezone", "weekStart", "theme", "language")
_ZONES = {"Europe/Berlin", "utc", "browser", "", None}


def preferences(call: Call) -> Answer:
    had = call.org.preferences
    return 200, {key: had[key] for key in _PREFERENCES if had.get(key)}


def change_preferences(call: Call, *, replace: bool) -> Answer:
    home = call.body.get("homeDashboardUID")
    if home and home not in call.org.boards:
        return said(404, "Dashboard not found")
    if call.body.get("timezone") not in _ZONES:
        return said(
            400,
            "Invalid timezone. Must be a valid IANA timezone (e.g., America/New_York), "
            "'utc', 'browser', or empty string",
        )
    call.org.preferences = ({} if replace else call.org.preferences) | call.body
    return said(200, "Preferences updated")


def home_board(call: Call) -> Answer:
    uid = call.org.preferences.get("homeDashboardUID")
    if uid is None:
        return 200, {"meta": {"isHome": True}, "dashboard": {}}
    return 200, {"redirectUri": f"/d/{uid}/{slug(call.org.boards[uid].newest['title'])}"}
