"""What forest stands and road spots measure, as long as nothing is decided from it."""

from __future__ import annotations

from regionhub.features.feature import Feature
from regionhub.levels import Signal, State, by_code

SIGNAL = Signal(
    name="observations",
    view="observation_signal",
    order=2,
    states=by_code(
        State("no_data", "keine Daten", "no data", "?", "none", 0),
        State("measuring", "misst", "measuring", "•", "plain", 1),
    ),
    reasons={
        "no_reading": ("noch kein Messwert", "no reading yet"),
        "no_usable_reading": (
            "Messwerte fehlen oder sind unplausibel",
            "readings are missing or implausible",
        ),
        "stale": ("letzter Wert ist zu alt", "last value is too old"),
    },
)

FEATURE = Feature(name="observations", package=__name__, signals=(SIGNAL,))
