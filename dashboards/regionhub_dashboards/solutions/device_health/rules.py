"""What whoever looks after devices wants to be told."""

from __future__ import annotations

from regionhub_dashboards.kit.rules import Rule
from regionhub_dashboards.kit.statements import statements

_SQL = statements(__package__)

RULES = (
    Rule(
        name="stumm",
        title="Gerät ist stumm",
        sql=_SQL["rule_silent"],
        above=0,
        hold="30m",
        summary="{{ $labels.thing }} meldet sich nicht mehr",
        advice="Batterie und Empfang prüfen; fehlen viele auf einmal, liegt es am Gateway oder am "
        "Netzwerkserver.",
        page="/geraete",
        panel=2,
    ),
    Rule(
        name="quelle",
        title="Quelle liefert nichts",
        sql=_SQL["rule_source"],
        above=0,
        hold="15m",
        summary="{{ $labels.thing }}: Verbindung gestört",
        advice="Den Netzwerkserver und seinen Zugang prüfen. Solange die Verbindung gestört ist, "
        "kommt von keinem seiner Geräte ein Wert an.",
        page="/eingang",
        panel=1,
    ),
)
