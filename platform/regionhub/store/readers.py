"""Readers with a login of their own (`<prefix>_g_<town>`, for dashboards), kept within bounds.

What holds for such a role is set in the database (settings.sql). But whoever may log in may also
change it: for a session, for everybody who uses the login, even the password. What PostgreSQL lets
a role do cannot be forbidden, so it is undone: by `regionhub work`, every few seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from regionhub.errors import StoreBusy
from regionhub.observability import get_logger
from regionhub.store.database import Connection, select_all, select_value, store_errors
from regionhub.store.statements import queries

_SQL = queries(__package__, "readers")
_log = get_logger(__name__)
Result = TypeVar("Result")
#: How long a transaction of a reader lasts at most. Its statements end by themselves after 30 s,
#: unless somebody took that limit away.
LONGEST_SECONDS = 40.0
#: How long something that locks whole tables waits for them: others wait behind it meanwhile.
_LOCK_SECONDS = 2.0
#: Tries, and the seconds between them: together longer than any request may hold a table.
_TRIES, _PAUSE_SECONDS = 12, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedTransaction:
    """A transaction of a reader that was too old; not `ended` where the owner may not."""

    role: str
    seconds: float
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlteredLogin:
    """What is not as it was set of a role with a login: a setting, or "password"."""

    role: str
    what: str


def end_transactions(connection: Connection, older_than_seconds: float) -> list[EndedTransaction]:
    """End the sessions of readers whose transaction is older, as the owner."""
    values = {"seconds": older_than_seconds}
    found = select_all(connection, EndedTransaction, _SQL["end_transactions"], values)
    for each in found:
        tell = _log.warning if each.ended else _log.error
        tell(
            "reader_ended" if each.ended else "reader_not_ended",
            role=each.role,
            seconds=round(each.seconds, 1),
        )
    return found


def restore_logins(connection: Connection) -> list[AlteredLogin]:
    """Set right what readers changed of their roles, as the owner; returns what it was."""
    restored = select_all(connection, AlteredLogin, _SQL["restore_logins"])
    for each in restored:
        _log.warning("login_restored", role=each.role, what=each.what)
    return restored


def altered_logins(connection: Connection) -> list[AlteredLogin]:
    """What `restore_logins` would set right, as the owner."""
    return select_all(connection, AlteredLogin, _SQL["altered_logins"])


def unhindered(
    connection: Connection,
    do: Callable[[], Result],
    *,
    older_than_seconds: float | None = None,
) -> Result:
    """Do something in a transaction that locks whole tables, without making others wait for long.

    It gives up soon where somebody holds a table, and tries again; no reader holds one for longer
    than `older_than_seconds` (`LONGEST_SECONDS`).

    Args:
        connection: of the owner, in autocommit.
        do: runs once for each try, in a transaction that was undone where it failed before.
        older_than_seconds: transactions of readers that are older are ended first.

    Raises:
        StoreBusy: somebody held a table throughout.
    """
    tries_left = _TRIES
    while True:
        with store_errors():
            if select_value(connection, bool, _SQL["installed"]):
                end_transactions(connection, older_than_seconds or LONGEST_SECONDS)
        tries_left -= 1
        try:
            with store_errors(), connection.transaction():
                connection.execute(_SQL["limit_waiting"], {"limit": f"{_LOCK_SECONDS}s"})
                return do()
        except StoreBusy:
            if not tries_left:
                raise
        time.sleep(_PAUSE_SECONDS)
