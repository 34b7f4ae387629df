"""Pegel: water levels, their stages and how fast they rise."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.builders import common as common_builder
from grafana_foundation_sdk.builders import stat, text, timeseries
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models.text import TextMode

from regionhub_dashboards.kit import parts
from regionhub_dashboards.kit.board import Board, rejected, variable
from regionhub_dashboards.kit.levels import STAGES
from regionhub_dashboards.kit.statements import statements

UID = "pegel"
CENTIMETRES = "lengthcm"
CENTIMETRES_PER_HOUR = "suffix: cm/h"
STAGE_MAPPINGS = parts.value_mappings(STAGES)
UNKNOWN: dashboard.ValueMapping = dashboard.SpecialValueMap(
    dashboard.DashboardSpecialValueMapOptions(
        match=dashboard.SpecialValueMatch.NULL,
        result=dashboard.ValueMappingResult(text=STAGES[0].label, color=STAGES[0].colour),
    )
)


def build(look: parts.Look) -> dashboard.Dashboard:
    """Build the dashboard."""
    sql = statements(__package__)
    return Board(
        UID,
        look,
        "Pegel",
        "Wasserstände an den Pegeln der Kommune, ihre Stufen und ihr Anstieg.",
    ).build(
        [variable("gauge", "Pegel", sql["gauges"])],
        [rejected(sql["rejected"])],
        [*_now(sql), *_stages(sql), *_course(sql, look)],
    )


def _now(sql: Mapping[str, str]) -> list[parts.AnyPanel]:
    """The levels of this moment."""
    return [
        parts.panel(
            text.Panel()
            .mode(TextMode.MARKDOWN)
            .content(
                "**Messwert, keine amtliche Warnung.** Amtliche Warnungen gibt der "
                "Hochwasserdienst heraus."
            ),
            1,
            "Hinweis",
            "Was diese Werte sind und was sie nicht sind.",
            size=(24, 3),
            unit="none",
        ),
        parts.panel(
            _current(sql["current"]),
            2,
            "Wasserstand jetzt",
            "Neuester Wasserstand über Pegelnullpunkt mit der Stufe, die er erreicht hat. Ein "
            f"veralteter Wert wird nicht gezeigt. {parts.FEW_LINES}",
            size=(24, 6),
            unit=CENTIMETRES,
        ).decimals(0),
    ]


def _stages(sql: Mapping[str, str]) -> list[parts.AnyPanel]:
    """The stages of this moment."""
    return [
        parts.panel(
            parts.columns(sql["overview"], "noch kein Pegel angelegt")
            .override_by_name("Pegel", parts.column(width=260))
            .override_by_name("Stufe", parts.coloured([*STAGE_MAPPINGS, UNKNOWN], width=140))
            .override_by_name("Seit", parts.column(parts.TIMESTAMP_UNIT, width=170))
            .override_by_name("Wasserstand", parts.column(width=120))
            .override_by_name("Anstieg", parts.column(CENTIMETRES_PER_HOUR, width=110, decimals=1))
            .override_by_name("Nächste Stufe in", parts.column("h", width=140, decimals=1))
            .override_by_name("Gemessen", parts.column(parts.TIMESTAMP_UNIT, width=170))
            .override_by_name("Scheitel", parts.column(width=100))
            .override_by_name("Scheitel um", parts.column(parts.TIMESTAMP_UNIT, width=170))
            .override_by_name("Oberhalb", parts.column(width=260))
            .override_by_name("Hinweis", parts.column(width=280))
            .override_by_name("Gewässer", parts.column(width=140)),
            3,
            "Stufen und Trend",
            "Die gewählten Pegel mit Stufe und Anstieg der letzten Stunde, die höchste Stufe zuerst"
            f"{parts.FEW_ROWS}. "
            "„Unbekannt“ heißt: veralteter oder fehlender Wert, oder keine Stufen hinterlegt. "
            "Was erst ein einzelner Wert erreicht, steht als unbestätigt im Hinweis. "
            "„Nächste Stufe in“ gilt bei gleichem Anstieg; der Scheitel ist der des laufenden oder "
            "letzten Hochwassers, „Oberhalb“ nennt Pegel flussauf mit ihrer Laufzeit.",
            size=(24, 9),
            unit=CENTIMETRES,
        ).decimals(0),
    ]


def _course(sql: Mapping[str, str], look: parts.Look) -> list[parts.AnyPanel]:
    """Levels, their rise and their stages over time, and where the gauges are."""
    return [
        parts.panel(
            _levels(sql["levels"], sql["stage_lines"]),
            5,
            "Wasserstand",
            "Höchster Wasserstand je Zeitschritt über Pegelnullpunkt; eine einzelne Spitze kann "
            "ein Messfehler sein, Meldungen nehmen deshalb den mittleren von drei Werten. "
            f"Gestrichelt sind die Stufen jedes Pegels. {parts.FEW_LINES}",
            size=(24, 11),
            unit=CENTIMETRES,
        ).decimals(0),
        parts.panel(
            parts.lines(parts.Sql(sql["rise"])),
            6,
            "Anstieg",
            "Wie schnell das Wasser steigt (positiv) oder fällt, aus den Mitteln von "
            f"mindestens einer Stunde. {parts.FEW_LINES}",
            size=(12, 10),
            unit=CENTIMETRES_PER_HOUR,
        ).decimals(1),
        parts.panel(
            parts.timeline(sql["stages"])
            .mappings(STAGE_MAPPINGS)
            .thresholds(parts.thresholds(STAGES)),
            7,
            "Stufen im Verlauf",
            "Welche Stufe ein Pegel wann erreicht hat; ein einzelnes falsches Echo ist keine. "
            "Nichts ist gezeichnet, wo der Sensor schwieg oder keine Stufen hinterlegt sind. "
            f"{parts.FEW_LINES}",
            size=(12, 10),
            unit="none",
        ),
        parts.panel(
            parts.places(sql["map"], colour_field="Stufe", look=look)
            .thresholds(parts.thresholds(STAGES))
            .override_by_name("Stufe", parts.coloured(STAGE_MAPPINGS)[:2])
            .override_by_name("Wasserstand", parts.column(CENTIMETRES, decimals=0))
            .override_by_name("Gemessen", parts.column(parts.TIMESTAMP_UNIT)),
            4,
            "Karte",
            "Wo die Pegel stehen und welche Stufe erreicht ist. Dieselben Angaben stehen in "
            f"der Tabelle. {parts.colour_words(STAGES[::-1])}",
            size=(24, 11),
            unit="none",
        ),
    ]


def _current(sql: str) -> stat.Panel:
    return (
        stat.Panel()
        .with_target(parts.Sql(sql, form="table"))
        .with_transformation(parts.rows_to_fields("Pegel", "Wasserstand", colour="Farbe"))
        .reduce_options(common_builder.ReduceDataOptions().calcs(["last"]).values(values=False))
        .graph_mode(common.BigValueGraphMode.NONE)
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .color_mode(common.BigValueColorMode.BACKGROUND_SOLID)
        .no_value("–")
    )


def _levels(levels: str, stages: str) -> timeseries.Panel:
    chart = parts.lines(parts.Sql(levels), parts.Sql(stages, ref="B"))
    for stage in STAGES[2:]:
        chart.override_by_regexp(
            f"/: {stage.label}$/",
            [
                dashboard.DynamicConfigValue(
                    "color", {"mode": "fixed", "fixedColor": stage.colour}
                ),
                dashboard.DynamicConfigValue(
                    "custom.lineStyle", {"fill": "dash", "dash": [10, 10]}
                ),
                dashboard.DynamicConfigValue("custom.lineWidth", 1),
                dashboard.DynamicConfigValue("custom.spanNulls", True),
                dashboard.DynamicConfigValue(
                    "custom.hideFrom", {"legend": True, "tooltip": True, "viz": False}
                ),
            ],
        )
    return chart
