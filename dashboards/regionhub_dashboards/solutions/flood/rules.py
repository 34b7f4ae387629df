"""What a fire service wants to be told about gauges."""

from __future__ import annotations

from regionhub_dashboards.kit.rules import Rule
from regionhub_dashboards.kit.statements import statements

_SQL = statements(__package__)
_NO_WARNING = "Das ist ein Messwert und keine amtliche Warnung."

RULES = (
    Rule(
        name="stufe",
        title="Pegel hat eine Stufe erreicht",
        sql=_SQL["rule_stage"],
        above=0,
        hold="0s",
        summary='{{ $labels.thing }}: Stufe {{ printf "%.0f" $values.B.Value }} erreicht',
        advice="Am Pegel nachsehen und den Einsatzplan für diese Stufe beginnen. Gemessen ist der "
        f"mittlere von drei Werten. {_NO_WARNING}",
        page="/pegel",
        panel=3,
    ),
    Rule(
        name="anstieg",
        title="Pegel steigt schnell",
        sql=_SQL["rule_rise"],
        above="rise_cm_per_hour",
        hold="5m",
        summary='{{ $labels.thing }} steigt um {{ printf "%.0f" $values.B.Value }} cm/h',
        advice="Das Gewässer beobachten und prüfen, ob gefährdete Stellen frei sind. "
        f"{_NO_WARNING}",
        page="/pegel",
        panel=6,
    ),
    Rule(
        name="still",
        title="Pegel schweigt",
        sql=_SQL["rule_silent"],
        above=0,
        hold="30m",
        summary="{{ $labels.thing }}: kein aktueller Wasserstand",
        advice="Auf diesen Pegel ist gerade kein Verlass: Gerät, Batterie und Empfang prüfen und "
        "bei Regen selbst nachsehen.",
        page="/pegel",
        panel=3,
    ),
)
