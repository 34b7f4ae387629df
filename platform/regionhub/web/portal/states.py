"""What a site's state is called, how urgent it is and how it is drawn.

A state is always three things at once: a word, a sign and a tone. No page shows the tone (colour)
without the other two, and "no data" has a tone of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import floor
from typing import Any, Literal

from regionhub.readings import Quality
from regionhub.web.portal.texts import mark

Tone = Literal["alarm", "high", "warn", "good", "water", "none"]

KINDS = {
    "tree": mark("Baum"),
    "bed": mark("Beet"),
    "gauge": mark("Gewässerpegel"),
    "forest": mark("Wald"),
    "road": mark("Straße"),
}


@dataclass(frozen=True, slots=True)
class State:
    """One state; `urgency` 0 comes first in every list."""

    code: str
    label: str
    sign: str
    tone: Tone
    urgency: int


STATES = {
    state.code: state
    for state in (
        State("stage_3", mark("Stufe 3"), "3", "alarm", 0),
        State("stage_2", mark("Stufe 2"), "2", "high", 1),
        State("stage_1", mark("Stufe 1"), "1", "warn", 2),
        State("now", mark("jetzt gießen"), "!", "alarm", 3),
        State("soon", mark("bald gießen"), "›", "warn", 4),
        State("no_data", mark("keine Daten"), "?", "none", 5),
        State("no_stages", mark("keine Stufen hinterlegt"), "–", "water", 6),
        State("wet", mark("nass"), "≈", "water", 7),
        State("good", mark("gut"), "✓", "good", 8),
        State("stage_0", mark("unter Stufe 1"), "0", "good", 9),
        State("measuring", mark("misst"), "•", "good", 10),
    )
}

NO_DATA_REASONS = {
    "no_sensor": mark("kein Sensor eingebaut"),
    "no_recent_reading": mark("Sensor meldet sich nicht"),
    "soil_texture_missing": mark("Bodenart fehlt, daher nicht bewertbar"),
    "mounting_height_missing": mark("Einbauhöhe fehlt, daher kein Wasserstand"),
    "no_reading": mark("noch kein Messwert"),
    "no_usable_reading": mark("Messwerte fehlen oder sind unplausibel"),
    "frost": mark("Boden gefroren, Wert unsicher"),
    "stale": mark("letzter Wert ist zu alt"),
}

DEVICE_STATES = {
    "silent": State("silent", mark("stumm"), "!", "alarm", 0),
    "late": State("late", mark("verspätet"), "›", "warn", 1),
    "never": State("never", mark("noch nie gemeldet"), "?", "none", 2),
    "online": State("online", mark("meldet sich"), "✓", "good", 3),
}

#: What a flag is called; a good value carries no word.
FLAGS = {
    Quality.SUSPECT: State("suspect", mark("auffällig"), "!", "warn", 1),
    Quality.FAIL: State("fail", mark("unplausibel"), "×", "alarm", 0),
    Quality.MISSING: State("missing", mark("fehlt"), "?", "none", 2),
}


def gauge_state(row: dict[str, Any]) -> State:
    """State of a row of api.gauge. A stale level is no level."""
    if row["time"] is None or row["stale"]:
        return STATES["no_data"]
    if row["stage"] is None:
        return STATES["no_stages"]
    return STATES[f"stage_{row['stage']}"]


def gauge_reason(row: dict[str, Any]) -> str | None:
    """Why a gauge has no state, as a key of NO_DATA_REASONS."""
    if row["no_data_reason"] is not None:
        return str(row["no_data_reason"])
    return "stale" if row["stale"] else None


@dataclass(frozen=True, slots=True)
class Place:
    """A site with its state, as overview, map and filters use it."""

    site: dict[str, Any]
    state: State
    value: float | None
    unit: str
    decimals: int
    time: datetime | None
    quality: int | None
    reason: str | None
    humidity: float | None = None  # beside a temperature


#: What stands for a site that is neither soil nor gauge; the first one that it measures.
_HEADLINES = (
    "road_surface_temperature",
    "air_temperature",
    "soil_temperature",
    "relative_humidity",
)


def places(
    sites: Iterable[dict[str, Any]],
    irrigation: Iterable[dict[str, Any]],
    gauges: Iterable[dict[str, Any]],
    latest: Iterable[dict[str, Any]],
) -> list[Place]:
    """Every site with its state, the most urgent first."""
    soil = {row["site_id"]: row for row in irrigation}
    levels = {row["site_id"]: row for row in gauges}
    measured = defaultdict(list)
    for row in latest:
        if row["theme"] != "device":  # a full battery says nothing about the site
            measured[row["site_id"]].append(row)
    found = [
        _soil_place(site, soil[site["site_id"]])
        if site["site_id"] in soil
        else _gauge_place(site, levels[site["site_id"]])
        if site["site_id"] in levels
        else _other_place(site, measured[site["site_id"]])
        for site in sites
    ]
    return sorted(found, key=lambda place: (place.state.urgency, place.site["name"]))


def _soil_place(site: dict[str, Any], row: dict[str, Any]) -> Place:
    state = STATES[row["irrigation_level"]]
    frost = "frost" if row["frost"] else None
    if row["tension_kpa"] is not None:
        return Place(site, state, row["tension_kpa"], "kPa", 0, row["newest"], None, frost)
    percent = whole_percent(row["nfk_pct"])
    return Place(
        site, state, percent, "% nFK", 0, row["newest"], None, row["no_data_reason"] or frost
    )


def whole_percent(value: float | None) -> int | None:
    """Rounded down, as the levels are "below 30 %": 29.7 % must not stand there as 30 %."""
    return None if value is None else floor(value)


def _gauge_place(site: dict[str, Any], row: dict[str, Any]) -> Place:
    return Place(
        site,
        gauge_state(row),
        row["level_cm"],
        "cm",
        0,
        row["time"],
        row["quality"],
        gauge_reason(row),
    )


def _other_place(site: dict[str, Any], rows: list[dict[str, Any]]) -> Place:
    """What a forest stand or a road spot is there for: its first quantity of _HEADLINES."""
    if not rows:
        return Place(site, STATES["no_data"], None, "", 0, None, None, "no_reading")
    # a reading that failed or is old stands for a site only where there is no other
    told = [row for row in rows if _usable(row) and not row["stale"]]
    reason = None
    if not told:
        newest = max(rows, key=lambda row: row["time"])
        told = [newest]
        reason = "stale" if newest["stale"] else "no_usable_reading"
    told.sort(key=lambda row: (_headline(row["quantity"]), row["datastream_id"]))
    best = told[0]
    humidity = (row["value"] for row in told[1:] if row["quantity"] == "relative_humidity")
    return Place(
        site,
        STATES["no_data" if reason else "measuring"],
        best["value"],
        best["symbol"],
        best["decimals"],
        best["time"],
        best["quality"],
        reason,
        next(humidity, None),
    )


def _usable(row: dict[str, Any]) -> bool:
    return row["value"] is not None and row["quality"] not in {Quality.FAIL, Quality.MISSING}


def _headline(quantity: str) -> int:
    return _HEADLINES.index(quantity) if quantity in _HEADLINES else len(_HEADLINES)
