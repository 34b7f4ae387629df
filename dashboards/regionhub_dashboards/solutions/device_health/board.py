"""Gerätegesundheit: which devices report, their batteries and their reception."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.models.dashboard import Dashboard

from regionhub_dashboards.kit import parts
from regionhub_dashboards.kit.board import Board, variable
from regionhub_dashboards.kit.levels import DEVICE_STATES
from regionhub_dashboards.kit.statements import statements

UID = "geraete"


def build(look: parts.Look) -> Dashboard:
    """Build the dashboard."""
    sql = statements(__package__)
    return Board(
        UID,
        look,
        "Gerätegesundheit",
        "Welche Geräte sich melden, und wie es ihren Batterien und ihrem Empfang geht.",
    ).build(
        [variable("device", "Gerät", sql["devices"])],
        [],
        [*_devices(sql), *_power_and_radio(sql)],
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
            parts.columns(sql["devices_now"], "noch kein Gerät angelegt")
            .override_by_name("Gerät", parts.column(width=220))
            .override_by_name(
                "Zustand", parts.coloured(parts.text_mappings(DEVICE_STATES), width=120)
            )
            .override_by_name("Was ist", parts.column(width=420))
            .override_by_name("Gehört", parts.column(parts.TIMESTAMP_UNIT, width=160))
            .override_by_name("Batterie", parts.column("percent", width=80, decimals=0))
            .override_by_name("Leer etwa", parts.column(width=100))
            .override_by_name("Verlust", parts.column("percent", width=90, decimals=1))
            .override_by_name("Spannung", parts.column("volt", width=100, decimals=2))
            .override_by_name("Profil", parts.column(width=220))
            .override_by_name("DevEUI", parts.column(width=170)),
            2,
            "Geräte",
            f"Die gewählten Geräte, die schlechtesten zuerst{parts.FEW_ROWS}. Verlust: fehlende "
            "Funkpakete von 24 Stunden bis zur letzten vollen, nach dem Paketzähler. Leer etwa: "
            "nach dem Verlauf eines Monats.",
            size=(24, 12),
            unit="none",
        ),
    ]


def _power_and_radio(sql: Mapping[str, str]) -> list[parts.AnyPanel]:
    """Batteries over time, and the weakest reception."""
    return [
        parts.panel(
            parts.lines(parts.Sql(sql["battery"])).no_value("kein Gerät sendet seine Spannung"),
            3,
            "Batteriespannung",
            f"Spannung der Batterie je Gerät, soweit das Gerät sie sendet. {parts.FEW_LINES}",
            size=(12, 9),
            unit="volt",
        ).decimals(2),
        parts.panel(
            parts.lines(parts.Sql(sql["battery_level"]))
            .no_value("kein Gerät sendet seinen Ladestand")
            .min(0)
            .max(100),
            10,
            "Ladestand",
            "Ladestand in Prozent, soweit das Gerät ihn sendet; viele schätzen ihn nur grob. "
            f"{parts.FEW_LINES}",
            size=(12, 9),
            unit="percent",
        ).decimals(0),
        parts.panel(
            parts.columns(sql["worst_radio"], "kein Gerät hat sich im Zeitraum gemeldet")
            .override_by_name("Gerät", parts.column(width=260))
            .override_by_name("Reserve", parts.column("dB", width=100, decimals=1))
            .override_by_name("RSSI", parts.column("dBm", width=100, decimals=0))
            .override_by_name("SNR", parts.column("dB", width=100, decimals=1))
            .override_by_name("SF", parts.column(width=70))
            .override_by_name("Gateways", parts.column(width=100))
            .override_by_name("Verlust", parts.column("percent", width=100, decimals=1))
            .override_by_name("Gehört", parts.column(parts.TIMESTAMP_UNIT, width=170)),
            11,
            "Schwächster Empfang",
            "Die zehn Geräte mit der kleinsten Reserve: um so viel lag das Signal in 24 Stunden "
            "(Median) über dem, was der Spreizfaktor braucht. RSSI, SNR und SF sind die des "
            "letzten Funkpakets.",
            size=(24, 9),
            unit="none",
        ),
    ]
