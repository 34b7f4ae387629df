"""Names and colours of levels and states.

The irrigation levels are the rows of core.irrigation_level. They are read from the migration that
inserts them, so that no dashboard types them a second time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_INSERT = re.compile(r"insert into core\.irrigation_level values(.*?);", re.DOTALL)
_ROW = re.compile(r"\('(\w+)',\s*(\d+),\s*'([^']+)',\s*'[^']+',\s*'(#[0-9A-F]{6})'\)")


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a scale: its number, German name and colour."""

    value: int
    label: str
    colour: str


@cache
def irrigation_levels() -> tuple[Level, ...]:
    """Read the irrigation levels in order of need, 0 the most urgent."""
    migration = files("regionhub.store") / "sql" / "migrations" / "0001_tables.sql"
    found = _INSERT.search(migration.read_text(encoding="utf-8"))
    if found is None:
        raise LookupError("the first migration no longer inserts the irrigation levels")
    return tuple(
        Level(int(need), label, colour) for _, need, label, colour in _ROW.findall(found[1])
    )


#: Stages of a gauge; -1 where nothing is known.
STAGES = (
    Level(-1, "unbekannt", "#6B7280"),
    Level(0, "keine Stufe", "#2E7D32"),
    Level(1, "Stufe 1", "#B26A00"),
    Level(2, "Stufe 2", "#C2410C"),
    Level(3, "Stufe 3", "#B3261E"),
)

#: States of a device by the word api.device_health uses.
DEVICE_STATES = {
    "online": Level(0, "online", "#2E7D32"),
    "late": Level(1, "verspätet", "#B26A00"),
    "silent": Level(2, "stumm", "#B3261E"),
    "never": Level(3, "nie gemeldet", "#6B7280"),
}

#: German words for the reasons of dead letters (regionhub.errors.MessageError.reason).
DEAD_LETTER_REASONS = {
    "message": "Nachricht fehlerhaft",
    "not_parseable": "Format nicht lesbar",
    "too_large": "Nachricht zu groß",
    "unknown_device": "Gerät nicht angemeldet",
    "wrong_tenant": "Gerät gehört einer anderen Kommune",
    "unusable_profile": "Geräteprofil nicht brauchbar",
    "not_decodable": "Nutzdaten nicht dekodierbar",
    "store_rejected": "von der Datenbank abgelehnt",
}

#: Why a frame counter tells nothing about lost frames (api.completeness.not_judged).
NOT_JUDGED = {
    "no_frames": "nichts empfangen",
    "no_counter": "ohne Paketzähler",
    "one_frame": "nur ein Paket",
    "stuck_counter": "Zähler steht still",
}
