"""What forests and weather stations measure, as long as nothing is decided from it."""

from __future__ import annotations

from regionhub.features.feature import Feature
from regionhub.levels import Reason, Signal, State, absence_reasons, by_code, no_data

SIGNAL = Signal(
    name="observations",
    decide="decide_observations",
    view="observation_signal",
    order=6,
    states=by_code(
        no_data(0),
        State("measuring", "misst", "measuring", "•", "plain", 1),
    ),
    reasons={
        **absence_reasons("Sensor", "sensor"),
        "not_shared": Reason(
            "neueste Werte sind nicht freigegeben", "the newest values are not shared"
        ),
    },
)

FEATURE = Feature(name="observations", package=__name__, signals=(SIGNAL,))
