"""Stages of a gauge in words, and what stands behind them."""

from __future__ import annotations

from regionhub.levels import Reason, Signal, State, absence_reasons, by_code, no_data

STATES = by_code(
    State("stage_3", "Stufe 3", "Stage 3", "3", "alarm", 0, 3),
    State("stage_2", "Stufe 2", "Stage 2", "2", "high", 1, 2),
    State("stage_1", "Stufe 1", "Stage 1", "1", "warn", 2, 1),
    no_data(3),
    State("no_stages", "keine Stufen hinterlegt", "no stages defined", "–", "water", 4),
    State("stage_0", "unter Stufe 1", "below stage 1", "0", "good", 5, 0),
)

SIGNAL = Signal(
    name="gauges",
    decide="decide_gauges",
    begin="begin_gauges",
    view="gauge_signal",
    order=0,
    states=STATES,
    reasons={
        **absence_reasons("Pegelsensor", "level sensor"),
        "mounting_height_missing": Reason(
            "Einbauhöhe fehlt, daher kein Wasserstand",
            "mounting height missing, so there is no level",
        ),
        "unconfirmed_3": Reason(
            "unbestätigt: ein einzelner Wert erreicht Stufe 3",
            "unconfirmed: a single value reaches stage 3",
            level=3,
        ),
        "unconfirmed_2": Reason(
            "unbestätigt: ein einzelner Wert erreicht Stufe 2",
            "unconfirmed: a single value reaches stage 2",
            level=2,
        ),
        "at_least": Reason(
            "mindestens so hoch: der Sensor ist am Ende seines Messbereichs",
            "at least so high: the sensor is at the end of its range",
        ),
        "at_most": Reason(
            "höchstens so hoch: der Sensor ist am Ende seines Messbereichs",
            "at most so high: the sensor is at the end of its range",
        ),
        "suspect": Reason("letzter Wert ist auffällig", "last value is suspect"),
    },
)
