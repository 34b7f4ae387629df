"""Somebody who operates the hub, and the login under which the pages of the operator work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI

from regionhub.access import people
from regionhub.cli.hub import hub as parts_of
from regionhub.features.solutions.new_town import Broker
from regionhub.sealing import Secrets
from regionhub.store.database import Database
from regionhub.store.roles import login_url, set_role_password
from tests.rows import Connection

#: Of a role that every database of these tests has.
PASSWORD = "operator"


@contextmanager
def operated(
    app: FastAPI, owner: Connection, owner_url: str, *, tenant_id: int, login: str
) -> Iterator[None]:
    """Let somebody of a tenant operate the hub that an application shows."""
    set_role_password(owner, kind="operator", password=PASSWORD)
    url = login_url(owner_url, kind="operator", password=PASSWORD)
    person = people.person_by_login(owner, tenant_id=tenant_id, login=login)
    people.set_operator(owner, tenant_id=tenant_id, account_id=person.account_id, operator=True)
    broker = Broker(url="mqtt://broker.example:1883", password="", secrets=Secrets())
    with Database(url, size=2, role="operator") as towns:
        app.state.hub = parts_of(towns, broker)
        yield
