"""Winterdienst: how cold roads are where it gets icy first."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.models.dashboard import Dashboard

from regionhub_dashboards.kit import parts
from regionhub_dashboards.kit.board import Board, variable
from regionhub_dashboards.kit.statements import series, sites, statements

UID = "winterdienst"


def build(look: parts.Look) -> Dashboard:
    """Build the dashboard."""
    sql = statements(__package__)
    return Board(
        UID, look, "Winterdienst", "Wie kalt die Straßen sind, wo es zuerst glatt wird."
    ).build(
        [variable("site", "Stelle", sites("road", "noch keine Stelle"))],
        [],
        [_now(sql), *_course()],
    )


def _now(sql: Mapping[str, str]) -> parts.AnyPanel:
    """What each spot measures at this moment."""
    return parts.panel(
        parts.columns(sql["now"], "noch keine Stelle an einer Straße angelegt")
        .override_by_name("Ort", parts.column(width=260))
        .override_by_name("Zustand", parts.column(width=130))
        .override_by_name("Fahrbahn", parts.column("celsius", width=110, decimals=1))
        .override_by_name("Luft", parts.column("celsius", width=100, decimals=1))
        .override_by_name("Luftfeuchte", parts.column("percent", width=110, decimals=0))
        .override_by_name("Taupunkt", parts.column("celsius", width=110, decimals=1))
        .override_by_name("Gemessen", parts.column(parts.TIMESTAMP_UNIT, width=170))
        .override_by_name("Hinweis", parts.column(width=280)),
        1,
        "Straßen jetzt",
        "Die neuesten Werte jeder Stelle. Ein Messwert ist keine Zusage: An anderer Stelle kann es "
        f"glatt sein{parts.FEW_ROWS}.",
        size=(24, 9),
        unit="none",
    )


def _course() -> list[parts.AnyPanel]:
    """Road and air over time."""
    return [
        parts.panel(
            _lines("road_surface_temperature", "kein Gerät misst die Fahrbahn"),
            2,
            "Temperatur der Fahrbahn",
            "Unter 0 °C kann Nässe gefrieren, mit Taupunkt über der Fahrbahntemperatur bildet sich "
            f"Reif. {parts.FEW_LINES}",
            size=(24, 10),
            unit="celsius",
        ).decimals(1),
        parts.panel(
            _lines("air_temperature", "kein Gerät misst die Lufttemperatur"),
            3,
            "Lufttemperatur",
            f"Temperatur der Luft an den Stellen. {parts.FEW_LINES}",
            size=(12, 9),
            unit="celsius",
        ).decimals(1),
        parts.panel(
            _lines("dew_point", "kein Gerät meldet den Taupunkt"),
            4,
            "Taupunkt",
            f"Bis zu welcher Temperatur sich Feuchte an Flächen niederschlägt. {parts.FEW_LINES}",
            size=(12, 9),
            unit="celsius",
        ).decimals(1),
    ]


def _lines(quantity: str, nothing: str) -> parts.LinesPanel:
    return parts.lines(parts.Sql(series(quantity))).no_value(nothing)
