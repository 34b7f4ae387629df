"""Where the command line keeps profiles: in a folder, or in the database of the hub."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from regionhub.archive.stored_profiles import save_profile, stored_profiles
from regionhub.cli.run import owner_connection
from regionhub.errors import Conflict, InputError
from regionhub.profiles import DeviceProfile, read_profile
from regionhub.registry.tenants import tenant_by_slug
from regionhub.store.database import Connection

ForHub = Annotated[bool, typer.Option("--hub", help="Keep it in the database, for all towns.")]
ForTown = Annotated[
    str | None,
    typer.Option("--tenant", metavar="TOWN", help="Keep it in the database, for this town."),
]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of profiles."""

    directory: Path

    def keep(self, profile: DeviceProfile, *, new: bool) -> str:
        """Write both files; returns the id.

        Raises:
            Conflict: it is there already, and should be new.
            InputError: the folder cannot be written.
        """
        folder = self.directory / profile.id
        try:
            folder.mkdir(parents=True, exist_ok=not new)
            (folder / "profile.yaml").write_text(profile.text, "utf-8")
            (folder / "codec.js").write_text(profile.codec, "utf-8")
        except FileExistsError:
            raise Conflict(f"{folder} is there already") from None
        except OSError as error:
            raise InputError(f"cannot write {folder}: {error.strerror}") from None
        return profile.id


@dataclass(frozen=True, slots=True)
class Shelf:
    """The profiles of the hub in the database, or of the town with this slug."""

    connection: Connection
    tenant_id: int | None
    slug: str | None

    def keep(self, profile: DeviceProfile, *, new: bool) -> str:
        """Save it; a town's own is called after the town. Returns the id.

        Raises:
            Conflict: there is one already, and it should be new.
            InputError: it is called after a town, and for the hub.
        """
        if self.slug is not None:
            model = profile.id.partition("/")[2]
            profile = read_profile(f"{self.slug}/{model}", profile.text, profile.codec)
        if new and profile.id in stored_profiles(self.connection):
            raise Conflict(f"there is a profile {profile.id} in the database already")
        with self.connection.transaction():
            save_profile(self.connection, profile, tenant_id=self.tenant_id, by=getpass.getuser())
        return profile.id


@contextmanager
def place(directory: Path, *, hub: bool, tenant: str | None) -> Iterator[Folder | Shelf]:
    """The place that was named on the command line: a folder, unless it is the database.

    Raises:
        InputError: both --hub and --tenant were.
    """
    if hub and tenant:
        raise InputError("a profile is for all towns (--hub) or for one (--tenant)")
    if not hub and tenant is None:
        yield Folder(directory)
        return
    with owner_connection() as connection:
        tenant_id = None if tenant is None else tenant_by_slug(connection, tenant).tenant_id
        yield Shelf(connection, tenant_id, tenant)
