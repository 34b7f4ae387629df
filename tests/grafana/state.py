"""What the stand-in of Grafana knows: organisations and what is in them."""

from __future__ import annotations

import copy
import itertools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Answer = tuple[int, Any]
NOW = "2026-11-30T05:52:28Z"
_BAD_UID = re.compile(r"[^A-Za-z0-9_-]")


def said(code: int, message: str, /, **more: Any) -> Answer:
    """An answer with a message."""
    return code, {"message": message, **more}


def bad_uid(uid: str) -> Answer | None:
    """What is wrong with it."""
    if len(uid) > 40:
        return said(400, "uid too long, max 40 characters")
    if _BAD_UID.search(uid):
        return said(400, "uid contains illegal characters")
    return None


def slug(title: str) -> str:
    """As in addresses."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


@dataclass
class Board:
    """A dashboard and its history; `stored` is the form it is kept in."""

    number: int
    folder: str
    versions: list[Json] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    stored: str = "v0alpha1"
    annotations: dict[str, str] = field(default_factory=dict)
    provisioned: bool = False

    @property
    def newest(self) -> Json:
        return self.versions[-1]


@dataclass
class Org:
    """An organisation."""

    number: int
    name: str
    preferences: Json = field(default_factory=dict)
    sources: dict[str, Json] = field(default_factory=dict)
    secrets: dict[str, Json] = field(default_factory=dict)
    #: What queries run with: the second of the change and the login of that moment.
    instances: dict[str, tuple[int, Json, Json]] = field(default_factory=dict)
    folders: dict[str, Json] = field(default_factory=dict)
    permissions: dict[str, list[Json]] = field(default_factory=dict)
    boards: dict[str, Board] = field(default_factory=dict)
    groups: dict[tuple[str, str], Json] = field(default_factory=dict)
    contacts: dict[str, Json] = field(default_factory=dict)
    policies: Json | None = None


#: Whether a login may use a database as somebody: user, password, data source -> role or sentence.
Login = Callable[[str, str, Json], tuple[str | None, str]]


def any_login(user: str, password: str, source: Json) -> tuple[str | None, str]:
    """Everybody may."""
    return user, ""


@dataclass
class State:
    """The server."""

    orgs: dict[int, Org] = field(default_factory=lambda: {1: Org(1, "Main Org.", policies=_tree())})
    #: Login to password, role in each organisation ("*": server administrator).
    users: dict[str, tuple[str, dict[int | str, str]]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    next_org: int = 2
    login: Login = any_login
    second: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)
    #: Requests that a fresh organisation's policies are asked for before it has some.
    policies_after: int = 0
    asked: dict[int, int] = field(default_factory=dict)

    def org_named(self, name: str) -> Org | None:
        return next((org for org in self.orgs.values() if org.name == name), None)

    def has_policies(self, org: Org) -> bool:
        """A fresh organisation gets them after some time."""
        if org.policies is None:
            self.asked[org.number] = self.asked.get(org.number, 0) + 1
            if self.asked[org.number] > self.policies_after:
                org.policies = _tree()
        return org.policies is not None

    def copied(self, value: Any) -> Any:
        return copy.deepcopy(value)


def _tree() -> Json:
    return {"receiver": "empty", "group_by": ["grafana_folder", "alertname"]}
