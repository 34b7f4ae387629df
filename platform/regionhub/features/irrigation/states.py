"""Irrigation levels in words, and what stands behind them."""

from __future__ import annotations

from regionhub.levels import Reason, Signal, State, absence_reasons, by_code, no_data

STATES = by_code(
    State("now", "jetzt gießen", "water now", "!", "alarm", 0, 2),
    State("soon", "bald gießen", "water soon", "›", "warn", 1, 1),
    State("good", "gut", "good", "✓", "good", 2, 0),
    State("wet", "nass", "wet", "≈", "water", 3, 0),
    State("frozen", "Boden gefroren", "soil frozen", "❄", "water", 4, 0),
    no_data(5),
)

SIGNAL = Signal(
    name="irrigation",
    decide="decide_irrigation",
    begin="begin_irrigation",
    view="irrigation_signal",
    order=1,
    states=STATES,
    reasons={
        **absence_reasons("Bodensonde", "soil probe"),
        "soil_texture_missing": Reason(
            "Bodenart fehlt, daher nicht bewertbar",
            "soil texture missing, so it cannot be judged",
        ),
        "group_silent": Reason(
            "kein aktueller Wert aus der Gruppe", "no current value from the group"
        ),
        "estimated": Reason(
            "geschätzt aus Regen, Verdunstung und Alter, nicht gemessen",
            "estimated from rain, evaporation and age, not measured",
        ),
        "gap": Reason("Messlücke in den letzten drei Tagen", "gap in the last three days"),
        "rising": Reason("der Boden ist gerade nass geworden", "the soil has just become wetter"),
        "too_short": Reason(
            "noch keine drei trockenen Tage", "not yet three days without rain or a watering"
        ),
        "not_made": Reason("noch nicht berechnet", "not computed yet"),
        "frost": Reason("Boden gefroren, Wert unsicher", "soil frozen, value uncertain"),
    },
)
