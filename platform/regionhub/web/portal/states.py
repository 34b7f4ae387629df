"""Words of sites and readings that belong to no feature. What a state is: `regionhub.levels`."""

from __future__ import annotations

from regionhub.levels import State
from regionhub.readings import Quality
from regionhub.web.portal.texts import mark

KINDS = {
    "tree": mark("Baum"),
    "bed": mark("Beet"),
    "gauge": mark("Gewässerpegel"),
    "forest": mark("Wald"),
    "road": mark("Straße"),
}

#: What a flag is called; a good value carries no word.
FLAGS = {
    Quality.SUSPECT: State("suspect", "auffällig", "suspect", "!", "warn", 1),
    Quality.FAIL: State("fail", "unplausibel", "implausible", "×", "alarm", 0),
    Quality.MISSING: State("missing", "fehlt", "missing", "?", "none", 2),
}

#: A site about which no feature says anything.
NOTHING_SAID = State("nothing", "nicht bewertet", "not judged", "–", "plain", 0)
