"""Versions of device profiles that could decode here, kept for good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from regionhub.profiles import DeviceProfile
from regionhub.store.database import Connection, select_all, select_one
from regionhub.store.statements import queries

_SQL = queries(__package__, "profile_versions")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileVersion:
    """A version of a device profile that decoded here."""

    profile_id: str
    version: Annotated[str, Field(description="Hash of both files.")]
    known_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFiles(ProfileVersion):
    """Both files of a version."""

    profile: Annotated[
        str, Field(description="profile.yaml; empty for a profile that had no file.")
    ]
    codec: Annotated[str, Field(description="codec.js")]


def keep_profiles(connection: Connection, profiles: Iterable[DeviceProfile]) -> None:
    """Keep both files of each, so that its version can be looked up; under the ingest role."""
    rows = list(profiles)
    connection.execute(
        _SQL["keep_profiles"],
        {
            "ids": [profile.id for profile in rows],
            "versions": [profile.version for profile in rows],
            "profiles": [profile.text for profile in rows],
            "codecs": [profile.codec for profile in rows],
        },
    )


def profile_versions(connection: Connection, profile_id: str) -> list[ProfileVersion]:
    """All versions of a profile, the newest first; under a town's role."""
    return select_all(
        connection, ProfileVersion, _SQL["profile_versions"], {"profile_id": profile_id}
    )


def profile_version(connection: Connection, profile_id: str, version: str) -> ProfileFiles | None:
    """Both files of a version; under a town's role."""
    chosen = {"profile_id": profile_id, "version": version}
    return select_one(connection, ProfileFiles, _SQL["profile_version"], chosen)
