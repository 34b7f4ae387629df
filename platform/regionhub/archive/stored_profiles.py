"""Profiles in the database: imported, mapped or written here, of the hub or of one town.

The id of a town's own begins with the town (`brilon/soil-1`), so that an id says whose it is. Each
saving is a version, kept for good; the version that decodes now can be an earlier one again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regionhub.errors import Conflict, InputError, NotAllowed, NotFound, ProfileError
from regionhub.observability import get_logger
from regionhub.profiles import DeviceProfile, read_profile
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "stored_profiles")
_log = get_logger(__name__)
_REFUSALS: Refusals = {
    pg.CheckViolation: InputError(
        "The id of a profile of your own begins with your town: town/model, in lower-case "
        "letters, digits and hyphens.",
        de="Die Kennung eines eigenen Profils beginnt mit Ihrer Stadt: stadt/modell, mit "
        "Kleinbuchstaben, Ziffern und Bindestrichen.",
    ),
    pg.InsufficientPrivilege: NotAllowed(
        "Profiles of the hub or of another town cannot be changed: copy it.",
        de="Profile der Region oder einer anderen Stadt können Sie nicht ändern, nur kopieren.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProfile:
    """A profile that stands in the database; `tenant_id` None: of the hub."""

    profile_id: str
    tenant_id: int | None
    version: str
    saved_at: datetime
    saved_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    profile_id: str
    version: str
    text: str
    codec: str


def stored_profiles(connection: Connection) -> dict[str, DeviceProfile]:
    """All profiles in the database, whoever they belong to; under the role of ingest, or the owner.

    One that can be used no more is logged and left out.
    """
    return _read(connection, select_all(connection, ListedProfile, _SQL["all_of"]), "files_of")


def seen_profiles(connection: Connection) -> dict[str, DeviceProfile]:
    """The profiles in the database that a town's role sees: those of the hub, and its own."""
    return _read(connection, listed(connection), "files")


#: What was read, by id and version, a hash of both files; None: it cannot be used. What is there is
#: asked each time.
_READ: dict[tuple[str, str], DeviceProfile | None] = {}


def _read(
    connection: Connection, rows: Sequence[ListedProfile], files: str
) -> dict[str, DeviceProfile]:
    wanted = [(row.profile_id, row.version) for row in rows]
    missing = [key for key in wanted if key not in _READ]
    if missing:
        keys = {"ids": [key[0] for key in missing], "versions": [key[1] for key in missing]}
        for row in select_all(connection, _Files, _SQL[files], keys):
            profile = None
            try:
                profile = read_profile(row.profile_id, row.text, row.codec)
            except ProfileError as error:
                _log.warning("profile_unusable", profile=row.profile_id, detail=error.detail)
            _READ[row.profile_id, row.version] = profile
    read = {key[0]: _READ.get(key) for key in wanted}
    return {profile_id: profile for profile_id, profile in read.items() if profile is not None}


def listed(connection: Connection) -> list[ListedProfile]:
    """Which profiles a town's role sees in the database."""
    return select_all(connection, ListedProfile, _SQL["listed"])


def save_profile(
    connection: Connection, profile: DeviceProfile, *, tenant_id: int | None, by: str
) -> None:
    """Let a profile decode from now on; what decoded before stays as a version.

    Args:
        connection: under the town's role, or the owner's for a profile of the hub.
        profile: as `read_profile` made it of its files.
        tenant_id: the town it belongs to; None: the hub.
        by: who, for the record.

    Raises:
        InputError: its id does not begin with the town, or it does though it is the hub's.
        NotAllowed: it belongs to somebody else.
    """
    values = {
        "profile_id": profile.id,
        "version": profile.version,
        "text": profile.text,
        "codec": profile.codec,
        "tenant_id": tenant_id,
        "by": by,
    }
    with explained(_REFUSALS):
        connection.execute(_SQL["keep_version"], values)
        connection.execute(_SQL["save"], values)


def remove_profile(connection: Connection, profile_id: str, *, tenant_id: int | None) -> None:
    """Remove a profile that no device has; its versions stay.

    Raises:
        NotFound: there is none, or it belongs to somebody else.
        Conflict: devices have it.
    """
    if select_value(connection, int, _SQL["devices_of"], {"profile_id": profile_id}):
        raise Conflict(
            "Devices have this profile: give them another one first.",
            de="Geräte haben dieses Profil: geben Sie ihnen zuerst ein anderes.",
        )
    chosen = {"profile_id": profile_id, "tenant_id": tenant_id}
    if select_value(connection, str, _SQL["remove"], chosen) is None:
        raise NotFound(
            "There is no such profile of yours.", de="Ein solches eigenes Profil gibt es nicht."
        )
