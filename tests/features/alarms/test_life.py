"""What becomes of an alarm, whatever is seen and whenever somebody acknowledges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from regionhub.features.alarms.life import CALM, Alarm, Event, Seen, advance

START = datetime(2026, 11, 30, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Look:
    """What is seen after so many minutes; `acknowledges`: somebody did so before."""

    minutes: int
    met: bool | None
    settled: bool
    level: int
    acknowledges: bool


looks = st.lists(
    st.builds(
        Look,
        minutes=st.integers(1, 25),
        met=st.sampled_from([True, True, False, None]),
        settled=st.booleans(),
        level=st.integers(1, 3),
        acknowledges=st.booleans(),
    ),
    max_size=25,
)


def begun(*, steps: int = 3, wait: int = 10, hold: int = 0, level: int = 1) -> Alarm:
    return Alarm(
        alarm_id=None,
        rule_id=1,
        cause="site:1",
        level=level,
        said="Stufe 1",
        value=None,
        unit=None,
        decimals=None,
        measured_at=None,
        raised_at=START,
        steps=steps,
        wait=wait * MINUTE,
        hold=hold * MINUTE,
    )


def seen(*, met: bool | None = True, settled: bool = True, level: int = 1) -> Seen:
    return Seen(
        rule_id=1,
        cause="site:1",
        met=met,
        settled=settled,
        level=level,
        said=f"Stufe {level}",
        value=1.0,
        unit="cm",
        decimals=0,
        measured_at=START,
    )


def what(events: list[Event]) -> list[str]:
    return [event.what for event in events]


@given(looks, st.integers(0, 4), st.integers(1, 30), st.integers(0, 40))
def test_whatever_happens_an_alarm_keeps_its_promises(
    looks: list[Look], steps: int, wait: int, hold: int
) -> None:
    now = START
    alarm, events = advance(begun(steps=steps, wait=wait, hold=hold), seen(), now)
    alarm = replace(alarm, alarm_id=1)
    happened = what(events)
    for look in looks:
        if alarm.closed_at is not None:
            break
        now += look.minutes * MINUTE
        if look.acknowledges and alarm.step:
            alarm = replace(alarm, acknowledged_at=now, escalate_at=None)
        before = alarm
        look_seen = seen(met=look.met, settled=look.settled, level=look.level)
        alarm, events = advance(alarm, look_seen, now)
        happened += what(events)
        # once it is sure it only gets worse, until it is over
        if not (look.met and look.settled):
            assert alarm.level == before.level
        elif before.confirmed_at is None:
            assert alarm.level == look.level
        else:
            assert alarm.level == max(before.level, look.level)
        # nobody is told twice of one thing, and nobody of a step that was not reached
        assert len(set(what(events))) == len(events)
        assert all(step <= max(1, alarm.step) for event in events for step in event.told)
        assert alarm.step <= max(1, steps)
        # an acknowledgement holds until it gets worse
        if before.acknowledged_at and alarm.level == before.level:
            assert "escalated" not in what(events)
            assert alarm.acknowledged_at == before.acknowledged_at
        # silence ends nothing
        if look.met is None and before.cleared_at is None:
            assert alarm.closed_at is None
        if alarm.closed_at is not None and before.step:
            assert before.cleared_at is not None
            assert now - before.cleared_at >= CALM
    assert happened[0] == "raised"
    assert happened.count("raised") == 1
    assert happened.count("confirmed") <= 1
    assert happened.count("closed") == (alarm.closed_at is not None)


@given(looks)
def test_two_looks_at_one_moment_are_one(looks: list[Look]) -> None:
    now = START
    alarm, _ = advance(begun(), seen(), now)
    alarm = replace(alarm, alarm_id=1)
    for look in looks:
        now += look.minutes * MINUTE
        here = seen(met=look.met, settled=look.settled, level=look.level)
        alarm, _ = advance(alarm, here, now)
        if alarm.closed_at is not None:
            break
        again, events = advance(alarm, here, now)
        assert (again, events) == (alarm, [])


def test_it_is_told_when_it_lasted_as_long_as_the_rule_wants() -> None:
    alarm, events = advance(begun(hold=15), seen(), START)
    assert (what(events), alarm.step) == (["raised"], 0)
    alarm = replace(alarm, alarm_id=1)
    alarm, events = advance(alarm, seen(), START + 14 * MINUTE)
    assert events == []
    alarm, events = advance(alarm, seen(), START + 15 * MINUTE)
    assert events == [Event("confirmed", (1,))]


def test_one_that_ends_before_that_is_told_to_nobody() -> None:
    alarm, _ = advance(begun(hold=15), seen(), START)
    alarm, events = advance(replace(alarm, alarm_id=1), seen(met=False), START + 5 * MINUTE)
    assert events == [Event("closed")]
    assert alarm.closed_at is not None


def test_a_single_reading_over_stage_two_is_told_at_once_and_again_when_it_is_sure() -> None:
    alarm, events = advance(begun(level=2), seen(settled=False, level=2), START)
    assert events == [Event("raised"), Event("unconfirmed", (1,))]
    alarm = replace(alarm, alarm_id=1)
    assert advance(alarm, seen(settled=False, level=2), START + MINUTE)[1] == []
    alarm, events = advance(alarm, seen(level=2), START + 5 * MINUTE)
    assert events == [Event("confirmed", (1,))]


def test_what_a_single_reading_says_raises_no_level_and_is_told_once() -> None:
    alarm, _ = advance(begun(), seen(), START)
    alarm = replace(alarm, alarm_id=1, acknowledged_at=START, escalate_at=None)
    doubtful = seen(settled=False, level=3)
    alarm, events = advance(alarm, doubtful, START + MINUTE)
    assert (events, alarm.level, alarm.acknowledged_at) == ([Event("unconfirmed", (1,))], 1, START)
    alarm, events = advance(alarm, doubtful, START + 2 * MINUTE)
    assert events == []
    assert advance(alarm, seen(), START + 3 * MINUTE)[1] == []
    sure, events = advance(alarm, seen(level=3), START + 3 * MINUTE)
    assert (events, sure.level) == ([Event("higher", (1,))], 3)


def test_the_chain_is_told_step_by_step_until_somebody_acknowledges() -> None:
    alarm, _ = advance(begun(steps=2, wait=10), seen(), START)
    alarm = replace(alarm, alarm_id=1)
    alarm, events = advance(alarm, seen(), START + 10 * MINUTE)
    assert events == [Event("escalated", (2,))]
    ended, events = advance(alarm, None, START + 20 * MINUTE)
    assert events == [Event("chain_ended")]
    assert advance(ended, None, START + 90 * MINUTE)[1] == []
    acknowledged = replace(alarm, acknowledged_at=START + 12 * MINUTE, escalate_at=None)
    assert advance(acknowledged, None, START + 20 * MINUTE)[1] == []


def test_when_it_gets_worse_all_who_know_of_it_are_told_and_have_to_acknowledge_again() -> None:
    alarm, _ = advance(begun(), seen(), START)
    alarm = replace(alarm, alarm_id=1, step=2, acknowledged_at=START, escalate_at=None)
    alarm, events = advance(alarm, seen(level=3), START + 5 * MINUTE)
    assert events == [Event("higher", (1, 2))]
    assert alarm.acknowledged_at is None
    assert advance(alarm, None, START + 15 * MINUTE)[1] == [Event("escalated", (3,))]


def test_a_value_that_swings_around_its_limit_is_one_alarm() -> None:
    alarm, _ = advance(begun(), seen(), START)
    alarm = replace(alarm, alarm_id=1)
    for minutes in range(1, 30, 2):
        alarm, _ = advance(alarm, seen(met=False), START + minutes * MINUTE)
        alarm, events = advance(alarm, seen(), START + (minutes + 1) * MINUTE)
        assert "again" in what(events)
        assert alarm.closed_at is None


def test_a_rule_that_is_switched_off_closes_its_alarms_and_says_so() -> None:
    alarm, _ = advance(begun(), seen(), START)
    off = replace(alarm, alarm_id=1, ended=True)
    assert advance(off, None, START + MINUTE)[1] == [Event("closed", (1,))]
