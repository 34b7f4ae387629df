"""Dashboards of the stand-in of Grafana, and the search for them."""

from __future__ import annotations

import copy
from typing import Any

from tests.grafana.state import NOW, Answer, Board, Json, Org, State, bad_uid, said, slug


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
    drop_board(org, uid)
    return 200, {"message": f"Dashboard {title} deleted", "title": title, "uid": uid}


def drop_board(org: Org, uid: str) -> None:
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
