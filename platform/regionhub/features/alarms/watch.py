"""Look at what rules say now, and write down what becomes of alarms.

Nothing is remembered between two looks but what stands in the database: whoever looks next goes on,
also after a kill. An alarm, its log and whom to tell are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from regionhub.features.alarms.life import Alarm, Event, Seen, advance
from regionhub.store.database import Connection, as_json, select_all, select_value, select_values
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


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of an alarm; without an id until it is raised."""

    alarm_id: int | None
    alarm: Alarm
    events: list[Event]
    site_id: int | None


@dataclass(frozen=True, slots=True)
class _Raised:
    """An alarm that began."""

    alarm_id: int
    rule_id: int
    cause: str


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
    changes: list[_Change] = []
    for alarm in select_all(connection, _open, _SQL["open"], chosen):
        one = found.pop((alarm.rule_id or 0, alarm.cause), None)
        after, events = advance(alarm, None if one is None else one.seen, now)
        if after != alarm:
            site_id = one.place["site_id"] if one else None
            changes.append(_Change(alarm.alarm_id, after, events, site_id))
    changes += _begin(connection, [one for one in found.values() if one.seen.met], now)
    _write(connection, changes, now)
    return {one.site_id for one in changes if one.events and one.site_id}


def sites_of(connection: Connection, streams: Iterable[int]) -> set[int]:
    """Where the devices of datastreams hang now."""
    return set(select_values(connection, int, _SQL["sites_of"], {"streams": sorted(streams)}))


def _begin(connection: Connection, found: Sequence[_Found], now: datetime) -> list[_Change]:
    """Alarms that begin, without those of a place that is not looked at now."""
    begun: dict[tuple[int, str], _Change] = {}
    rows = []
    for one in found:
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
        begun[seen.rule_id, seen.cause] = _Change(
            None, *advance(alarm, seen, now), one.place["site_id"]
        )
        rows.append(_row(alarm) | one.place)
    if not rows:
        return []
    raised = select_all(connection, _Raised, _SQL["raise"], {"rows": as_json(rows)})
    return [
        replace(begun[one.rule_id, one.cause], alarm_id=one.alarm_id)
        for one in sorted(raised, key=lambda one: one.alarm_id)
    ]


def _write(connection: Connection, changes: Sequence[_Change], now: datetime) -> None:
    """All at once: thousands of devices fall silent together when a network server does."""
    if not changes:
        return
    rows = [_row(one.alarm) | {"alarm_id": one.alarm_id} for one in changes]
    connection.execute(_SQL["keep"], {"rows": as_json(rows)})
    happened = [
        {"alarm_id": one.alarm_id, "what": event.what, "note": _note(one.alarm, event)}
        | {"told": event.told, "at": now.isoformat()}
        for one in changes
        for event in one.events
    ]
    numbered = [row | {"number": number} for number, row in enumerate(happened)]
    connection.execute(_SQL["log"], {"rows": as_json(numbered)})


def _note(alarm: Alarm, event: Event) -> str:
    if event.what == "escalated":
        return str(alarm.step)
    return alarm.said if event.what in {"raised", "higher"} else ""


def _row(alarm: Alarm) -> dict[str, Any]:
    values = {field.name: getattr(alarm, field.name) for field in fields(alarm)}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if not isinstance(value, timedelta)
    }


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
