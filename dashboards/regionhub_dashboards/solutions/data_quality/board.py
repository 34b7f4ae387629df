"""Datenqualität: what arrives, what is missing, and what could not be processed."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.builders import common as common_builder
from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models import common, dashboard

from regionhub_dashboards.kit import parts
from regionhub_dashboards.kit.board import Board, variable
from regionhub_dashboards.kit.levels import DEAD_LETTER_REASONS, FATES, NOT_JUDGED
from regionhub_dashboards.kit.statements import statements

UID = "datenqualitaet"


def build(look: parts.Look) -> dashboard.Dashboard:
    """Build the dashboard."""
    sql = statements(__package__)
    return Board(
        UID,
        look,
        "Datenqualität",
        "Was ankommt, was fehlt, und was nicht verarbeitet werden konnte.",
    ).build(
        [variable("device", "Gerät", sql["devices"])],
        [],
        [_fates(sql), _completeness(sql), *_refused(sql), _failed(sql)],
    )


def _fates(sql: Mapping[str, str]) -> parts.AnyPanel:
    """What became of the messages."""
    chart = (
        timeseries.Panel()
        .with_target(parts.Sql(sql["fates"]))
        .draw_style(common.GraphDrawStyle.BARS)
        .fill_opacity(70)
        .stacking(common_builder.StackingConfig().mode(common.StackingMode.NORMAL))
        .legend(parts.legend_below())
        .no_value("noch keine Nachricht")
    )
    for fate in FATES:
        chart.override_by_name(
            fate.label,
            [dashboard.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": fate.colour})],
        )
    return parts.panel(
        chart,
        1,
        "Was mit den Nachrichten geschah",
        "Nachrichten aller Quellen je Stunde oder Zeitschritt: gespeichert, doppelt, "
        "nicht verarbeitbar oder nicht benötigt.",
        size=(24, 9),
        unit="short",
    ).decimals(0)


def _completeness(sql: Mapping[str, str]) -> parts.AnyPanel:
    """Which frames are missing."""
    return parts.panel(
        parts.columns(sql["completeness"], "noch kein Gerät angelegt")
        .override_by_name("Gerät", parts.column(width=260))
        .override_by_name("Vollständig", parts.column("percent", width=110, decimals=1))
        .override_by_name("Fehlend", parts.column(width=90))
        .override_by_name("Erwartet", parts.column(width=90))
        .override_by_name("Empfangen", parts.column(width=100))
        .override_by_name("Nachgeholt", parts.column(width=100))
        .override_by_name("Nicht lesbar", parts.column(width=110))
        .override_by_name("Letzte Lücke", parts.column(parts.TIMESTAMP_UNIT, width=170))
        .override_by_name("Pakete darin", parts.column(width=110))
        .override_by_name("Nicht bewertbar", [_texts(NOT_JUDGED), *parts.column(width=180)]),
        2,
        "Vollständigkeit der Funkpakete",
        "Was die Geräte nach ihrem Paketzähler gesendet haben und was davon da ist, die "
        "Geräte mit den meisten fehlenden Paketen zuerst. Nachgeholt: später eingespielt "
        "oder vom Netzwerkserver abgeholt. Nicht lesbar: angekommen, aber noch nicht "
        "verarbeitet. Gezeigt werden höchstens die letzten 90 Tage des Zeitraums"
        f"{parts.FEW_ROWS}.",
        size=(24, 11),
        unit="none",
    )


def _refused(sql: Mapping[str, str]) -> list[parts.AnyPanel]:
    """What could not be processed, by reason and by profile."""
    return [
        parts.panel(
            _messages(sql["dead_letters"])
            .override_by_name("Quelle", parts.column(width=200))
            .override_by_name("Geräte", parts.column(width=80)),
            3,
            "Nicht verarbeitbare Nachrichten",
            "Nachrichten im Zeitraum, die nicht verarbeitet werden konnten, nach Grund und "
            "Quelle. Sie sind aufbewahrt und lassen sich erneut einspielen.",
            size=(24, 8),
            unit="none",
        ),
        parts.panel(
            _messages(sql["decode_errors"])
            .override_by_name("Profil", parts.column(width=220))
            .override_by_name("Geräte", parts.column(width=80)),
            4,
            "Geräteprofile mit Fehlern",
            "Nachrichten im Zeitraum, die nicht zum Profil ihres Geräts passen: Modell oder "
            "Firmware gehört nicht zum Profil, oder das Profil fehlt.",
            size=(24, 7),
            unit="none",
        ),
    ]


def _failed(sql: Mapping[str, str]) -> parts.AnyPanel:
    """Which readings failed a test."""
    return parts.panel(
        parts.columns(sql["failed"], "keine verworfenen Messwerte")
        .override_by_name("Größe", parts.column(width=240))
        .override_by_name("Messwerte", parts.column(width=110))
        .override_by_name("Messstellen", parts.column(width=110))
        .override_by_name("Zuletzt", parts.column(parts.TIMESTAMP_UNIT, width=170))
        .override_by_name("Beispiel", parts.column(width=300)),
        5,
        "Verworfene Messwerte",
        "Messwerte im Zeitraum, die eine Prüfung nicht bestanden haben und in keiner Linie und "
        "keiner Stufe vorkommen. Nur für Zeiträume bis 31 Tage.",
        size=(24, 7),
        unit="none",
    )


def _messages(sql: str) -> parts.TablePanel:
    return (
        parts.columns(sql, "keine Fehler")
        .override_by_name("Grund", [_texts(DEAD_LETTER_REASONS), *parts.column(width=240)])
        .override_by_name("Nachrichten", parts.column(width=110))
        .override_by_name("Zuletzt", parts.column(parts.TIMESTAMP_UNIT, width=170))
        .override_by_name("Beispiel", parts.column(width=320))
    )


def _texts(words: Mapping[str, str]) -> dashboard.DynamicConfigValue:
    return dashboard.DynamicConfigValue(
        "mappings",
        [
            dashboard.ValueMap(
                {
                    word: dashboard.ValueMappingResult(text=text, index=place)
                    for place, (word, text) in enumerate(words.items())
                }
            )
        ],
    )
