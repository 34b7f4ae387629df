"""Data sources, folders and dashboards of the stand-in of Grafana."""

from __future__ import annotations

import copy
from typing import Any

from tests.grafana.state import NOW, Answer, Board, Json, Org, State, bad_uid, said, slug

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
        _drop_board(org, name)
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


def find_board(state: State, org: Org, uid: str) -> Answer:
    board = org.boards.get(uid)
    if board is None:
        return said(404, "Dashboard not found")
    shown = copy.deepcopy(board.newest)
    return 200, {"meta": _meta(org, board, shown), "dashboard": shown}


def _meta(org: Org, board: Board, shown: Json) -> Json:
    may = dict.fromkeys(("canSave", "canEdit", "canAdmin", "canStar", "canDelete"), True)
    folder = org.folders.get(board.folder)
    address = slug(shown["title"])
    rights = {"canAdd": True, "canEdit": True, "canDelete": True}
    return {
        "type": "db",
        **may,
        "slug": address,
        "url": f"/d/{shown['uid']}/{address}",
        "expires": "0001-01-01T00:00:00Z",
        "created": NOW,
        "updated": NOW,
        "updatedBy": "Anonymous",
        "createdBy": "Anonymous",
        "version": shown["version"],
        "hasAcl": False,
        "isFolder": False,
        # whatever form it is kept in: the older interface gives no sign
        "apiVersion": "v0alpha1",
        "folderId": folder["id"] if folder else 0,
        "folderUid": board.folder,
        "folderTitle": folder["title"] if folder else "General",
        "folderUrl": folder["url"] if folder else "",
        "provisioned": board.provisioned,
        "provisionedExternalId": "",
        "annotationsPermissions": {"dashboard": rights, "organization": rights},
    }


def save_board(state: State, org: Org, body: Json, login: str) -> Answer:
    sent = copy.deepcopy(body["dashboard"])
    uid, folder = sent.get("uid") or f"new{next(state.numbers)}", body.get("folderUid", "")
    had = org.boards.get(uid)
    if had and had.provisioned:
        return said(400, "Cannot save provisioned dashboard")
    if fault := _unusable(org, sent, uid, folder):
        return fault
    if had and not body.get("overwrite") and sent.get("version") != had.newest["version"]:
        return said(
            412, "The dashboard has been changed by someone else", status="version-mismatch"
        )
    board = had or org.boards.setdefault(uid, Board(next(state.numbers), folder))
    board.folder = folder
    own = {key: value for key, value in sent.items() if key not in {"id", "version"}}
    same = had and {k: v for k, v in had.newest.items() if k not in {"id", "version"}} == own
    version = len(board.versions) + (0 if same else 1)
    if not same:
        board.versions.append(own | {"id": board.number, "uid": uid, "version": version})
        board.messages.append(body.get("message", ""))
        board.stored = "v0alpha1"
        board.annotations = {"grafana.app/updatedBy": f"user:{login}", "grafana.app/folder": folder}
    return 200, _saved(board, uid, sent["title"], version)


def _unusable(org: Org, sent: Json, uid: str, folder: str) -> Answer | None:
    if not sent.get("title"):
        return said(400, "Dashboard title cannot be empty", status="empty-name")
    if fault := bad_uid(uid):
        return fault
    if folder and folder not in org.folders:
        return said(400, "folder not found")
    board = org.boards.get(uid)
    if sent.get("id") is not None and (board is None or board.number != sent["id"]):
        return said(404, "Dashboard not found", status="not-found")
    return None


def _saved(board: Board, uid: str, title: str, version: int) -> Json:
    return {
        "folderUid": board.folder,
        "id": board.number,
        "slug": slug(title),
        "status": "success",
        "uid": uid,
        "url": f"/d/{uid}/{slug(title)}",
        "version": version,
    }


def restore_board(state: State, org: Org, uid: str, body: Json) -> Answer:
    board = org.boards[uid]
    if not 1 <= body["version"] <= len(board.versions):
        return said(404, "Dashboard not found")
    version = len(board.versions) + 1
    board.versions.append(board.versions[body["version"] - 1] | {"version": version})
    board.messages.append(f"Restored from version {body['version']}")
    board.stored = "v0alpha1"
    return 200, _saved(board, uid, board.newest["title"], version)


def delete_board(state: State, org: Org, uid: str) -> Answer:
    board = org.boards.get(uid)
    if board is None:
        return said(404, "Dashboard not found")
    if board.provisioned:
        return said(400, "provisioned dashboard cannot be deleted")
    title = board.newest["title"]
    _drop_board(org, uid)
    return 200, {"message": f"Dashboard {title} deleted", "title": title, "uid": uid}


def _drop_board(org: Org, uid: str) -> None:
    del org.boards[uid]
    if org.preferences.get("homeDashboardUID") == uid:
        del org.preferences["homeDashboardUID"]


def search(state: State, org: Org, parameters: dict[str, str]) -> Answer:
    found: list[Any] = []
    for uid, board in org.boards.items():
        newest, folder = board.newest, org.folders.get(board.folder)
        if "folderUIDs" in parameters and board.folder != parameters["folderUIDs"]:
            continue
        if "tag" in parameters and parameters["tag"] not in newest.get("tags", []):
            continue
        where = {
            "folderId": folder["id"] if folder else 0,
            "folderUid": board.folder,
            "folderTitle": folder["title"] if folder else "",
            "folderUrl": folder["url"] if folder else "",
        }
        found.append(
            {
                "id": board.number,
                "uid": uid,
                "orgId": org.number,
                "title": newest["title"],
                "uri": f"db/{slug(newest['title'])}",
                "url": f"/d/{uid}/{slug(newest['title'])}",
                "slug": "",
                "type": "dash-db",
                "tags": newest.get("tags") or [],
                "isStarred": False,
                **({"description": newest["description"]} if newest.get("description") else {}),
                **(where if folder else {}),
                "sortMeta": 0,
                "isDeleted": False,
            }
        )
    return 200, sorted(found, key=lambda board: str(board["title"]))


def board_as_resource(state: State, org: Org, space: str, uid: str) -> Answer:
    """As the newer interface shows it: who saved it, and in which form it is kept.

    The organisation is that of the address, whatever the header says.
    """
    org = state.orgs[1 if space == "default" else int(space.removeprefix("org-"))]
    board = org.boards.get(uid)
    if board is None:
        return 404, {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}
    spec = {k: v for k, v in board.newest.items() if k not in {"id", "version", "uid"}}
    return 200, {
        "kind": "Dashboard",
        "apiVersion": "dashboard.grafana.app/v1beta1",
        "metadata": {
            "name": uid,
            "namespace": space,
            "annotations": dict(board.annotations),
        },
        "spec": spec,
        "status": {"conversion": {"failed": False, "storedVersion": board.stored}},
    }
