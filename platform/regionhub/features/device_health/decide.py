"""Judge devices again when something changed, or time made it another thing; one row for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regionhub.store.database import Connection, as_json, select_all
from regionhub.store.statements import queries

from .figures import FIGURES, Figures, figures
from .judge import Condition, Facts, judge
from .sentences import sentence

_SQL = queries(__package__, "decide")
#: Devices that one step takes.
_MOST = 250


@dataclass(frozen=True, slots=True)
class _Asked:
    """A device, the hour up to which its figures go, and these unless they have to be made anew.

    Without a device: that there was work.
    """

    device_id: int | None
    until: datetime | None
    anew: bool | None
    figures: str | None


def decide(connection: Connection) -> list[int] | None:
    """One step, in this transaction; a second one waits for the first.

    Args:
        connection: under the ingest role.

    Returns:
        The sites of the devices that were judged; None if nothing waits.
    """
    connection.execute(_SQL["lock"])
    asked = select_all(connection, _Asked, _SQL["claim"], {"most": _MOST})
    if not asked:
        return None
    devices = [one for one in asked if one.device_id is not None]
    hours = {one.device_id: one.until for one in devices if one.device_id is not None}
    known = {
        one.device_id: FIGURES.validate_json(one.figures)
        for one in devices
        if one.device_id is not None and one.figures is not None and not one.anew
    }
    known |= figures(
        connection,
        {device: until for device, until in hours.items() if until and device not in known},
    )
    conditions = _conditions(connection, hours, known)
    rows = [_row(one, hours[one.facts.device_id]) for one in conditions]
    connection.execute(_SQL["write"], {"rows": as_json(rows)})
    return sorted({one.facts.site_id for one in conditions if one.facts.site_id is not None})


def _conditions(
    connection: Connection, devices: Iterable[int], known: dict[int, Figures]
) -> list[Condition]:
    ids = list(devices)
    intervals = [known.get(device, Figures()).radio.interval_seconds for device in ids]
    values = {"device_ids": ids, "intervals": intervals}
    return [
        judge(facts, known.get(facts.device_id, Figures()))
        for facts in select_all(connection, Facts, _SQL["facts"], values)
    ]


def _row(condition: Condition, until: datetime | None) -> dict[str, Any]:
    """As columns of core.device_condition."""
    facts, known = condition.facts, condition.figures
    due = min((at for at in (facts.due_at, facts.moved_at) if at is not None), default=None)
    return {
        "device_id": facts.device_id,
        "tenant_id": facts.tenant_id,
        "state": condition.state,
        "since": _text(condition.since),
        "sentence_de": sentence(condition, "de"),
        "sentence_en": sentence(condition, "en"),
        "missing_quantities": facts.missing_quantities if facts.state == "no_values" else [],
        "missing_since": _text(facts.missing_since) if facts.state == "no_values" else None,
        "interval_seconds": facts.interval_seconds,
        "battery_voltage": facts.battery_voltage,
        "battery_level": facts.battery_level,
        "battery_left": condition.battery_left,
        "battery_empty_on": _text(known.battery.empty_on),
        "received": known.radio.received,
        "expected": known.radio.expected,
        "margin_db": known.radio.margin_db,
        "heard_at": _text(facts.heard_at),
        "figures": FIGURES.dump_python(known, mode="json"),
        "figured_until": _text(until),
        "due_at": _text(due),
    }


def _text(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()
