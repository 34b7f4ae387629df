"""The life of an alarm: what happens to it next, from what is seen now.

Nothing here knows a database or a clock. An alarm begins when its rule holds somewhere (raised). It
is confirmed when that lasted as long as the rule wants and what it stands on is settled; then the
first step of its chain is told, and the next one whenever nobody acknowledges. It is closed when
the rule has not held for `CALM`: a value that swings around a limit is one alarm. What is unknown
changes nothing: an alarm is not over because a sensor is silent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

What = Literal[
    "raised", "unconfirmed", "confirmed", "higher", "escalated", "chain_ended", "cleared", "again",
    "closed",
]  # fmt: skip

#: How long a rule must not hold before its alarm is closed.
CALM = timedelta(minutes=10)
#: From this level on people are told at once, though it may be an echo.
_AT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Whether a rule holds at a place now; `met` is None where nobody knows.

    `settled` is False while only a single reading says so, or says that it is worse. `level` is
    what the alarm would have, `said` the reason in words. `value` with `unit` was measured at
    `measured_at`.
    """

    rule_id: int
    cause: str
    met: bool | None
    settled: bool
    level: int
    said: str
    value: float | None
    unit: str | None
    decimals: int | None
    measured_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One that is open.

    `doubted` is the highest level that people were told of and that is not settled yet, `steps` how
    many its chain has, `wait` how long it waits between them, `hold` how long its rule has to hold.
    `alarm_id` is None for one that just begins; `ended` says that its rule was
    switched off.
    """

    alarm_id: int | None
    rule_id: int | None
    cause: str
    level: int
    said: str
    value: float | None
    unit: str | None
    decimals: int | None
    measured_at: datetime | None
    raised_at: datetime
    confirmed_at: datetime | None = None
    doubted: int = 0
    step: int = 0
    escalate_at: datetime | None = None
    acknowledged_at: datetime | None = None
    cleared_at: datetime | None = None
    closed_at: datetime | None = None
    steps: int
    wait: timedelta
    hold: timedelta
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to an alarm.

    `told` names the steps of the chain whose people hear of it; none for what is only written down.
    """

    what: What
    told: tuple[int, ...] = ()


def advance(alarm: Alarm, seen: Seen | None, now: datetime) -> tuple[Alarm, list[Event]]:
    """What becomes of an alarm.

    Args:
        alarm: as it is.
        seen: whether its rule holds; None is as unknown as a `met` that is None.
        now: not before anything that happened to the alarm.

    Returns:
        The alarm as it is then, and what happened, in order.
    """
    events: list[Event] = [Event("raised")] if alarm.alarm_id is None else []
    if seen is not None and seen.met is not None:
        alarm = _holds(alarm, seen, now, events) if seen.met else _over(alarm, now, events)
    if alarm.ended or _is_over(alarm, now):
        events.append(Event("closed", _reached(alarm)))
        return replace(alarm, closed_at=now, escalate_at=None), events
    if alarm.cleared_at is None:
        unsettled = seen is not None and seen.met is True and not seen.settled
        alarm = _tell(alarm, now, events, unsettled=unsettled)
        alarm = _escalate(alarm, now, events)
    return alarm, events


def _holds(alarm: Alarm, seen: Seen, now: datetime, events: list[Event]) -> Alarm:
    if alarm.cleared_at is not None:
        events.append(Event("again"))
    if not seen.settled:
        if alarm.step and seen.level > max(alarm.level, alarm.doubted):
            events.append(Event("unconfirmed", _reached(alarm)))
            alarm = replace(alarm, doubted=seen.level)
    elif alarm.confirmed_at is None:
        alarm = replace(alarm, level=seen.level, said=seen.said, doubted=0)
    elif seen.level > alarm.level:
        # a new danger: whoever acknowledged the smaller one has to know of it
        events.append(Event("higher", _reached(alarm)))
        escalate_at = now + alarm.wait if alarm.step else None
        alarm = replace(alarm, acknowledged_at=None, escalate_at=escalate_at)
        alarm = replace(alarm, level=seen.level, said=seen.said, doubted=0)
    else:
        alarm = replace(alarm, doubted=0)
    return replace(
        alarm,
        cleared_at=None,
        value=seen.value,
        unit=seen.unit,
        decimals=seen.decimals,
        measured_at=seen.measured_at,
    )


def _over(alarm: Alarm, now: datetime, events: list[Event]) -> Alarm:
    if alarm.cleared_at is not None:
        return alarm
    if alarm.step:
        events.append(Event("cleared"))
    return replace(alarm, cleared_at=now)


def _is_over(alarm: Alarm, now: datetime) -> bool:
    """One that nobody heard of ends at once."""
    if alarm.cleared_at is None:
        return False
    return alarm.step == 0 or now - alarm.cleared_at >= CALM


def _tell(alarm: Alarm, now: datetime, events: list[Event], *, unsettled: bool) -> Alarm:
    """Tell the first step, when it is sure or cannot wait."""
    if alarm.confirmed_at is None and not unsettled and now - alarm.raised_at >= alarm.hold:
        events.append(Event("confirmed", _reached(alarm) or (1,)))
        alarm = replace(alarm, confirmed_at=now)
    elif unsettled and alarm.step == 0 and alarm.level >= _AT_ONCE:
        events.append(Event("unconfirmed", (1,)))
        alarm = replace(alarm, doubted=alarm.level)
    else:
        return alarm
    return replace(alarm, step=1, escalate_at=now + alarm.wait) if alarm.step == 0 else alarm


def _escalate(alarm: Alarm, now: datetime, events: list[Event]) -> Alarm:
    """Tell the next step when the wait is over and nobody has acknowledged."""
    if alarm.acknowledged_at is not None or alarm.escalate_at is None or now < alarm.escalate_at:
        return alarm
    if alarm.step >= alarm.steps:
        events.append(Event("chain_ended"))
        return replace(alarm, escalate_at=None)
    step = alarm.step + 1
    events.append(Event("escalated", (step,)))
    return replace(alarm, step=step, escalate_at=now + alarm.wait)


def _reached(alarm: Alarm) -> tuple[int, ...]:
    return tuple(range(1, alarm.step + 1))
