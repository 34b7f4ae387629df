"""What a rule would have done in the last year: tried before it is switched on.

The life of these alarms is that of real ones (`life.advance`); what they are tried on are the kept
changes of a signal, the kept forecasts, and of values the hourly rollups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from regionhub.features.alarms.life import CALM, Alarm, Seen, advance
from regionhub.features.alarms.rules import Rule
from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "trial")
#: How far back.
SPAN = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """From when on a rule holds at a place, or does not; `met` None is unknown."""

    site_id: int
    place: str
    at: datetime
    met: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """An alarm that would have been told; `until` is None if it still lasted at the end."""

    site_id: int | None
    place: str
    at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """All of them since `start`, the last first."""

    start: datetime
    firings: list[Firing]


def try_rule(connection: Connection, rule: Rule, now: datetime) -> Trial:
    """What a rule would have done, with what the town's role sees.

    Args:
        connection: under the role of the town; an export has the time for it.
        rule: switched on or not.
        now: the end of the year that is looked at.

    Raises:
        StoreTooSlow: there is more data than can be gone through in the time.
    """
    start = now - SPAN
    values = asdict(rule) | {"start": start, "span_hours": max(1, round((rule.minutes or 60) / 60))}
    statement = (
        rule.kind if rule.kind in {"signal", "silence", "forecast", "time_to_stage"} else "value"
    )
    moments = select_all(connection, Moment, _SQL[statement], values)
    hold = timedelta(minutes=rule.hold_minutes)
    firings = [
        firing
        for _, at_place in groupby(moments, key=lambda moment: (moment.site_id, moment.place))
        for firing in replay(at_place, hold, now)
    ]
    return Trial(start=start, firings=sorted(firings, key=lambda one: one.at, reverse=True))


def replay(moments: Iterable[Moment], hold: timedelta, end: datetime) -> Iterator[Firing]:
    """The alarms of one place, in order.

    Args:
        moments: in order of time.
        hold: how long the rule has to hold before anybody is told.
        end: the time to stop at.
    """
    alarm: Alarm | None = None
    last: Moment | None = None
    for moment in moments:
        if alarm is not None and last is not None:
            alarm, firing = _until(alarm, moment.at, last)
            if firing is not None:
                yield firing
        last = moment
        alarm = _step(alarm, moment, hold)
    if alarm is not None and last is not None:
        alarm, firing = _until(alarm, end, last)
        if firing is not None:
            yield firing
        elif alarm is not None and alarm.confirmed_at is not None:
            yield _firing(alarm, last)


def _step(alarm: Alarm | None, moment: Moment, hold: timedelta) -> Alarm | None:
    seen = Seen(
        rule_id=0,
        cause="",
        met=moment.met,
        settled=True,
        level=1,
        said="",
        value=None,
        unit=None,
        decimals=None,
        measured_at=None,
    )
    if alarm is None:
        if not moment.met:
            return None
        alarm = _begun(moment.at, hold)
    after, _ = advance(alarm, seen, moment.at)
    return None if after.closed_at is not None else replace(after, alarm_id=0)


def _until(alarm: Alarm, time: datetime, last: Moment) -> tuple[Alarm | None, Firing | None]:
    """What time alone does up to a moment: it lasted long enough, or it is over."""
    while (due := _due(alarm)) is not None and due <= time:
        alarm, _ = advance(alarm, None, due)
        if alarm.closed_at is not None:
            return None, _firing(alarm, last) if alarm.confirmed_at is not None else None
    return alarm, None


def _due(alarm: Alarm) -> datetime | None:
    if alarm.cleared_at is not None:
        return alarm.cleared_at + CALM
    return alarm.raised_at + alarm.hold if alarm.confirmed_at is None else None


def _firing(alarm: Alarm, last: Moment) -> Firing:
    return Firing(
        site_id=last.site_id or None,
        place=last.place,
        at=alarm.confirmed_at or alarm.raised_at,
        until=alarm.cleared_at,
    )


def _begun(at: datetime, hold: timedelta) -> Alarm:
    return Alarm(
        alarm_id=None,
        rule_id=0,
        cause="",
        level=1,
        said="",
        value=None,
        unit=None,
        decimals=None,
        measured_at=None,
        raised_at=at,
        steps=0,
        wait=timedelta(0),
        hold=hold,
    )
