"""The devices, sources and profiles that ingest knows, kept up to date."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from regionhub.archive.write.ingest import IngestStore
from regionhub.devices import Device, Source
from regionhub.profiles import DeviceProfile

#: A flood of unknown devices asks the database no more often than this.
_LOOK_AGAIN_SECONDS = 0.2


class Registry:
    """Looks devices of towns up by DevEUI and notices when the database knows better.

    May be used by several threads at once.
    """

    def __init__(self, store: IngestStore) -> None:
        self._store = store
        self._refreshing = threading.Lock()
        self._version = -1
        self._looked_at = 0.0
        self._devices: dict[tuple[int, str], Device] = {}
        self.sources: list[Source] = []
        #: Those in the database; another object whenever they changed.
        self.profiles: dict[str, DeviceProfile] = {}

    def refresh(self) -> bool:
        """Load devices, sources and profiles again if they changed; True if they did."""
        with self._refreshing:
            # the number first: what changes after it is seen by the next look
            version = self._store.registry_version()
            self._looked_at = time.monotonic()
            if version == self._version:
                return False
            self._devices = self._store.devices()
            self.sources = self._store.sources()
            profiles = self._store.profiles()
            if _versions(profiles) != _versions(self.profiles):
                self.profiles = profiles
            self._version = version
            return True

    def find(self, tenant_id: int, dev_eui: str) -> Device | None:
        """A town's device, also one that was registered a moment ago; None if it knows none."""
        device = self._devices.get((tenant_id, dev_eui))
        if device is None and time.monotonic() - self._looked_at > _LOOK_AGAIN_SECONDS:
            self.refresh()
            device = self._devices.get((tenant_id, dev_eui))
        return device


def _versions(profiles: Mapping[str, DeviceProfile]) -> dict[str, str]:
    return {name: profile.version for name, profile in profiles.items()}
