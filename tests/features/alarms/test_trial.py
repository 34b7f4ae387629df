"""What a rule would have done, against looking minute by minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.features.alarms.hub import alarm_town
from tests.world import World

from regionhub.features.alarms.life import Alarm, Seen, advance
from regionhub.features.alarms.rules import rule
from regionhub.features.alarms.trial import Moment, replay, try_rule

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

courses = st.lists(
    st.tuples(st.integers(1, 30), st.sampled_from([True, False, None])), min_size=1, max_size=15
)


@given(courses, st.integers(0, 25))
def test_firings_are_those_of_somebody_who_looks_each_minute(
    course: list[tuple[int, bool | None]], hold: int
) -> None:
    at, moments = START, []
    for minutes, met in course:
        at += minutes * MINUTE
        moments.append(Moment(site_id=1, place="x", at=at, met=met))
    end = at + 60 * MINUTE
    found = [(one.at, one.until) for one in replay(moments, hold * MINUTE, end)]
    assert found == brute(moments, hold * MINUTE, end)


def looked(alarm: Alarm | None, met: bool | None, now: datetime, hold: timedelta) -> Alarm | None:
    """One look at an alarm, which may begin or be over."""
    if alarm is None and not met:
        return None
    after, _ = advance(alarm or begun(raised_at=now, hold=hold), seen(met=met), now)
    return replace(after, alarm_id=1)


def brute(
    moments: list[Moment], hold: timedelta, end: datetime
) -> list[tuple[datetime, datetime | None]]:
    """Alarms that are told, with when they were over."""
    said = {moment.at: moment.met for moment in moments}
    fired: list[tuple[datetime, datetime | None]] = []
    alarm: Alarm | None = None
    for minute in range((end - START) // MINUTE + 1):
        now = START + minute * MINUTE
        for met in (None, said.get(now)):
            alarm = looked(alarm, met, now, hold)
            if alarm is not None and alarm.closed_at is not None:
                fired += [(alarm.confirmed_at, alarm.cleared_at)] if alarm.confirmed_at else []
                alarm = None
    if alarm is not None and alarm.confirmed_at is not None:
        fired.append((alarm.confirmed_at, alarm.cleared_at))
    return fired


def begun(*, raised_at: datetime, hold: timedelta) -> Alarm:
    return Alarm(
        alarm_id=None,
        rule_id=1,
        cause="site:1",
        level=1,
        said="",
        raised_at=raised_at,
        steps=0,
        wait=MINUTE,
        hold=hold,
        value=None,
        unit=None,
        decimals=None,
        measured_at=None,
    )


def seen(*, met: bool | None) -> Seen:
    return Seen(
        rule_id=1,
        cause="site:1",
        met=met,
        settled=True,
        level=1,
        said="",
        value=None,
        unit=None,
        decimals=None,
        measured_at=None,
    )


def test_a_signal_is_tried_on_its_kept_changes(world: World) -> None:
    town = alarm_town(world)
    site = town.town.gauge("Biggesee", stage_1_cm=100.0)
    same = {"tenant_id": town.town.tenant_id, "site_id": site, "signal": "gauges"}
    for days, state, level in (
        (400, "stage_0", 0),
        (300, "stage_1", 1),
        (299, "no_data", None),
        (298, "stage_0", 0),
        (30, "stage_2", 2),
        (29, "stage_0", 0),
    ):
        world.add("core.signal_change", **same, at=world.ago(days=days), state=state, level=level)
    for level, fired in ((1, 2), (2, 1), (3, 0)):
        made = town.rule("signal", f"ab {level}", signal="gauges", level=level, on=False)
        with town.town.acting(decided=False) as connection:
            trial = try_rule(connection, rule(connection, made), world.now)
        assert len(trial.firings) == fired
    with town.town.acting(decided=False) as connection:
        [last, first] = try_rule(connection, rule(connection, made - 2), world.now).firings
    assert (last.at, last.until) == (world.ago(days=30), world.ago(days=29))
    assert (first.at, first.until) == (world.ago(days=300), world.ago(days=298))


def test_silence_is_tried_on_gaps(world: World) -> None:
    town = alarm_town(world)
    site = town.town.tree("Linde")
    device = town.town.device(site, interval_seconds=3600)
    noon = world.ago(days=9).replace(minute=5, second=0, microsecond=0)
    device.readings(
        "air_temperature",
        [(noon + timedelta(hours=hour), 3.0) for hour in range(200) if hour not in range(50, 60)],
    )
    made = town.rule("silence", silent="device", minutes=300, on=False)
    with town.town.acting(decided=False) as connection:
        trial = try_rule(connection, rule(connection, made), world.now)
    assert [(one.place, one.until) for one in trial.firings][-1][0] == "Linde"
    gap = trial.firings[-1]
    assert (gap.at - noon) // timedelta(hours=1) in {54, 55}
