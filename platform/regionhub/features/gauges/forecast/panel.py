"""The forecast on the page of a gauge: its band in the chart, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from regionhub.errors import NotFound
from regionhub.features.gauges.forecast.store import (
    ForecastLevel,
    ForecastSkill,
    GaugeForecast,
    gauge_forecast,
)
from regionhub.features.gauges.forecast.terms import LEADS
from regionhub.web.portal.charts import Curve, Value
from regionhub.web.portal.parts import SiteQuestion
from regionhub.web.portal.texts import Translate, mark

#: So far charts of gauges go beyond the present.
AHEAD = timedelta(hours=max(LEADS))
#: A period of more days has no room for hours.
_LONGEST = timedelta(days=8)
_REFUSED = {
    "no_level": mark("Noch keine Vorhersage: Es gibt keinen Wasserstand."),
    "stale_level": mark("Keine Vorhersage: Der letzte Wasserstand ist älter als 45 Minuten."),
    "not_learnt": mark(
        "Noch keine Vorhersage: Dafür braucht es mindestens vier Tage mit Wasserständen. "
        "Gelernt wird nachts."
    ),
    "not_made": mark("Die Vorhersage zum neuesten Wasserstand wird gerade gerechnet."),
}
_MODELS = {"trend": mark("Trend"), "gradient boosting": mark("gelernt aus der Vorgeschichte")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A lead, and the skill of such forecasts."""

    level: ForecastLevel
    stages: list[tuple[int, float]]
    skill: ForecastSkill | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A forecast as the page says it; `warnings` is what has to be known before it is used."""

    found: GaugeForecast
    refused: str
    model: str
    warnings: list[str]
    rows: list[Row]


def forecast_values(question: SiteQuestion) -> Shown | None:
    """What the page says; None for a gauge of another town whose forecasts are not shared."""
    found = _found(question)
    if found is None:
        return None
    _ = question.gettext
    skills = {one.lead_hours: one for one in found.skill}
    return Shown(
        found=found,
        refused=_(_REFUSED[found.refused]) if found.refused else "",
        model=_(_MODELS[found.model]) if found.model else "",
        warnings=[] if found.refused else _warnings(found, _),
        rows=[
            Row(level=level, stages=_stages(level), skill=skills.get(level.lead_hours))
            for level in found.leads
        ],
    )


def forecast_curve(question: SiteQuestion) -> Curve | None:
    """The band from the newest level on; None where there is none to use."""
    if question.end - question.start > _LONGEST:
        return None
    found = _found(question)
    if found is None or found.level_time is None or not found.leads:
        return None
    values = [Value(found.level_time, found.level_cm, low=found.level_cm, high=found.level_cm)]
    values += [
        Value(lead.time, lead.mean_cm, low=lead.p05_cm, high=lead.p95_cm) for lead in found.leads
    ]
    _ = question.gettext
    return Curve(_("Vorhersage (Band 90 %)"), values, AHEAD, measured=False)


def _found(question: SiteQuestion) -> GaugeForecast | None:
    try:
        return gauge_forecast(question.connection, question.site.site_id)
    except NotFound:
        return None


def _stages(level: ForecastLevel) -> list[tuple[int, float]]:
    likely = (level.stage_1_pct, level.stage_2_pct, level.stage_3_pct)
    return [(stage, pct) for stage, pct in enumerate(likely, 1) if pct is not None]


def _warnings(found: GaugeForecast, _: Translate) -> list[str]:
    said = []
    if found.outside:
        said.append(
            _(
                "Wasserstand oder Anstieg liegen außerhalb dessen, woraus gelernt wurde: Das obere "
                "Ende ist das höhere von Band und Ausgleichsgerade."
            )
        )
    if found.model_reason == "too_little_history":
        said.append(
            _(
                "Nur Trend: Zum Lernen braucht es 60 Tage und drei Hochwasser, bisher gibt es "
                "%(days)s Tage."
            )
            % {"days": (found.hours or 0) // 24}
        )
    elif found.model_reason == "extra_missing":
        said.append(_("Nur Trend: Dem Hub fehlt das Zusatzpaket „forecast“."))
    said.append(
        _(
            "Mit Niederschlagsvorhersage: Der Regen, der für die nächsten Stunden vorhergesagt "
            "ist, zählt mit."
        )
        if found.rain_forecast
        else _("Ohne Niederschlagsvorhersage: Regen, der noch nicht gefallen ist, kommt nicht vor.")
        if found.rain
        else _("Ohne Niederschlag und ohne Niederschlagsvorhersage.")
    )
    return said
