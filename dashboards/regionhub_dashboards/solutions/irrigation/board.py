"""Bodenfeuchte: which trees and beds need water, and how it came to that."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.models.dashboard import Dashboard

from regionhub_dashboards.kit import parts
from regionhub_dashboards.kit.board import Board, rejected, variable
from regionhub_dashboards.kit.levels import IRRIGATION_LEVELS
from regionhub_dashboards.kit.statements import statements

UID = "bodenfeuchte"
LEVEL_MAPPINGS = parts.value_mappings(IRRIGATION_LEVELS)


def build(look: parts.Look) -> Dashboard:
    """Build the dashboard."""
    sql = statements(__package__)
    return Board(UID, look, "Bodenfeuchte", "Welche Bäume und Beete Wasser brauchen.").build(
        [variable("site", "Standort", sql["sites"])],
        [rejected(sql["rejected"])],
        [*_now(sql), *_course(sql, look)],
    )


def _now(sql: Mapping[str, str]) -> list[parts.AnyPanel]:
    """Who needs water at this moment."""
    return [
        parts.panel(
            parts.counts(sql["level_counts"], {v.label: v.colour for v in IRRIGATION_LEVELS}),
            1,
            "Standorte nach Stufe",
            "Wie viele der gewählten Standorte gerade auf welcher Stufe stehen. "
            "„Keine Daten“ heißt: kein brauchbarer Messwert, nicht: alles in Ordnung.",
            size=(24, 4),
            unit="none",
        ),
        parts.panel(
            parts.columns(sql["need"], "noch kein Baum und kein Beet angelegt")
            .override_by_name("Standort", parts.column(width=240))
            .override_by_name("Stufe", parts.coloured(LEVEL_MAPPINGS, width=140))
            .override_by_name("Liter", parts.column("litre", width=90, decimals=0))
            .override_by_name("Braucht Wasser", parts.column(width=170))
            .override_by_name("Grundlage", parts.column(width=120))
            .override_by_name("nFK", parts.column(width=80))
            .override_by_name("Feuchte", parts.column(width=90))
            .override_by_name("Spannung", parts.column("pressurekpa", width=100, decimals=0))
            .override_by_name("Gemessen", parts.column(parts.TIMESTAMP_UNIT, width=170))
            .override_by_name("Boden", parts.column("celsius", width=80, decimals=1))
            .override_by_name("Hinweis", parts.column(width=280)),
            2,
            "Was braucht Wasser",
            f"Die gewählten Standorte nach Bedarf, die dringendsten zuerst{parts.FEW_ROWS}. Die "
            "Stufe folgt "
            "aus dem Median der letzten 24 Stunden: aus der Saugspannung, sonst aus dem "
            "pflanzenverfügbaren Wasser (nFK: Anteil der nutzbaren Feldkapazität der Bodenart). "
            "Liter: Wasser für den nächsten Gang. Geschätztes ist nicht gemessen.",
            size=(24, 12),
            unit="percent",
        ).decimals(0),
    ]


def _course(sql: Mapping[str, str], look: parts.Look) -> list[parts.AnyPanel]:
    """Moisture, tension and temperature of the soil over time, and where that is."""
    return [
        parts.panel(
            parts.lines(_series(sql, "soil_moisture_vwc")),
            4,
            "Bodenfeuchte",
            "Wassergehalt des Bodens in Volumenprozent je Standort und Tiefe. Eine Lücke "
            "heißt: der Sensor hat sich nicht gemeldet oder sein Wert wurde verworfen. "
            f"{parts.FEW_LINES}",
            size=(24, 10),
            unit="percent",
        ).decimals(1),
        parts.panel(
            parts.lines(_series(sql, "soil_water_tension")).no_value(
                "keine Sonde für Saugspannung eingebaut"
            ),
            5,
            "Saugspannung",
            "Wie stark der Boden das Wasser festhält, in kPa. Je höher, desto trockener für "
            f"die Pflanze. {parts.FEW_LINES}",
            size=(12, 9),
            unit="pressurekpa",
        ).decimals(0),
        parts.panel(
            parts.lines(_series(sql, "soil_temperature")),
            6,
            "Bodentemperatur",
            "Temperatur im Boden je Standort und Tiefe. Bei Frost ist die gemessene Feuchte "
            f"unsicher. {parts.FEW_LINES}",
            size=(12, 9),
            unit="celsius",
        ).decimals(1),
        parts.panel(
            parts.columns(sql["bands"], "noch keine Stufe bestimmt")
            .override_by_name("Boden", parts.column(width=230))
            .override_by_name("Alter", parts.column(width=220))
            .override_by_name("Standorte", parts.column("none", width=100, decimals=0))
            .override_by_name("jetzt über", parts.column("pressurekpa", width=110, decimals=0))
            .override_by_name("bald über", parts.column("pressurekpa", width=110, decimals=0)),
            7,
            "Grenzen nach Boden und Alter",
            "Wo die Stufen beginnen: in Volumenprozent, und in kPa, wo Saugspannung gemessen "
            f"wird. Wer sie wann warum gesetzt hat, steht im Portal{parts.FEW_ROWS}.",
            size=(24, 8),
            unit="percent",
        ).decimals(1),
        parts.panel(
            parts.places(sql["map"], colour_field="Stufe", look=look)
            .thresholds(parts.thresholds(IRRIGATION_LEVELS))
            .override_by_name("Stufe", [*parts.coloured(LEVEL_MAPPINGS)[:2]])
            .override_by_name("nFK", parts.column("percent", decimals=0))
            .override_by_name("Gemessen", parts.column(parts.TIMESTAMP_UNIT)),
            3,
            "Karte",
            "Wo die Standorte liegen und auf welcher Stufe sie stehen. Dieselben Angaben "
            f"stehen in der Tabelle. {parts.colour_words(IRRIGATION_LEVELS)}",
            size=(24, 12),
            unit="none",
        ),
    ]


def _series(sql: Mapping[str, str], quantity: str) -> parts.Sql:
    return parts.Sql(sql["series"].replace("%quantity%", quantity))
