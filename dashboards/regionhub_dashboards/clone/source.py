"""The data source of a town: it reads as the town's role and as nobody else, which is asked anew.

Grafana knows a data source by the second of its last change: of two changes within one second it
keeps the first, whatever its interface says then, so that queries of one town would run as another
(observed with 12.4.0, tests/data/grafana/api/d30). Hence it is written once, at most twice with
seconds between, and then has to answer as the town's role.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from regionhub.features.solutions.store import DatabaseServer
from regionhub.store.database import Connection
from regionhub.store.roles import set_role_password
from regionhub_dashboards.clone.change import Kind, Pen
from regionhub_dashboards.clone.desired import Hub, covers, data_source
from regionhub_dashboards.clone.grafana import GrafanaError, Organisation
from regionhub_dashboards.kit.rules import DATA_SOURCE_UID

#: After a change queries may run with the former login for up to five seconds.
_SETTLES_SECONDS, _LOOK_SECONDS = 8.0, 0.5
#: Until the next write, so that it lies in a later second.
_APART_SECONDS = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The data source of one town.

    Args:
        connection: of the owner, who gives the role its password.
        organisation: None: it is not made yet.
        hub: how Grafana reaches the database.
        server: what kind of database it is.
        kind: the role without its prefix, such as g_olpe.
        role: its full name.
        pen: writes what is done.
        sleep: waits so many seconds.
    """

    connection: Connection
    organisation: Organisation | None
    hub: Hub
    server: DatabaseServer
    kind: str
    role: str
    pen: Pen
    sleep: Callable[[float], None] = time.sleep

    def bring(self) -> None:
        """Let it read as the town's role; nothing is written where it does already.

        Raises:
            GrafanaError: it does not, even after a second write.
        """
        wanted = data_source(self.hub, self.server, self.role)
        organisation = self.organisation
        live = organisation.data_source(DATA_SOURCE_UID) if organisation else None
        alike = live is not None and covers(live, wanted)
        if organisation and alike and organisation.database_user(DATA_SOURCE_UID) == self.role:
            return
        kind: Kind = "create" if live is None else "change"
        if self.pen.do(kind, f"Datenquelle mit dem Zugang {self.role}"):
            self._write(exists=live is not None)

    def _write(self, *, exists: bool) -> None:
        organisation = self.organisation
        assert organisation is not None
        password = secrets.token_urlsafe(24)
        set_role_password(self.connection, kind=self.kind, password=password)
        wanted = data_source(self.hub, self.server, self.role)
        wanted["secureJsonData"] = {"password": password}
        for there in (exists, True):
            organisation.write_data_source(wanted, exists=there)
            if self._reads_as_the_town(organisation):
                return
            self.sleep(_APART_SECONDS)
        raise GrafanaError(
            f"the data source of this organisation does not read as {self.role}: look at its "
            f"address {self.hub.database} and at who else changes it; until it does, nobody "
            "should trust what its dashboards show"
        )

    def _reads_as_the_town(self, organisation: Organisation) -> bool:
        waited = 0.0
        while organisation.database_user(DATA_SOURCE_UID) != self.role:
            if waited >= _SETTLES_SECONDS:
                return False
            self.sleep(_LOOK_SECONDS)
            waited += _LOOK_SECONDS
        return True
