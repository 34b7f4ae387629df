"""Data sources and folders of the stand-in of Grafana."""

from __future__ import annotations

from tests.grafana.boards import drop_board
from tests.grafana.state import NOW, Answer, Json, Org, State, bad_uid, said, slug

_SOURCE = {
    "typeLogoUrl": "public/plugins/grafana-postgresql-datasource/img/postgresql_logo.svg",
    "access": "proxy",
    "url": "",
    "user": "",
    "database": "",
    "basicAuth": False,
    "basicAuthUser": "",
    "withCredentials": False,
    "isDefault": False,
    "jsonData": {},
    "secureJsonFields": {},
    "readOnly": False,
    "apiVersion": "",
}
_NAMES = {1: "View", 2: "Edit", 4: "Admin"}


def find_source(state: State, org: Org, uid: str) -> Answer:
    source = org.sources.get(uid)
    return said(404, "Data source not found") if source is None else (200, source)


def create_source(state: State, org: Org, body: Json) -> Answer:
    if any(source["name"] == body["name"] for source in org.sources.values()):
        return said(409, "data source with the same name already exists")
    if body["uid"] in org.sources:
        return said(409, "data source with the same uid already exists")
    number = next(state.numbers)
    source = _source(org, body) | {"id": number, "version": 1}
    _store_source(state, org, source, body)
    return 200, {
        "datasource": source,
        "id": number,
        "message": "Datasource added",
        "name": body["name"],
    }


def put_source(state: State, org: Org, uid: str, body: Json) -> Answer:
    had = org.sources.get(uid)
    if had is None:
        return said(404, "Data source not found")
    if body.get("version") not in {None, had["version"]}:
        return said(
            409,
            "Datasource has already been updated by someone else. Please reload and try again",
        )
    version = had["version"] + 1 if "version" in body else 1
    source = _source(org, body) | {"id": had["id"], "version": version}
    source["secureJsonFields"] = had["secureJsonFields"] | source["secureJsonFields"]
    _store_source(state, org, source, body)
    return 200, {
        "datasource": source,
        "id": had["id"],
        "message": "Datasource updated",
        "name": body["name"],
    }


def _source(org: Org, body: Json) -> Json:
    secrets = body.get("secureJsonData") or {}
    own = {key: value for key, value in body.items() if key not in {"secureJsonData", "version"}}
    logo = {} if "postgres" in body["type"] else {"typeLogoUrl": "public/img/icn-datasource.svg"}
    return (
        _SOURCE
        | {"orgId": org.number}
        | logo
        | own
        | {"secureJsonFields": dict.fromkeys(secrets, True)}
    )


def _store_source(state: State, org: Org, source: Json, body: Json) -> None:
    uid = source["uid"]
    org.sources[uid] = source
    org.secrets.setdefault(uid, {}).update(body.get("secureJsonData") or {})
    second = state.second()
    had = org.instances.get(uid)
    # the trap: of two changes within one second the first stays in force
    if had is None or had[0] != second:
        org.instances[uid] = (second, dict(source), dict(org.secrets[uid]))


def delete_source(state: State, org: Org, uid: str) -> Answer:
    source = org.sources.pop(uid, None)
    if source is None:
        return said(404, "Data source not found")
    org.secrets.pop(uid, None)
    org.instances.pop(uid, None)
    return 200, {"id": source["id"], "message": "Data source deleted"}


def source_health(state: State, org: Org, uid: str) -> Answer:
    _, source, secrets = org.instances[uid]
    role, why = state.login(source["user"], secrets.get("password", ""), source)
    if role is None:
        link = "https://grafana.com/docs/grafana/latest/datasources/postgres"
        details = {"errorDetailsLink": link, "verboseMessage": why}
        return 400, {"details": details, "message": why, "status": "ERROR"}
    return 200, {"message": "Database Connection OK", "status": "OK"}


def query(state: State, org: Org, body: Json) -> Answer | None:
    """Knows as whom a data source asks; of other statements it knows nothing."""
    [asked] = body["queries"]
    uid = asked["datasource"]["uid"]
    if asked["rawSql"] != "select current_user::text as role":
        return None
    if uid not in org.instances:
        return said(404, "Data source not found")
    _, source, secrets = org.instances[uid]
    role, why = state.login(source["user"], secrets.get("password", ""), source)
    if role is None:
        result: Json = {"error": why, "errorSource": "downstream", "status": 500, "frames": []}
        return 400, {"results": {"A": result}}
    meta = {"typeVersion": [0, 0], "executedQueryString": asked["rawSql"]}
    kind = {"name": "role", "type": "string", "typeInfo": {"frame": "string", "nullable": True}}
    frame = {
        "schema": {"refId": "A", "meta": meta, "fields": [kind]},
        "data": {"values": [[role]]},
    }
    return 200, {"results": {"A": {"status": 200, "frames": [frame]}}}


