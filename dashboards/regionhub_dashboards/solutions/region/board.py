"""Region: one line for each town, never one for each sensor."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.builders import common as common_builder
from grafana_foundation_sdk.builders import stat, timeseries
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import Dashboard

from regionhub_dashboards.kit import parts
from regionhub_dashboards.kit.board import Board
from regionhub_dashboards.kit.levels import URGENCIES
from regionhub_dashboards.kit.statements import statements

UID = "region"


def build(look: parts.Look) -> Dashboard:
    """Build the dashboard."""
    sql = statements(__package__)
    return Board(
        UID, look, "Region", "Alle Kommunen, die ihre Daten teilen, auf einen Blick."
    ).build([], [], [*_now(sql), *_course(sql, look)])


def _now(sql: Mapping[str, str]) -> list[parts.AnyPanel]:
    """How it is in all towns at this moment."""
    mappings = parts.value_mappings(URGENCIES)
    return [
        parts.panel(
            parts.with_colours(
                stat.Panel()
                .with_target(parts.Sql(sql["totals"], form="table"))
                .with_transformation(parts.rows_to_fields("Was", "Anzahl"))
                .graph_mode(common.BigValueGraphMode.NONE)
                .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
                .color_mode(common.BigValueColorMode.VALUE),
                {level.label.capitalize(): level.colour for level in URGENCIES if level.value},
            ),
            1,
            "Auf einen Blick",
            "Standorte nach Dringlichkeit und die Geräte, die in allen Kommunen still sind. "
            "Unbekannt ist nicht in Ordnung: Dort fehlt ein aktueller Messwert.",
            size=(24, 4),
            unit="none",
        ),
        parts.panel(
            parts.columns(sql["towns"], "noch keine Kommune teilt ihre Daten mit der Region")
            .override_by_name("Kommune", parts.column(width=200))
            .override_by_name("Höchste Stufe", parts.coloured(mappings, width=140))
            .override_by_name("Notfall", parts.column(width=90))
            .override_by_name("Handeln", parts.column(width=90))
            .override_by_name("Beobachten", parts.column(width=110))
            .override_by_name("Unbekannt", parts.column(width=110))
            .override_by_name("Standorte", parts.column(width=100))
            .override_by_name("Geräte", parts.column(width=90))
            .override_by_name("Still", parts.column(width=80))
            .override_by_name("Zuletzt", parts.column(parts.TIMESTAMP_UNIT, width=170)),
            2,
            "Kommunen",
            "Je Kommune die höchste Stufe, die Standorte nach Dringlichkeit und die stillen "
            f"Geräte, die dringendsten zuerst{parts.FEW_ROWS}.",
            size=(24, 14),
            unit="none",
        ),
    ]


def _course(sql: Mapping[str, str], look: parts.Look) -> list[parts.AnyPanel]:
    """When it became urgent, and where."""
    return [
        parts.panel(
            timeseries.Panel()
            .with_target(parts.Sql(sql["changes"]))
            .draw_style(common.GraphDrawStyle.BARS)
            .fill_opacity(70)
            .stacking(common_builder.StackingConfig().mode(common.StackingMode.NORMAL))
            .legend(parts.legend_below())
            .no_value("nichts wurde dringend"),
            3,
            "Neu dringend",
            "Wie oft ein Standort der Region in diesem Zeitschritt dringend wurde.",
            size=(12, 12),
            unit="short",
        ).decimals(0),
        parts.panel(
            parts.places(sql["map"], colour_field="Höchste Stufe", look=look)
            .thresholds(parts.thresholds(URGENCIES))
            .override_by_name("Höchste Stufe", parts.coloured(parts.value_mappings(URGENCIES))[:2]),
            4,
            "Karte",
            "Wo die Kommunen liegen und welche Stufe dort erreicht ist. Dieselben Angaben stehen "
            f"in der Tabelle. {parts.colour_words(URGENCIES[::-1])}",
            size=(12, 12),
            unit="none",
        ),
    ]
