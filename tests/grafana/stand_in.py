"""A stand-in of Grafana's HTTP interface, as far as the product uses it.

It answers as Grafana 12.4.0 did (tests/data/grafana/api; test_stand_in.py replays those requests).
It shows no dashboards and evaluates no rules. What of the recordings the product never asks for is
answered as it was recorded, without any memory.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.grafana import alerting, boards, content, organisations
from tests.grafana.organisations import Call
from tests.grafana.state import Answer, Json, Org, State, said

ADMIN, PASSWORD = "hub-operator", "grafana's password"  # gitleaks:allow
RECORDED = Path(__file__).parents[1] / "data" / "grafana" / "api"
Route = tuple[str, re.Pattern[str], Callable[..., Answer | None]]


class StandIn:
    """The server without a network: a request in, an answer out."""

    def __init__(self, state: State | None = None) -> None:
        self.state = state or State()
        self._recorded = recorded_answers()
        self.state.users.setdefault(ADMIN, (PASSWORD, {"*": "Admin"}))
        #: What was asked: method, path, organisation.
        self.log: list[tuple[str, str, int]] = []
        self._lock = threading.Lock()

    def answer(self, method: str, address: str, headers: Mapping[str, str], body: Any) -> Answer:
        """Status and body."""
        with self._lock:
            return self._answer(method, address, headers, body)

    def _answer(self, method: str, address: str, headers: Mapping[str, str], body: Any) -> Answer:
        parts = urlsplit(address)
        parameters = dict(parse_qsl(parts.query))
        if parts.path == "/api/health":
            return 200, {"database": "ok", "version": "12.4.0", "commit": "local"}
        who = self._who(headers)
        if isinstance(who, tuple):
            return self._remembered(method, address) or who if "Bearer" in str(headers) else who
        org = self._org(who, headers, parameters)
        if isinstance(org, tuple):
            return org
        self.log.append((method, parts.path, org.number))
        for verb, pattern, handle in _ROUTES:
            match = pattern.fullmatch(parts.path)
            if verb == method and match:
                names = {key: unquote(value) for key, value in match.groupdict().items()}
                call = Call(self.state, org, who, parameters, body)
                answer = self._allowed(verb, parts.path, call) or handle(call, **names)
                if answer is not None:
                    return answer
        return self._remembered(method, address) or said(404, "Not found")

    def _remembered(self, method: str, address: str) -> Answer | None:
        """Of what the product never asks: what was answered then, one after the other."""
        answers = self._recorded.get((method, address), [])
        if len(answers) > 1:
            return answers.pop(0)
        return answers[0] if answers else None

    def _who(self, headers: Mapping[str, str]) -> str | Answer:
        scheme, _, value = headers.get("Authorization", "").partition(" ")
        if scheme != "Basic":
            return 401, _refusal("Unauthorized", "auth.unauthorized")
        login, _, password = base64.b64decode(value).decode().partition(":")
        if self.state.users.get(login, ("", {}))[0] != password:
            return 401, _refusal("Invalid username or password", "password-auth.failed")
        return login

    def _org(
        self, who: str, headers: Mapping[str, str], parameters: Mapping[str, str]
    ) -> Org | Answer:
        roles = self.state.users[who][1]
        home = min(number for number in (*roles, 1) if isinstance(number, int))
        if "*" not in roles:
            home = min(number for number in roles if isinstance(number, int))
        given = headers.get("X-Grafana-Org-Id") or parameters.get("orgId") or ""
        number = int(given) if given.isdigit() else home
        if number not in self.state.orgs or ("*" not in roles and number not in roles):
            return _denied("orgs:read")
        return self.state.orgs[number]

    def _allowed(self, verb: str, path: str, call: Call) -> Answer | None:
        """What a town's login may not; None: it may."""
        roles = self.state.users[call.who][1]
        if "*" in roles:
            return None
        if path.startswith("/api/orgs"):
            return _denied("orgs:create" if verb == "POST" else "orgs:read")
        role = roles[call.org.number]
        if verb == "GET" or path == "/api/ds/query" or role == "Admin":
            return None
        if path == "/api/dashboards/db":
            return _may_save(call, role)
        for beginning, right in _FORBIDDEN.items():
            if path.startswith(beginning):
                return _denied(right)
        return None if role == "Editor" else _denied("folders:write")


