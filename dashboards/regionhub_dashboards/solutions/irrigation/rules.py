"""What a municipal yard wants to be told about trees and beds."""

from __future__ import annotations

from regionhub_dashboards.kit.rules import Rule
from regionhub_dashboards.kit.statements import statements

_SQL = statements(__package__)

RULES = (
    Rule(
        name="giessen",
        title="Bäume und Beete brauchen Wasser",
        sql=_SQL["rule_thirsty"],
        above=0,
        hold="1h",
        summary='{{ printf "%.0f" $values.B.Value }} Standorte auf „jetzt gießen“',
        advice="Die Liste der Standorte steht im Portal und im Dashboard, die dringendsten zuerst.",
        page="/bewaesserung",
        panel=2,
    ),
)
