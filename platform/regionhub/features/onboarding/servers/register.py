"""Registering devices of the hub at the town's network server, and what became of it.

The devices are there already: whatever a server says or does not say costs none of them, and what
failed can be tried again. Keys go to the server and nowhere else.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from regionhub.confined import Network, confined
from regionhub.errors import InputError
from regionhub.features.onboarding.servers.answers import FOR_ALL, ServerError, explain
from regionhub.features.onboarding.servers.device import Server, Wanted
from regionhub.features.onboarding.servers.settings import APIS
from regionhub.problems import Language
from regionhub.sealing import Secrets
from regionhub.store.database import Connection, select_all, select_one
from regionhub.store.statements import queries

#: The setting of networks that these servers may be in.
NETWORKS = "REGIONHUB_SERVER_NETWORKS"
#: Seconds that somebody waits for a page or an answer; what takes longer is given again.
PATIENCE = 50.0
_SQL = queries(__package__, "servers")


@dataclass(frozen=True, slots=True)
class Reach:
    """What this process opens tokens with, and which inner networks it may reach."""

    secrets: Secrets
    networks: Sequence[Network] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a device; `problem` is a code, None: it is registered."""

    device_id: int
    problem: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The last try of a device."""

    device_id: int
    name: str
    server: str
    address: str
    problem: str | None
    detail: str
    tried_at: datetime
    tried_by: str

    def sentence(self, language: Language) -> str:
        """What is wrong and what to do; empty where all is well."""
        if self.problem is None:
            return ""
        return explain(self.problem, address=self.address, detail=self.detail, language=language)


def registration(connection: Connection, device_id: int, tenant_id: int) -> Registration | None:
    """What became of a device of the town, if it was ever to be registered."""
    values = {"device_id": device_id, "tenant_id": tenant_id}
    return select_one(connection, Registration, _SQL["registration"], values)


def not_registered(connection: Connection, tenant_id: int, limit: int) -> list[Registration]:
    """Devices of the town whose last try failed, the newest first."""
    values = {"tenant_id": tenant_id, "limit": limit}
    return select_all(connection, Registration, _SQL["not_registered"], values)


def register_devices(
    open_town: Callable[[], AbstractContextManager[Connection]],
    server: Server,
    wanted: Sequence[Wanted],
    reach: Reach,
    *,
    by: str,
    seconds: float = PATIENCE,
) -> list[Outcome]:
    """Register devices at a server, and keep what became of each.

    Args:
        open_town: a transaction under the role of the town; none is open while the server is asked.
        server: one of the town's.
        wanted: devices of the town.
        reach: how far this process may go.
        by: who asked for it.
        seconds: after so long the rest is left for another try.
    """
    outcomes = list(_outcomes(server, wanted, reach, time.monotonic() + seconds))
    with open_town() as connection:
        for one in outcomes:
            values = {"tenant_id": server.tenant_id, "source_id": server.source_id, "by": by}
            values |= {"device_id": one.device_id, "problem": one.problem, "detail": one.detail}
            connection.execute(_SQL["save"], values)
    return outcomes


def _outcomes(
    server: Server, wanted: Sequence[Wanted], reach: Reach, until: float
) -> Iterator[Outcome]:
    stopped: ServerError | None = None
    opened = server
    try:
        opened = replace(server, token=reach.secrets.open(server.token))
    except InputError as error:
        stopped = ServerError("no_key", error.detail)
    for device in wanted:
        if stopped is None and time.monotonic() > until:
            stopped = ServerError("late")
        try:
            if stopped is not None:
                raise stopped
            _create(opened, device, reach)
        except ServerError as error:
            if error.code in FOR_ALL:
                stopped = error
            detail = error.detail
            for secret in (opened.token, *device.keys.secrets):
                detail = _without(secret, detail)
            yield Outcome(device.device_id, error.code, detail)
        else:
            yield Outcome(device.device_id)


def _create(server: Server, device: Wanted, reach: Reach) -> None:
    with confined(reach.networks, NETWORKS) as bounds:
        try:
            APIS[server.format](server, device)
        except ServerError as error:
            if bounds.refused and error.code == "unreachable":
                raise ServerError("not_allowed", bounds.refused) from None
            raise


def _without(secret: str, text: str) -> str:
    """A text of a server, which may repeat what it was given."""
    return re.sub(re.escape(secret), "…", text, flags=re.IGNORECASE)
