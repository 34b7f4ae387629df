"""The device profiles that come with the hub, read once: it takes a tenth of a second."""

from __future__ import annotations

from regionhub.profiles import load_profiles

PROFILES = load_profiles()
