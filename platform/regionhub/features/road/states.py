"""Ice on roads in words, and what stands behind it."""

from __future__ import annotations

from regionhub.levels import Reason, Signal, State, absence_reasons, by_code, no_data

STATES = by_code(
    State("ice", "glatt", "icy", "❄", "alarm", 0, 2),
    State("ice_possible", "Glätte möglich", "ice possible", "›", "warn", 1, 1),
    no_data(2),
    State("no_ice", "frei", "free of ice", "✓", "good", 3, 0),
)

SIGNAL = Signal(
    name="road",
    decide="decide_roads",
    begin="begin_roads",
    view="road_signal",
    order=2,
    states=STATES,
    reasons={
        **absence_reasons("Fahrbahnsensor", "road sensor"),
        "wet_and_frozen": Reason("nass und unter 0 °C", "wet and below 0 °C"),
        "hoar": Reason(
            "Reif: Fahrbahn unter 0 °C und kälter als der Reifpunkt der Luft",
            "hoar frost: the surface is below 0 °C and colder than the frost point of the air",
        ),
        "below_zero": Reason(
            "unter 0 °C, ob Nässe oder Reif daraus Glätte macht, weiß niemand",
            "below 0 °C, nobody knows whether it is wet or gets white",
        ),
        "cooling": Reason(
            "kühlt in den nächsten Stunden unter 0 °C ab",
            "cools below 0 °C within the next hours",
        ),
        "near_zero": Reason("nahe 0 °C", "near 0 °C"),
        "cold_and_dry": Reason(
            "unter 0 °C, aber trocken und wärmer als der Reifpunkt der Luft",
            "below 0 °C, but dry and warmer than the frost point of the air",
        ),
    },
)
