"""Wald: smoke, drought and fire weather of forest stands."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.models.dashboard import Dashboard

from regionhub_dashboards.kit import parts
from regionhub_dashboards.kit.board import Board, variable
from regionhub_dashboards.kit.levels import DROUGHT_STATES, FIRE_CLASSES, SMOKE_STATES
from regionhub_dashboards.kit.statements import series, sites, statements

UID = "wald"


def build(look: parts.Look) -> Dashboard:
    """Build the dashboard."""
    sql = statements(__package__)
    return Board(
        UID, look, "Wald", "Rauch, Feuerwetter und Trockenheit von Boden, Bäumen und Luft im Wald."
    ).build(
        [variable("site", "Bestand", sites("forest", "noch kein Bestand"))],
        [],
        [_smoke_and_drought(sql), *_fire(sql), _now(sql), *_course(sql)],
    )


def _smoke_and_drought(sql: Mapping[str, str]) -> parts.AnyPanel:
    """Smoke first, then what is dry."""
    return parts.panel(
        parts.columns(sql["dry"], "noch kein Bestand angelegt")
        .override_by_name("Ort", parts.column(width=190))
        .override_by_name("Rauch", parts.coloured(parts.text_mappings(SMOKE_STATES), width=110))
        .override_by_name(
            "Trockenheit", parts.coloured(parts.text_mappings(DROUGHT_STATES), width=150)
        )
        .override_by_name("Nutzbares Wasser", parts.column("percent", width=140, decimals=0))
        .override_by_name("Wasserdefizit µm", parts.column(width=150, decimals=0))
        .override_by_name("Dampfdruckdefizit", parts.column("pressurekpa", width=150, decimals=1)),
        9,
        "Rauch und Trockenheit",
        "Rauch zuerst. Leer: dort misst es kein Sensor. Nutzbares Wasser: Mittel der Tiefen in "
        "% nFK, trocken unter 50. Wasserdefizit: um wie viel der Stamm dünner ist als je zuvor. "
        f"Rauchsensoren ersetzen keine Brandmeldeanlage{parts.FEW_ROWS}.",
        size=(24, 9),
        unit="none",
    )


def _fire(sql: Mapping[str, str]) -> list[parts.AnyPanel]:
    """The fire weather of the newest noon, and its course."""
    return [
        parts.panel(
            parts.counts(
                sql["state_counts"], {one.label: one.colour for one in FIRE_CLASSES.values()}
            ),
            6,
            "Bestände nach Klasse des FWI",
            "FWI ist der kanadische Feuerwetterindex am Mittag, keine amtliche Gefahrenstufe. "
            "„Keine Daten“ heißt: kein Wetter bekannt, nicht: keine Gefahr.",
            size=(24, 4),
            unit="none",
        ),
        parts.panel(
            parts.columns(sql["fire"], "noch kein Bestand angelegt")
            .override_by_name("Ort", parts.column(width=260))
            .override_by_name(
                "Klasse", parts.coloured(parts.text_mappings(FIRE_CLASSES), width=150)
            )
            .override_by_name("FWI", parts.column(width=80, decimals=1))
            .override_by_name("FFMC", parts.column(width=80, decimals=1))
            .override_by_name("DMC", parts.column(width=80, decimals=1))
            .override_by_name("DC", parts.column(width=80, decimals=0))
            .override_by_name("WBI", parts.column(width=80, decimals=0))
            .override_by_name("Mittag vom", parts.column(width=120))
            .override_by_name("Hinweis", parts.column(width=280)),
            7,
            "Feuerwetter der Bestände",
            "Die höchsten zuerst. FFMC, DMC und DC: wie trocken Streu, lockerer und tiefer Humus "
            "sind. WBI: der amtliche Waldbrandgefahrenindex des Deutschen Wetterdienstes von heute "
            f"für die Stadt, 1 bis 5{parts.FEW_ROWS}.",
            size=(24, 9),
            unit="none",
        ),
        parts.panel(
            parts.lines(parts.Sql(sql["index"])).no_value("noch kein Feuerwetter berechnet"),
            8,
            "FWI im Verlauf",
            "Ein Wert je Mittag; ein Tag ohne Wetter fehlt. Ab 21,3 heißt er hoch, ab 38 sehr hoch "
            f"(EFFIS). {parts.FEW_LINES}",
            size=(24, 9),
            unit="none",
        ).decimals(1),
    ]


def _now(sql: Mapping[str, str]) -> parts.AnyPanel:
    """What each stand measures at this moment."""
    return parts.panel(
        parts.columns(sql["now"], "noch kein Bestand angelegt")
        .override_by_name("Ort", parts.column(width=260))
        .override_by_name("Spannung", parts.column("pressurekpa", width=110, decimals=0))
        .override_by_name("Feuchte", parts.column("percent", width=100, decimals=1))
        .override_by_name("Luft", parts.column("celsius", width=100, decimals=1))
        .override_by_name("Luftfeuchte", parts.column("percent", width=110, decimals=0))
        .override_by_name("Gemessen", parts.column(parts.TIMESTAMP_UNIT, width=170)),
        1,
        "Boden und Luft jetzt",
        "Die neuesten Werte jedes Bestandes, die ohne aktuellen Wert zuerst. Saugspannung: wie "
        f"stark der Boden das Wasser festhält{parts.FEW_ROWS}.",
        size=(24, 9),
        unit="none",
    )


def _course(sql: Mapping[str, str]) -> list[parts.AnyPanel]:
    """Soil and air over time."""
    return [
        parts.panel(
            _lines("soil_water_tension", "keine Sonde für Saugspannung eingebaut"),
            2,
            "Saugspannung im Boden",
            "Je höher, desto trockener für die Pflanze. Eine Lücke heißt: der Sensor hat sich "
            f"nicht gemeldet. {parts.FEW_LINES}",
            size=(12, 9),
            unit="pressurekpa",
        ).decimals(0),
        parts.panel(
            _lines("soil_moisture_vwc", "keine Sonde für Bodenfeuchte eingebaut"),
            3,
            "Bodenfeuchte",
            f"Wassergehalt des Bodens in Volumenprozent. {parts.FEW_LINES}",
            size=(12, 9),
            unit="percent",
        ).decimals(1),
        parts.panel(
            parts.lines(parts.Sql(sql["dryness"])).no_value(
                "kein Gerät misst Lufttemperatur und Luftfeuchte"
            ),
            4,
            "Dampfdruckdefizit",
            "Wie stark die Luft den Pflanzen Wasser entzieht, aus Lufttemperatur und Luftfeuchte "
            f"(FAO 56). Über 1,5 kPa schließen viele Bäume ihre Spaltöffnungen. {parts.FEW_LINES}",
            size=(12, 9),
            unit="pressurekpa",
        ).decimals(2),
        parts.panel(
            _lines("air_temperature", "kein Gerät misst die Lufttemperatur"),
            5,
            "Lufttemperatur",
            f"Temperatur der Luft in den Beständen. {parts.FEW_LINES}",
            size=(12, 9),
            unit="celsius",
        ).decimals(1),
        parts.panel(
            parts.lines(parts.Sql(sql["stems"])).no_value("kein Dendrometer eingebaut"),
            10,
            "Wasserdefizit der Stämme (TWD)",
            "Wie viele µm der Stamm dünner ist als je zuvor im gezeigten Zeitraum (Zweifel 2016). "
            f"Null: er hat sich aufgefüllt. {parts.FEW_LINES}",
            size=(24, 9),
            unit="suffix: µm",
        ).decimals(0),
    ]


def _lines(quantity: str, nothing: str) -> parts.LinesPanel:
    return parts.lines(parts.Sql(series(quantity))).no_value(nothing)
