"""Stages of a gauge in words, and what stands behind them."""

from __future__ import annotations

from regionhub.levels import Reason, Signal, State, absence_reasons, by_code

STATES = by_code(
    State("stage_3", "Stufe 3", "Stage 3", "3", "alarm", 0, 3),
    State("stage_2", "Stufe 2", "Stage 2", "2", "high", 1, 2),
    State("stage_1", "Stufe 1", "Stage 1", "1", "warn", 2, 1),
    State("no_data", "keine Daten", "no data", "?", "none", 3),
    State("no_stages", "keine Stufen hinterlegt", "no stages defined", "–", "water", 4),
    State("stage_0", "unter Stufe 1", "below stage 1", "0", "good", 5, 0),
)

SIGNAL = Signal(
    name="gauges",
    decide="decide_gauges",
    view="gauge_signal",
    order=0,
    states=STATES,
    reasons={
        **absence_reasons("Pegelsensor", "level sensor"),
        "mounting_height_missing": Reason(
            "Einbauhöhe fehlt, daher kein Wasserstand",
            "mounting height missing, so there is no level",
        ),
        "suspect": Reason("letzter Wert ist auffällig", "last value is suspect"),
    },
)
