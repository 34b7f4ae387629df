"""Who is asking, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Role = Literal["viewer", "editor", "admin"]

_RANK: dict[Role, int] = {"viewer": 0, "editor": 1, "admin": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """An account with a session, or an API key.

    `database_role` is what every query of this principal runs under; the database itself keeps it
    to its town. `account_id` and `login` are None for a key, `api_key_id` is None for an account.
    `operator` is who operates the hub, a person only: see `people.set_operator`.
    """

    account_id: int | None
    api_key_id: int | None
    login: str | None
    display_name: str
    role: Role
    operator: bool
    tenant_id: int
    tenant_slug: str
    tenant_name: str
    tenant_kind: Literal["municipality", "district", "region"]
    database_role: str
    expires_at: datetime | None

    @property
    def named(self) -> str:
        """Who it was, for records: the login of a person, the name of a key."""
        return self.login or self.display_name

    def may(self, role: Role) -> bool:
        """Whether this principal has the rights of a role: an admin has an editor's, and so on."""
        return _RANK[self.role] >= _RANK[role]
