"""Alert rules, contact points and policies of the stand-in of Grafana."""

from __future__ import annotations

from typing import Any

from tests.grafana.state import NOW, Answer, Json, Org, State, said

_NO_ALERTMANAGER = "could not find an Alertmanager configuration"


def contact_points(state: State, org: Org) -> Answer:
    return 200, [point | {"provenance": "api"} for point in org.contacts.values()]


def create_contact_point(state: State, org: Org, body: Json) -> Answer:
    if not state.has_policies(org):
        return said(500, "Internal Server Error")
    uid = body["uid"]
    if uid in org.contacts:
        message = (
            f"Receiver configuration with UID '{uid}' already exists in contact point "
            f"'{org.contacts[uid]['name']}'. Please use unique identifiers for receivers across "
            "all contact points."
        )
        code = "alerting.notifications.contact-points.uidInUse"
        extra = {"Name": org.contacts[uid]["name"], "UID": uid}
        return 409, {"statusCode": 409, "messageId": code, "message": message, "extra": extra}
    org.contacts[uid] = {"disableResolveMessage": False} | body
    return 202, org.contacts[uid]


def put_contact_point(state: State, org: Org, uid: str, body: Json) -> Answer:
    if uid not in org.contacts:
        return said(404, f"object not found: contact point with uid '{uid}' not found")
    org.contacts[uid] = {"disableResolveMessage": False} | body
    return said(202, "contactpoint updated")


def delete_contact_point(state: State, org: Org, uid: str) -> Answer:
    point = org.contacts.get(uid)
    if point is None:
        return said(404, f"object not found: contact point with uid '{uid}' not found")
    tree = org.policies or {}
    used = {tree.get("receiver"), *(route["receiver"] for route in tree.get("routes") or [])}
    beside = [other for other in org.contacts.values() if other["name"] == point["name"]]
    if point["name"] in used and len(beside) == 1:
        code = "alerting.notifications.contact-points.referenced"
        message = "Contact point is currently referenced by a notification policy."
        return 409, {"statusCode": 409, "messageId": code, "message": message}
    del org.contacts[uid]
    return said(202, "contactpoint deleted")


def policies(state: State, org: Org) -> Answer:
    return (200, org.policies) if state.has_policies(org) else said(404, _NO_ALERTMANAGER)


def put_policies(state: State, org: Org, body: Json) -> Answer:
    if not state.has_policies(org):
        return said(404, _NO_ALERTMANAGER)
    known = {"empty", *(point["name"] for point in org.contacts.values())}
    named = [body["receiver"], *(route["receiver"] for route in body.get("routes") or [])]
    for receiver in named:
        if receiver not in known:
            return 400, {
                "statusCode": 400,
                "messageId": "alerting.notifications.routes.invalidFormat",
                "message": "Invalid format of the submitted route: receiver "
                f"'{receiver}' does not exist. Correct the payload and try again.",
                "extra": {"Error": f"receiver '{receiver}' does not exist"},
            }
    org.policies = body | {"provenance": "api"}
    return said(202, "policies updated")


def rule_group(state: State, org: Org, folder: str, title: str) -> Answer:
    group = org.groups.get((folder, title))
    return (
        said(404, "rule group does not exist") if group is None else (200, _shown(group, kept=True))
    )


def put_rule_group(state: State, org: Org, folder: str, title: str, body: Json) -> Answer:
    if folder not in org.folders:
        return said(400, "invalid alert rule: folder does not exist")
    had = {rule["uid"] for rule in (org.groups.get((folder, title)) or {"rules": []})["rules"]}
    rules = []
    for rule in body["rules"]:
        if rule["uid"] not in had and _rule(org, rule["uid"]):
            return said(409, f"Failed to save alert rule '{rule['uid']}' due to conflict")
        rules.append(rule | {"id": next(state.numbers)})
    group = {"title": title, "folderUid": folder, "interval": body["interval"], "rules": rules}
    org.groups[folder, title] = group
    return 200, _shown(group, kept=False, org=org)


def _rule(org: Org, uid: str) -> Json | None:
    return next(
        (rule for group in org.groups.values() for rule in group["rules"] if rule["uid"] == uid),
        None,
    )


def find_rule(state: State, org: Org, uid: str) -> Answer:
    for group in org.groups.values():
        for rule in _shown(group, kept=True)["rules"]:
            if rule["uid"] == uid:
                return 200, rule | {"provenance": "api"}
    return 404, None


def delete_rule(state: State, org: Org, uid: str) -> Answer:
    for key, group in list(org.groups.items()):
        group["rules"] = [rule for rule in group["rules"] if rule["uid"] != uid]
        if not group["rules"]:
            del org.groups[key]
    return 204, None


def create_rule(state: State, org: Org, body: Json) -> Answer:
    uid = body["uid"]
    if _rule(org, uid):
        message = (
            f"Failed to save alert rule '{uid}' in organization {org.number} due to conflict: "
            "UNIQUE constraint failed: alert_rule.org_id, alert_rule.uid"
        )
        code = "alerting.alert-rule.conflict"
        unique = "UNIQUE constraint failed: alert_rule.org_id, alert_rule.uid"
        extra = {"Error": unique, "OrgID": org.number, "RuleUID": uid}
        return 409, {"statusCode": 409, "messageId": code, "message": message, "extra": extra}
    if body["folderUID"] not in org.folders:
        return said(400, "invalid alert rule: folder does not exist")
    key = (body["folderUID"], body["ruleGroup"])
    group = org.groups.setdefault(
        key, {"title": key[1], "folderUid": key[0], "interval": 60, "rules": []}
    )
    group["rules"].append(body | {"id": next(state.numbers)})
    return 201, _shown(group, kept=True)["rules"][-1] | {"provenance": "api"}


def _shown(group: Json, *, kept: bool, org: Org | None = None) -> Json:
    """The server adds what it takes for granted; what it keeps has more than what it answers."""
    rules = []
    for rule in group["rules"]:
        data = [_data(query, kept=kept) for query in rule["data"]]
        usual: dict[str, Any] = {
            "keep_firing_for": "0s",
            "annotations": None,
            "labels": None,
            "isPaused": False,
            "notification_settings": None,
            "record": None,
            "updated": NOW if kept else "0001-01-01T00:00:00Z",
        }
        rules.append(usual | rule | {"data": data, "id": rule["id"] if kept else 0})
    return group | {"rules": rules}


def _data(query: Json, *, kept: bool) -> Json:
    usual: Json = {"queryType": "", "relativeTimeRange": {"from": 0, "to": 0}}
    added = {"intervalMs": 1000, "maxDataPoints": 43200} if kept else {}
    return usual | query | {"model": query["model"] | added}
