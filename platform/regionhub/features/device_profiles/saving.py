"""Saving a profile of one's own, whoever asks: it is what it says, and its examples are right."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from regionhub.archive.stored_profiles import save_profile
from regionhub.errors import InputError, ProfileError
from regionhub.features.device_profiles.bench import Bench, check
from regionhub.features.device_profiles.store import own_slug
from regionhub.profiles import DeviceProfile, read_profile
from regionhub.store.database import Connection


@dataclass(frozen=True, slots=True)
class Author:
    """The town whose profiles are written, under its role, and who writes."""

    connection: Connection
    tenant_id: int
    who: str

    def profile_id(self, model: str) -> str:
        """The id of a profile of this town that is called so.

        Raises:
            InputError: nothing can be called so.
        """
        part = re.sub(r"[^a-z0-9]+", "-", model.lower().translate(_UMLAUTS)).strip("-")[:80]
        if not part:
            raise InputError(
                "Give the profile a name of letters and digits.",
                de="Geben Sie dem Profil eine Kennung aus Buchstaben und Ziffern.",
            )
        return f"{own_slug(self.connection, self.tenant_id)}/{part}"

    def check_free(self, profile_id: str, known: Collection[str]) -> None:
        """Refuse an id that a profile has.

        Raises:
            InputError: one of those known has it.
        """
        if profile_id in known:
            raise InputError(
                f"There is a profile {profile_id} already.",
                de=f"Ein Profil {profile_id} gibt es schon: wählen Sie eine andere Kennung.",
            )


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def read(profile_id: str, text: str, codec: str) -> DeviceProfile:
    """The profile that two texts make.

    Raises:
        InputError: they make none; the text says where.
    """
    try:
        return read_profile(profile_id, text.replace("\r\n", "\n"), codec.replace("\r\n", "\n"))
    except ProfileError as error:
        raise InputError(
            error.detail, de=f"So ist das Profil nicht verwendbar: {error.detail}"
        ) from None


def save(author: Author, bench: Bench, profile: DeviceProfile) -> None:
    """Let a town's profile decode its devices from now on.

    Raises:
        InputError: its examples fail, its codec cannot run, or it is no profile of this town.
        NotAllowed: it belongs to the hub or to another town.
    """
    check(bench, profile)
    save_profile(author.connection, profile, tenant_id=author.tenant_id, by=author.who)
