"""The stand-in of Grafana answers as Grafana did: every recorded request, in its order."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

from tests.grafana.boards import save_board
from tests.grafana.content import create_folder
from tests.grafana.stand_in import RECORDED, StandIn, recordings
from tests.grafana.state import Board, Json, State

LOGINS: dict[str, tuple[str, dict[int | str, str]]] = {
    "server admin": ("admin", {"*": "Admin"}),
    "Viewer of org A": ("a-viewer", {2: "Viewer"}),
    "Editor of org A": ("a-editor", {2: "Editor"}),
    "Admin of org A": ("a-admin", {2: "Admin"}),
    "Viewer of A and B": ("ab-viewer", {2: "Viewer", 3: "Viewer"}),
}
#: Of this server, this moment or this login.
UNLIKE = {
    *("id", "created", "updated", "updatedBy", "createdBy", "accessErrorId", "folderId", "version"),
    *("userId", "userUid", "uri", "resourceVersion", "url", "hasAcl"),
}


def test_every_recorded_request_is_answered_as_it_was() -> None:
    stand_in = StandIn()
    for login, roles in LOGINS.values():
        stand_in.state.users[login] = ("right", roles)
    seen = 0
    for name, each in recordings():
        if name in BEFORE:
            BEFORE[name](stand_in.state)
        request, response = each["request"], each["response"]
        headers = request["headers"] | {"Authorization": authorization(each["auth"] or "none")}
        sent = _with_own_number(stand_in.state, request)
        status, body = stand_in.answer(request["method"], request["path"], headers, sent)
        assert status == response["status"], (name, body, response["body"])
        if name in SHORT:
            assert body[SHORT[name]] == response["body"][SHORT[name]], name
        else:
            assert alike(body) == alike(response["body"]), name
        seen += 1
    assert seen > 190


def _with_own_number(state: State, request: Json) -> Any:
    """A dashboard that is there is sent with the number that it has here."""
    body = copy.deepcopy(request["body"])
    org = state.orgs.get(_number(request["headers"].get("X-Grafana-Org-Id", "2")))
    if org and isinstance(body, dict) and isinstance(body.get("dashboard"), dict):
        sent: Json = body["dashboard"]
        board = org.boards.get(str(sent.get("uid")))
        if board and sent.get("id"):
            sent["id"] = board.number
    return body


def _number(given: str) -> int:
    return int(given) if given.isdigit() else 2


def authorization(who: str) -> str:
    who = who.removeprefix("basic auth: ")
    if who == "none":
        return ""
    if who.startswith("bearer"):
        return "Bearer token"
    login = LOGINS[who][0] if who in LOGINS else "admin"
    password = "right" if who in LOGINS else "wrong"
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


def alike(value: Any) -> Any:
    """What does not differ from server to server."""
    if isinstance(value, dict):
        return {key: alike(each) for key, each in value.items() if key not in UNLIKE}
    return [alike(each) for each in value] if isinstance(value, list) else value


def _no_database(state: State) -> None:
    state.login = lambda user, password, source: (
        (None, "no such database") if source["jsonData"].get("database") == "nope" else (user, "")
    )


def _other_source(state: State) -> None:
    """One whose making was not recorded."""
    state.orgs[3].sources["vtest"] = {
        "id": 5,
        "uid": "vtest",
        "version": 3,
        "secureJsonFields": {"password": True},
    }


def _other_boards(state: State) -> None:
    for uid in ("geraete", "pegel"):
        sent = json.loads((RECORDED / f"f31-{uid}-sent-stored.json").read_text("utf-8"))["sent"]
        body = {"dashboard": sent, "folderUid": "standard"}
        assert save_board(state, state.orgs[2], body, "admin")[0] == 200


def _one_less(state: State) -> None:
    del state.orgs[2].boards["mitid"]


def _provisioned(state: State) -> None:
    """Dashboards from files, in the first organisation."""
    board = Board(1, "", [{"title": "Bodenfeuchte", "uid": "bodenfeuchte", "version": 1}], [""])
    board.provisioned = True
    state.orgs[1].boards["bodenfeuchte"] = board


def _fresh(state: State) -> None:
    """Other organisations were made before, and a fresh one cannot send alerts yet."""
    state.next_org = 66
    state.policies_after = 1000


def _ready(state: State) -> None:
    state.policies_after = 0
    state.orgs[3].contacts = {}


def _in_browser(name: str, org: int, stored: str) -> Callable[[State], None]:
    """A dashboard that was saved otherwise; how it then looks was recorded."""

    def put(state: State) -> None:
        body = dict(recordings())[name]["response"]["body"]
        shown: Json = copy.deepcopy(body["dashboard"])
        folder = body["meta"]["folderUid"]
        inside = {"uid": folder, "title": body["meta"]["folderTitle"]}
        create_folder(state, state.orgs[org], inside)
        versions = [shown | {"version": number + 1} for number in range(shown["version"])]
        board = Board(next(state.numbers), folder, versions, [""] * len(versions), stored)
        state.orgs[org].boards[shown["uid"]] = board

    return put


BEFORE: dict[str, Callable[[State], None]] = {
    "d16-health-wrong-db": _no_database,
    "d31-datasource-put-stale-version": _other_source,
    "f33-search": _other_boards,
    "f34-search-folder": _one_less,
    "f41-provisioned-save": _provisioned,
    "k01-fresh-org": _fresh,
    "k05-contact-point-after-a-minute": _ready,
    "l05-legacy-get-after": _in_browser("l05-legacy-get-after", 2, "v1beta1"),
    "l13-legacy-get-managed": _in_browser("l13-legacy-get-managed", 2, "v1beta1"),
    "l21-legacy-get-of-v2": _in_browser("l21-legacy-get-of-v2", 2, "v2beta1"),
    "q02-legacy-get-after-ui-edit-newlayouts": _in_browser(
        "q02-legacy-get-after-ui-edit-newlayouts", 3, "v2beta1"
    ),
}
#: Of these only status and form of storage are compared: the product reads nothing else of them.
SHORT = {
    "d17-health-wrong-db": "status",
    "d32-datasource-put-without-version-resets": "name",
    "g27-editor-create-folder": "uid",
    "l02-apis-get-v1beta1": "status",
    "l02b-apis-get-wrong-ns-header": "status",
    "l02c-apis-get-with-header": "status",
    "l22-apis-get-v1-of-v2": "status",
    "q03-apis-v1beta1-after-ui-edit-newlayouts": "status",
}
