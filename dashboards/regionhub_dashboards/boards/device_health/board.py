"""Gerätegesundheit: which devices are well, and what becomes of their messages."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.builders import common as common_builder
from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models import common, dashboard

from regionhub_dashboards.kit import parts
from regionhub_dashboards.kit.levels import DEAD_LETTER_REASONS, DEVICE_STATES, FATES, NOT_JUDGED
from regionhub_dashboards.kit.statements import statements

UID = "geraete"
VERSION = "1.2.0"


def build(tile_url: str, attribution: str) -> dashboard.Dashboard:  # noqa: ARG001  (no map here)
    """Build the dashboard."""
    sql = statements(__package__)
    return parts.Board(
        UID,
        VERSION,
        "Gerätegesundheit",
        "Welche Geräte sich melden, wie es ihnen geht und was ankommt.",
    ).build(
        [parts.variable("device", "Gerät", sql["devices"])],
        [],
        [*_devices(sql), *_power_and_radio(sql), *_messages(sql)],
    )


def _devices(sql: Mapping[str, str]) -> list[parts.AnyPanel]:
    """Which devices report, and how they are."""
    return [
        parts.panel(
            parts.counts(sql["state_counts"], {s.label: s.colour for s in DEVICE_STATES.values()}),
            1,
            "Geräte nach Zustand",
            "Jedes Gerät einmal, mit dem, was am meisten drängt. Verspätet: seit mehr als drei "
            "seiner Sendeabstände still, mindestens 45 Minuten. "
            "Stumm: seit mehr als zehn, mindestens zwei Stunden. "
            "Ohne Werte: Das Gerät meldet sich, aber was es misst, fehlt schon so lange.",
            size=(24, 4),
            unit="none",
        ),
        parts.panel(
            parts.columns(sql["devices_now"])
            .override_by_name("Zustand", parts.coloured(parts.text_mappings(DEVICE_STATES)))
            .override_by_name("Zuletzt gesehen", parts.column(parts.TIMESTAMP_UNIT))
            .override_by_name("Seit", parts.column(parts.TIMESTAMP_UNIT))
            .override_by_name("Batteriespannung", parts.column("volt", decimals=2))
            .override_by_name("Batterie", parts.column("percent", decimals=0))
            .override_by_name("Leer etwa", parts.column("dateTimeAsLocal"))
            .override_by_name("Verlust", parts.column("percent", decimals=1))
            .override_by_name("RSSI", parts.column("dBm", decimals=0))
            .override_by_name("SNR", parts.column("dB", decimals=1)),
            2,
            "Geräte",
            f"Die gewählten Geräte, die schlechtesten zuerst{parts.FEW_ROWS}. Verlust: fehlende "
            "Funkpakete von 24 Stunden bis zur letzten vollen, nach dem Paketzähler. RSSI, SNR "
            "und SF stammen vom letzten Paket. Leer etwa: nach dem Verlauf eines Monats.",
            size=(24, 12),
            unit="none",
        ),
    ]


def _power_and_radio(sql: Mapping[str, str]) -> list[parts.AnyPanel]:
    """Batteries and reception over time."""
    return [
        parts.panel(
            parts.lines(parts.Sql(sql["battery"])),
            3,
            "Batteriespannung",
            f"Spannung der Batterie je Gerät, soweit das Gerät sie sendet. {parts.FEW_LINES}",
            size=(24, 9),
            unit="volt",
        ).decimals(2),
        parts.panel(
            parts.lines(parts.Sql(sql["rssi"])),
            4,
            "Empfangsstärke (RSSI)",
            "Mittlere Empfangsstärke am besten Gateway. Gezeigt werden höchstens die letzten "
            f"90 Tage des Zeitraums. {parts.FEW_LINES}",
            size=(12, 9),
            unit="dBm",
        ).decimals(0),
        parts.panel(
            parts.lines(parts.Sql(sql["snr"])),
            5,
            "Signal-Rausch-Abstand (SNR)",
            "Mittlerer Abstand des Signals zum Rauschen am besten Gateway. Gezeigt werden "
            f"höchstens die letzten 90 Tage des Zeitraums. {parts.FEW_LINES}",
            size=(12, 9),
            unit="dB",
        ).decimals(1),
    ]


def _messages(sql: Mapping[str, str]) -> list[parts.AnyPanel]:
    """What became of the messages."""
    return [
        parts.panel(
            parts.columns(sql["decode_errors"])
            .override_by_name("Grund", [_texts(DEAD_LETTER_REASONS)])
            .override_by_name("Zuletzt", parts.column(parts.TIMESTAMP_UNIT)),
            9,
            "Geräteprofile mit Fehlern",
            "Nachrichten im Zeitraum, die nicht zum Profil ihres Geräts passen: Modell oder "
            "Firmware gehört nicht zum Profil, oder das Profil fehlt.",
            size=(24, 7),
            unit="none",
        ),
        parts.panel(
            _fates(sql["fates"]),
            6,
            "Was mit den Nachrichten geschah",
            "Nachrichten aller Quellen je Stunde oder Zeitschritt: gespeichert, doppelt, "
            "nicht verarbeitbar oder nicht benötigt.",
            size=(12, 10),
            unit="short",
        ).decimals(0),
        parts.panel(
            parts.columns(sql["dead_letters"])
            .override_by_name("Grund", [_texts(DEAD_LETTER_REASONS)])
            .override_by_name("Zuletzt", parts.column(parts.TIMESTAMP_UNIT)),
            7,
            "Nicht verarbeitbare Nachrichten",
            "Nachrichten im Zeitraum, die nicht verarbeitet werden konnten, nach Grund und "
            "Quelle. Sie sind aufbewahrt und lassen sich erneut einspielen.",
            size=(12, 10),
            unit="none",
        ),
        parts.panel(
            parts.columns(sql["completeness"])
            .override_by_name("Vollständig", parts.column("percent", decimals=1))
            .override_by_name("Nicht bewertbar", [_texts(NOT_JUDGED)])
            .override_by_name("Letzte Lücke von", parts.column(parts.TIMESTAMP_UNIT))
            .override_by_name("Letzte Lücke bis", parts.column(parts.TIMESTAMP_UNIT)),
            8,
            "Vollständigkeit der Funkpakete",
            "Was die Geräte nach ihrem Paketzähler gesendet haben und was davon da ist, die "
            "Geräte mit den meisten fehlenden Paketen zuerst. Nachgeholt: später eingespielt "
            "oder vom Netzwerkserver abgeholt. Nicht lesbar: angekommen, aber noch nicht "
            "verarbeitet. Gezeigt werden höchstens die letzten 90 Tage des Zeitraums"
            f"{parts.FEW_ROWS}.",
            size=(24, 12),
            unit="none",
        ),
    ]


def _fates(sql: str) -> timeseries.Panel:
    chart = (
        timeseries.Panel()
        .with_target(parts.Sql(sql))
        .draw_style(common.GraphDrawStyle.BARS)
        .fill_opacity(70)
        .stacking(common_builder.StackingConfig().mode(common.StackingMode.NORMAL))
    )
    for fate in FATES:
        chart.override_by_name(
            fate.label,
            [dashboard.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": fate.colour})],
        )
    return chart


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
