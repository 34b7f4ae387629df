"""Whether the database is the right one, its roles may work and there is room in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from regionhub.cli.assembly import check_version
from regionhub.cli.checks import Finding, failure, fine, warning
from regionhub.cli.checks import facts as doctor
from regionhub.cli.checks.facts import DifferingSetting, MissingRight, Server
from regionhub.errors import SchemaError, StoreError, StoreFull
from regionhub.store.database import Connection
from regionhub.store.readers import AlteredLogin, altered_logins

#: Problems with which nothing else can be looked at.
BLINDING = {"read_only", "schema_missing", "schema_differs", "not_owner"}
_MB, _GB = 1e6, 1e9
#: Share of the server's queue of notices that is waiting: usually next to nothing.
_MANY_NOTICES = 0.1
#: Free bytes on the disk of the database, and their share, below which somebody should look.
_LITTLE_BYTES, _LITTLE_SHARE = 20 * _GB, 0.1
#: Free bytes that a busy hub writes in an hour or so.
_NEARLY_NONE_BYTES = 0.5 * _GB


def not_reached(error: StoreError) -> Finding:
    """No connection came about."""
    return failure("database", *doctor.closed_door(error.detail))


def check_database(connection: Connection) -> Iterator[Finding]:
    """Everything about the database; ends after a problem of `BLINDING`."""
    server = doctor.server(connection)
    place = f"database {server.database} on PostgreSQL {server.version.split()[0]}"
    yield fine("database", f"{place} answers, connected as {server.user}")
    if server.replica:
        yield failure("database", "read_only")
        return
    try:
        check_version(connection)
    except SchemaError as error:
        yield wrong_version(error)
        return
    yield fine("schema", "the database has the version of this program")
    if not doctor.owns_hub(connection):
        yield failure("rights", "not_owner", server.user)
        return
    yield judge_rights(doctor.missing_rights(connection))
    yield judge_settings(doctor.differing_settings(connection))
    yield judge_logins(altered_logins(connection))
    yield judge_notices(doctor.notices_waiting(connection))
    yield _disk(connection, server)


def wrong_version(error: SchemaError) -> Finding:
    """Empty, older or newer than this program."""
    empty = "empty" in error.detail
    return failure("schema", "schema_missing" if empty else "schema_differs", error.detail)


def judge_rights(missing: list[MissingRight]) -> Finding:
    """The rights of the roles that processes work under."""
    if not missing:
        return fine("rights", "the database roles may do what they have to")
    lacks = [f"{right.role} may not {right.privilege} {right.relation}" for right in missing[:3]]
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    return failure("rights", "rights_missing", "; ".join(lacks) + more)


def judge_settings(differing: list[DifferingSetting]) -> Finding:
    """What `migrate` sets on the database and its roles."""
    if not differing:
        return fine("statements", "the database and its roles have the settings they need")
    found = [
        f"{each.name} of {each.holder} is {each.effective or 'not set'} instead of {each.value}"
        for each in differing[:3]
    ]
    more = f" and {len(differing) - 3} more" if len(differing) > 3 else ""
    return warning("statements", "settings_differ", "; ".join(found) + more)


def judge_logins(altered: list[AlteredLogin]) -> Finding:
    """What people did to the roles of dashboards."""
    if not altered:
        return fine("logins", "the logins of dashboards are as they were set")
    found = [f"{each.what} of role {each.role}" for each in altered[:3]]
    more = f" and {len(altered) - 3} more" if len(altered) > 3 else ""
    return warning("logins", "logins_altered", ", ".join(found) + more)


def judge_notices(share: float) -> Finding:
    """How full the queue is through which the server passes notices on."""
    if share > _MANY_NOTICES:
        return warning("notices", "notices_wait", f"{100 * share:.0f} %")
    return fine("notices", "notices of new readings are passed on")


def _disk(connection: Connection, server: Server) -> Finding:
    try:
        doctor.write_something(connection)
    except StoreFull as error:
        return failure("disk", "disk_full", error.detail)
    return judge_disk(server.bytes, _room(server))


def _room(server: Server) -> tuple[float, float] | None:
    """Free bytes and size of the disk, where the server runs on this machine and says where."""
    if not server.this_machine or not server.data_directory:
        return None
    try:
        disk = os.statvfs(server.data_directory)
    except OSError:  # another machine's path after all, or one that we may not look into
        return None
    return disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize


def judge_disk(used: float, room: tuple[float, float] | None) -> Finding:
    """The room that is left.

    Args:
        used: bytes of the database.
        room: free bytes and bytes of its disk; None if that cannot be seen from here.
    """
    if room is None:
        return fine(
            "disk",
            f"the database takes {size(used)} and can write; how much room is left can be seen "
            "only on its own machine",
        )
    free, total = room
    left = f"{size(free)} free of {size(total)}"
    if free < _NEARLY_NONE_BYTES:
        return failure("disk", "disk_nearly_full", left)
    if free < _LITTLE_BYTES and free < _LITTLE_SHARE * total:
        return warning("disk", "disk_nearly_full", left)
    return fine("disk", f"the database takes {size(used)}, {left}")


def size(count: float) -> str:
    """12 MB, 3.4 GB."""
    return f"{count / _GB:.1f} GB" if count >= _GB else f"{count / _MB:.0f} MB"
