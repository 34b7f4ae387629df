"""Winterdienst: where roads are icy or soon will be, and how cold they are."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.models.dashboard import Dashboard

from regionhub_dashboards.kit import parts
from regionhub_dashboards.kit.board import Board, variable
from regionhub_dashboards.kit.levels import ROAD_STATES
from regionhub_dashboards.kit.statements import series, sites, statements

UID = "winterdienst"


def build(look: parts.Look) -> Dashboard:
    """Build the dashboard."""
    sql = statements(__package__)
    return Board(
        UID, look, "Winterdienst", "Wo Straßen glatt sind oder bald werden, und wie kalt sie sind."
    ).build(
        [variable("site", "Stelle", sites("road", "noch keine Stelle"))],
        [],
        [*_now(sql), *_course(sql)],
    )


def _now(sql: Mapping[str, str]) -> list[parts.AnyPanel]:
    """Where it is icy at this moment, or will be within hours."""
    return [
        parts.panel(
            parts.counts(
                sql["state_counts"], {one.label: one.colour for one in ROAD_STATES.values()}
            ),
            5,
            "Stellen nach Zustand",
            "Wie viele der gewählten Stellen glatt sind oder es bald sein können. „Keine Daten“ "
            "heißt: kein brauchbarer Messwert der Fahrbahn, nicht: frei.",
            size=(24, 4),
            unit="none",
        ),
        parts.panel(
            parts.columns(sql["now"], "noch keine Stelle an einer Straße angelegt")
            .override_by_name("Ort", parts.column(width=260))
            .override_by_name(
                "Zustand", parts.coloured(parts.text_mappings(ROAD_STATES), width=150)
            )
            .override_by_name("Fahrbahn", parts.column("celsius", width=110, decimals=1))
            .override_by_name("Erwartet", parts.column("celsius", width=110, decimals=1))
            .override_by_name("Taupunkt", parts.column("celsius", width=110, decimals=1))
            .override_by_name("Nässe", parts.column(width=110))
            .override_by_name("Gemessen", parts.column(parts.TIMESTAMP_UNIT, width=170))
            .override_by_name("Hinweis", parts.column(width=280)),
            1,
            "Straßen jetzt",
            "Was gestreut werden muss zuerst, die kältesten Stellen zuerst. Erwartet: in drei "
            "Stunden, wenn es so weiter abkühlt. Ein Messwert ist keine Zusage: An anderer Stelle "
            f"kann es glatt sein{parts.FEW_ROWS}.",
            size=(24, 9),
            unit="none",
        ),
    ]


def _course(sql: Mapping[str, str]) -> list[parts.AnyPanel]:
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
        parts.panel(
            parts.columns(sql["hours"], "in dieser Zeit ist nichts entschieden")
            .override_by_name("Ort", parts.column(width=260))
            .override_by_name("Glatt", parts.column("h", width=140, decimals=1))
            .override_by_name("Möglich", parts.column("h", width=140, decimals=1))
            .override_by_name("Ohne Daten", parts.column("h", width=140, decimals=1)),
            6,
            "Stunden mit Glätte",
            "Wie lange jede Stelle in der gewählten Zeit glatt war, glatt sein konnte oder ohne "
            f"Daten war{parts.FEW_ROWS}.",
            size=(24, 9),
            unit="none",
        ),
    ]


def _lines(quantity: str, nothing: str) -> parts.LinesPanel:
    return parts.lines(parts.Sql(series(quantity))).no_value(nothing)