def recordings() -> Iterator[tuple[str, Json]]:
    """Requests and answers of Grafana 12.4.0, in their order."""
    for path in sorted(RECORDED.glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        if isinstance(content, dict) and content.get("request"):
            yield path.stem, content


def recorded_answers() -> dict[tuple[str, str], list[Answer]]:
    """Those answers that the stand-in gives without a model."""
    answers: dict[tuple[str, str], list[Answer]] = {}
    for _, each in recordings():
        request, response = each["request"], each["response"]
        modelled = is_modelled(request["method"], request["path"])
        if not modelled or "bearer" in (each["auth"] or "") or request["path"] == "/api/ds/query":
            key = (request["method"], request["path"])
            answers.setdefault(key, []).append((response["status"], response["body"]))
    return answers


def is_modelled(method: str, address: str) -> bool:
    """Whether the stand-in has a model of it."""
    path = urlsplit(address).path
    return any(verb == method and pattern.fullmatch(path) for verb, pattern, _ in _ROUTES)


#: What towns get no further than Editor for, by the beginning of its address.
_FORBIDDEN = {
    "/api/dashboards/uid/": "dashboards:delete",
    "/api/datasources": "datasources:create",
}


def _may_save(call: Call, role: str) -> Answer | None:
    if role == "Viewer":
        return _denied("any of dashboards:create, dashboards:write")
    sent, folder = call.body["dashboard"], call.body.get("folderUid", "")
    board = call.org.boards.get(sent.get("uid", ""))
    for uid in {folder, board.folder if board else folder}:
        if uid and {"role": "Editor", "permission": 1} in call.org.permissions[uid]:
            return said(403, "Access denied to save dashboard")
    return None


def _refusal(message: str, code: str) -> Json:
    return {"extra": None, "message": message, "messageId": code, "statusCode": 401, "traceID": ""}


def _denied(right: str) -> Answer:
    message = (
        f"You'll need additional permissions to perform this action. Permissions needed: {right}"
    )
    return 403, {"accessErrorId": "ACE0", "message": message, "title": "Access denied"}


def _simple(
    function: Callable[..., Answer | None], *, body: bool = False
) -> Callable[..., Answer | None]:
    def handle(call: Call, **names: str) -> Answer | None:
        return function(call.state, call.org, *names.values(), *([call.body] if body else []))

    return handle


def _route(verb: str, path: str, handle: Callable[..., Answer | None]) -> Route:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return verb, re.compile(pattern), handle


_ALERT = "/api/v1/provisioning"
_ROUTES: list[Route] = [
    _route("GET", "/api/orgs", organisations.list_orgs),
    _route("POST", "/api/orgs", organisations.create_org),
    _route("GET", "/api/orgs/name/{name}", organisations.org_named),
    _route("GET", "/api/orgs/{number}", organisations.org_numbered),
    _route("PUT", "/api/orgs/{number}", organisations.rename_org),
    _route("DELETE", "/api/orgs/{number}", organisations.delete_org),
    _route("GET", "/api/org", lambda call: (200, organisations.shown(call.org))),
    _route("PUT", "/api/org", organisations.rename_own),
    _route("GET", "/api/org/preferences", organisations.preferences),
    _route(
        "PUT",
        "/api/org/preferences",
        lambda call: organisations.change_preferences(call, replace=True),
    ),
    _route(
        "PATCH",
        "/api/org/preferences",
        lambda call: organisations.change_preferences(call, replace=False),
    ),
    _route("POST", "/api/datasources", _simple(content.create_source, body=True)),
    _route("GET", "/api/datasources/uid/{uid}", _simple(content.find_source)),
    _route("PUT", "/api/datasources/uid/{uid}", _simple(content.put_source, body=True)),
    _route("DELETE", "/api/datasources/uid/{uid}", _simple(content.delete_source)),
    _route("GET", "/api/datasources/uid/{uid}/health", _simple(content.source_health)),
    _route("POST", "/api/ds/query", _simple(content.query, body=True)),
    _route("GET", "/api/folders", lambda call: (200, list(call.org.folders.values()))),
    _route("POST", "/api/folders", _simple(content.create_folder, body=True)),
    _route("GET", "/api/folders/{uid}", _simple(content.find_folder)),
    _route("PUT", "/api/folders/{uid}", _simple(content.put_folder, body=True)),
    _route("POST", "/api/folders/{uid}/move", _simple(content.move_folder, body=True)),
    _route(
        "DELETE",
        "/api/folders/{uid}",
        lambda call, uid: content.delete_folder(
            call.state, call.org, uid, forced="forceDeleteRules" in call.parameters
        ),
    ),
    _route("GET", "/api/folders/{uid}/permissions", _simple(content.folder_permissions)),
    _route(
        "POST", "/api/folders/{uid}/permissions", _simple(content.set_folder_permissions, body=True)
    ),
    _route(
        "POST",
        "/api/dashboards/db",
        lambda call: boards.save_board(call.state, call.org, call.body, call.who),
    ),
    _route("GET", "/api/dashboards/home", organisations.home_board),
    _route("GET", "/api/dashboards/uid/{uid}", _simple(boards.find_board)),
    _route("DELETE", "/api/dashboards/uid/{uid}", _simple(boards.delete_board)),
    _route("POST", "/api/dashboards/uid/{uid}/restore", _simple(boards.restore_board, body=True)),
    _route(
        "GET",
        "/api/search",
        lambda call: boards.search(call.state, call.org, call.parameters),
    ),
    _route(
        "GET",
        "/apis/dashboard.grafana.app/v1beta1/namespaces/{space}/dashboards/{uid}",
        _simple(boards.board_as_resource),
    ),
    _route("GET", f"{_ALERT}/contact-points", _simple(alerting.contact_points)),
    _route("POST", f"{_ALERT}/contact-points", _simple(alerting.create_contact_point, body=True)),
    _route(
        "PUT", f"{_ALERT}/contact-points/{{uid}}", _simple(alerting.put_contact_point, body=True)
    ),
    _route("DELETE", f"{_ALERT}/contact-points/{{uid}}", _simple(alerting.delete_contact_point)),
    _route("GET", f"{_ALERT}/policies", _simple(alerting.policies)),
    _route("PUT", f"{_ALERT}/policies", _simple(alerting.put_policies, body=True)),
    _route("POST", f"{_ALERT}/alert-rules", _simple(alerting.create_rule, body=True)),
    _route("GET", f"{_ALERT}/alert-rules/{{uid}}", _simple(alerting.find_rule)),
    _route("DELETE", f"{_ALERT}/alert-rules/{{uid}}", _simple(alerting.delete_rule)),
    _route(
        "GET", f"{_ALERT}/folder/{{folder}}/rule-groups/{{title}}", _simple(alerting.rule_group)
    ),
    _route(
        "PUT",
        f"{_ALERT}/folder/{{folder}}/rule-groups/{{title}}",
        _simple(alerting.put_rule_group, body=True),
    ),
]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # one packet for each answer
    wbufsize = -1
    disable_nagle_algorithm = True
    stand_in: ClassVar[StandIn]
    #: Asked before and after each request; may end the client.
    watch: ClassVar[Callable[[], None]] = staticmethod(lambda: None)

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        type(self).watch()
        headers = {"Authorization": "", "X-Grafana-Org-Id": ""}
        headers |= {name: self.headers[name] for name in headers if self.headers[name]}
        body = json.loads(text) if text else None
        status, answer = self.stand_in.answer(self.command, self.path, headers, body)
        type(self).watch()
        content = b"" if status == 204 else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  (the library's names)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the library's name)
        """Say nothing."""


@contextmanager
def serving(stand_in: StandIn, watch: Callable[[], None] = lambda: None) -> Iterator[str]:
    """The stand-in on a port of this machine; gives its address."""
    handler = type("Handler", (_Handler,), {"stand_in": stand_in, "watch": staticmethod(watch)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
