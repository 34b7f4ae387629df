"""Words of sites and readings that belong to no feature. What a state is: `regionhub.levels`."""

from __future__ import annotations

from dataclasses import replace

from regionhub.levels import NO_DATA, NOTHING_SAID, SiteLevel, State, no_data
from regionhub.readings import Quality
from regionhub.sites import SiteKind
from regionhub.web.portal.texts import mark

KINDS: dict[SiteKind, str] = {
    "tree": mark("Baum"),
    "bed": mark("Beet"),
    "gauge": mark("Gewässerpegel"),
    "forest": mark("Wald"),
    "road": mark("Straße"),
    "weather": mark("Wetterstation"),
}

#: What a flag is called; a good value carries no word.
FLAGS = {
    Quality.SUSPECT: State("suspect", "auffällig", "suspect", "!", "warn", 1),
    Quality.FAIL: State("fail", "unplausibel", "implausible", "×", "alarm", 0),
    Quality.MISSING: State("missing", "fehlt", "missing", "?", "none", 2),
}

#: The levels of all features in words, the most urgent first.
LEVELS = (
    State("emergency", "Notfall", "emergency", "‼", "alarm", 0, 3),
    State("act", "handeln", "act", "!", "high", 1, 2),
    State("watch", "beobachten", "watch", "›", "warn", 2, 1),
    no_data(3),
    replace(NOTHING_SAID, rank=4),
    State("in_order", "in Ordnung", "in order", "✓", "good", 5, 0),
)


def level(number: SiteLevel | None, state: str | None) -> State:
    """The word of a level; without one it depends on the state whether there is no data."""
    if number is not None:
        return next(one for one in LEVELS if one.level == number)
    code = NO_DATA if state == NO_DATA else NOTHING_SAID.code
    return next(one for one in LEVELS if one.code == code)
