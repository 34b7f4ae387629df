"""Look at what rules say now, and write down what becomes of alarms.

Nothing is remembered between two looks but what stands in the database: whoever looks next goes on,
also after a kill. An alarm, its log and whom to tell are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from regionhub.features.alarms.life import Alarm, Event, Seen, advance
from regionhub.store.database import Connection, select_all, select_value, select_values
from regionhub.store.statements import queries

_SQL = queries(__package__, "watch")
_SILENT = {
    "device": "Sensor {label} meldet sich nicht",
    "site": "keine Messwerte",
    "source": "der Netzwerkserver liefert nichts",
}


@dataclass(frozen=True, slots=True)
class _Found:
    """What a rule sees at a place, and what an alarm of it would begin with."""

    seen: Seen
    place: dict[str, Any]
    wait: timedelta
    hold: timedelta
    steps: int


def watch(
    connection: Connection, *, sites: Iterable[int] | None = None, since: datetime | None = None
) -> set[int]:
    """One look, in this transaction; nobody else may look at the same time.

    Args:
        connection: under the ingest role.
        sites: only what rules say of them; None is everything, silence and escalations included.
        since: of rates, only where readings were received from then on; None is all of them.

    Returns:
        The sites whose alarms changed.
    """
    chosen = {"sites": None if sites is None else sorted(sites), "since": since}
    now = select_value(connection, datetime, _SQL["now"])
    assert now is not None
    found = {
        (one.seen.rule_id, one.seen.cause): one
        for one in select_all(connection, _found, _SQL["seen"], chosen)
    }
    changed = set[int]()
    for alarm in select_all(connection, _open, _SQL["open"], chosen):
        one = found.pop((alarm.rule_id or 0, alarm.cause), None)
        if _go_on(connection, alarm, one, now) and one and one.place["site_id"]:
            changed.add(one.place["site_id"])
    for one in found.values():
        if one.seen.met and _begin(connection, one, now) and one.place["site_id"]:
            changed.add(one.place["site_id"])
    return changed


def sites_of(connection: Connection, streams: Iterable[int]) -> set[int]:
    """Where the devices of datastreams hang now."""
    return set(select_values(connection, int, _SQL["sites_of"], {"streams": sorted(streams)}))


def _begin(connection: Connection, one: _Found, now: datetime) -> bool:
    seen = one.seen
    alarm = Alarm(
        alarm_id=None,
        rule_id=seen.rule_id,
        cause=seen.cause,
        level=seen.level,
        said=seen.said,
        value=seen.value,
        unit=seen.unit,
        decimals=seen.decimals,
        measured_at=seen.measured_at,
        raised_at=now,
        steps=one.steps,
        wait=one.wait,
        hold=one.hold,
    )
    begun, events = advance(alarm, seen, now)
    values = _values(begun) | one.place
    alarm_id = select_value(connection, int, _SQL["raise"], values)
    if alarm_id is None:  # one of a place that is not looked at now
        return False
    _write(connection, alarm_id, begun, events, now)
    return True


def _go_on(connection: Connection, alarm: Alarm, one: _Found | None, now: datetime) -> bool:
    after, events = advance(alarm, None if one is None else one.seen, now)
    if after == alarm:
        return False
    assert alarm.alarm_id is not None
    _write(connection, alarm.alarm_id, after, events, now)
    return bool(events)


def _write(
    connection: Connection, alarm_id: int, alarm: Alarm, events: Iterable[Event], now: datetime
) -> None:
    connection.execute(_SQL["keep"], _values(alarm) | {"alarm_id": alarm_id})
    for event in events:
        note = alarm.said if event.what in {"raised", "higher"} else ""
        if event.what == "escalated":
            note = str(alarm.step)
        values = {"alarm_id": alarm_id, "at": now, "what": event.what, "note": note}
        connection.execute(_SQL["log"], values)
        if event.told:
            connection.execute(_SQL["notice"], values | {"told": list(event.told)})


def _values(alarm: Alarm) -> dict[str, Any]:
    return {field.name: getattr(alarm, field.name) for field in fields(alarm)}


def _open(wait_minutes: int, hold_minutes: int, **columns: Any) -> Alarm:
    return Alarm(
        **columns, wait=timedelta(minutes=wait_minutes), hold=timedelta(minutes=hold_minutes)
    )


def _found(
    rule_id: int,
    cause: str,
    label: str,
    silent: str | None,
    level: int,
    met: bool | None,
    settled: bool,
    value: float | None,
    unit: str | None,
    decimals: int | None,
    measured_at: datetime | None,
    wait_minutes: int,
    hold_minutes: int,
    steps: int,
    **place: Any,
) -> _Found:
    seen = Seen(
        rule_id=rule_id,
        cause=cause,
        met=met,
        settled=settled,
        level=level,
        said=label if silent is None else _SILENT[silent].format(label=label),
        value=value,
        unit=unit,
        decimals=decimals,
        measured_at=measured_at,
    )
    wait, hold = timedelta(minutes=wait_minutes), timedelta(minutes=hold_minutes)
    return _Found(seen, place, wait, hold, steps)
