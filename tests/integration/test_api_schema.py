"""Whatever fits the description of the API, or nearly: every answer is one that it describes.

Schemathesis makes the requests, as everybody who may ask. A few of each operation are part of every
run; `make schema` makes many more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as described
from tests.described import DESCRIBED
from tests.hub import Hub

from regionhub.access import sign_in
from regionhub.access.passwords import Check

CHECKS: list[Any] = [
    checks.not_a_server_error,
    described.status_code_conformance,
    described.content_type_conformance,
    described.response_headers_conformance,
    described.response_schema_conformance,
]
#: Requests of each operation, each as every role.
EXAMPLES = int(os.environ.get("REGIONHUB_TEST_SCHEMA_EXAMPLES", "4"))
#: The one answer without an end has tests of its own.
ENDLESS = "/api/v1/stream"
ROLES: dict[str, Callable[[Hub], dict[str, str]]] = {
    "nobody": lambda hub: {},
    "wrong key": lambda hub: {"Authorization": "Bearer rhk_wrong"},
    "reading key": lambda hub: {"Authorization": f"Bearer {hub.a.town.key('read')}"},
    "writing key": lambda hub: {"Authorization": f"Bearer {hub.b.key}"},
    "viewer": lambda hub: session(hub, hub.a.viewer),
    "editor": lambda hub: session(hub, hub.a.editor),
    "admin": lambda hub: session(hub, hub.a.admin),
    "region": lambda hub: session(hub, hub.region.admin),
}


def session(hub: Hub, login: str) -> dict[str, str]:
    """The cookie of somebody who is signed in."""
    return {"Cookie": f"regionhub={hub.signed_in(login).cookies['regionhub']}"}


class _Adapter(requests.adapters.BaseAdapter):
    """Sends as requests does.

    Schemathesis counts connections in the pools of adapters that it knows, and the pools of
    urllib3-future, which the client of Grafana brings along, are others.
    """

    def __init__(self) -> None:
        super().__init__()
        self._usual = requests.adapters.HTTPAdapter()

    def send(self, *given: Any, **more: Any) -> requests.Response:
        """Send a prepared request."""
        return self._usual.send(*given, **more)

    def close(self) -> None:
        """Close the connections."""
        self._usual.close()


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "check_password", lambda *_: Check(False))


@pytest.fixture(scope="module")
def browser() -> Iterator[requests.Session]:
    """Keeps connections; sends no more than it is told."""
    with requests.Session() as session:
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter())
        yield session


def operations() -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(DESCRIBED, config=SchemathesisConfig())
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), "an operation cannot be read"
        operation = found.ok()
        if operation.path != ENDLESS:
            yield operation


@pytest.mark.parametrize("operation", list(operations()), ids=lambda operation: operation.label)
def test_every_answer_is_described(hub: Hub, browser: requests.Session, operation: Any) -> None:
    senders = {role: headers(hub) for role, headers in ROLES.items()}

    @given(st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: schemathesis.Case[Any]) -> None:
        for role, headers in senders.items():
            note(role)
            browser.cookies.clear()
            case.call_and_validate(
                base_url=hub.url, session=browser, headers=headers, checks=CHECKS, timeout=20
            )

    ask()