def create_folder(state: State, org: Org, body: Json) -> Answer:
    if fault := bad_uid(body["uid"]):
        return fault
    if body["uid"] in org.folders:
        return said(412, "the folder has been changed by someone else")
    folder = _folder(org, next(state.numbers), body["uid"], body["title"], 1)
    if parent := body.get("parentUid"):
        parents = [_bare(org.folders[parent])]
        folder |= {"parentUid": parent, "parents": parents}
    org.folders[body["uid"]] = folder
    org.permissions[body["uid"]] = [
        {"userLogin": "admin", "permission": 4},
        {"role": "Viewer", "permission": 1},
        {"role": "Editor", "permission": 2},
    ]
    return 200, folder


def _bare(folder: Json) -> Json:
    return {key: value for key, value in folder.items() if key not in {"parents", "parentUid"}}


def _folder(org: Org, number: int, uid: str, title: str, version: int) -> Json:
    may = dict.fromkeys(("canSave", "canEdit", "canAdmin", "canDelete"), True)
    return {
        "id": number,
        "uid": uid,
        "orgId": org.number,
        "title": title,
        "url": f"/dashboards/f/{uid}/{slug(title)}",
        "hasAcl": False,
        **may,
        "createdBy": "admin",
        "created": NOW,
        "updatedBy": "Anonymous",
        "updated": NOW,
        "version": version,
    }


def find_folder(state: State, org: Org, uid: str) -> Answer:
    if uid not in org.folders:
        return said(404, "folder not found", status="not-found")
    return 200, org.folders[uid]


def put_folder(state: State, org: Org, uid: str, body: Json) -> Answer:
    had = org.folders[uid]
    if not body.get("overwrite") and body.get("version") != had["version"]:
        return said(412, "The dashboard has been changed by someone else")
    org.folders[uid] = _folder(org, had["id"], uid, body["title"], had["version"] + 1)
    return 200, org.folders[uid]


def move_folder(state: State, org: Org, uid: str, body: Json) -> Answer:
    org.folders[uid] = _bare(org.folders[uid]) | {"version": org.folders[uid]["version"] + 1}
    return 200, org.folders[uid]


def delete_folder(state: State, org: Org, uid: str, *, forced: bool) -> Answer:
    inside = [name for name, board in org.boards.items() if board.folder == uid]
    if inside and not forced:
        message = "Folder cannot be deleted: folder is not empty"
        return 400, {"statusCode": 400, "messageId": "folder.not-empty", "message": message}
    if uid not in org.folders:
        return said(404, "folder not found", status="not-found")
    del org.folders[uid], org.permissions[uid]
    for name in inside:
        drop_board(org, name)
    org.groups = {key: group for key, group in org.groups.items() if key[0] != uid}
    return said(200, "Folder deleted")


def folder_permissions(state: State, org: Org, uid: str) -> Answer:
    folder = org.folders[uid]
    shown = []
    for each in org.permissions[uid]:
        login = each.get("userLogin", "")
        row = {
            "folderId": folder["id"],
            "created": NOW,
            "updated": NOW,
            "userId": 1 if login else 0,
            "userUid": "ag5u1kktshwqod" if login else "",
            "userLogin": login,
            "userEmail": "admin@localhost" if login else "",
            "userAvatarUrl": "/public/img/user_profile.png",
            "teamId": 0,
            "teamUid": "",
            "teamEmail": "",
            "teamAvatarUrl": "",
            "team": "",
            "permission": each["permission"],
            "permissionName": _NAMES[each["permission"]],
            "uid": uid,
            "title": folder["title"],
            "slug": "",
            "isFolder": True,
            "url": folder["url"],
            "inherited": False,
        }
        shown.append(row | ({"role": each["role"]} if "role" in each else {}))
    return 200, sorted(
        shown, key=lambda row: (not row["userLogin"], row["permission"], row.get("role", ""))
    )


def set_folder_permissions(state: State, org: Org, uid: str, body: Json) -> Answer:
    org.permissions[uid] = body["items"]
    return said(200, "Folder permissions updated")
