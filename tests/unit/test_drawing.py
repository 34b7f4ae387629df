"""Curves on a screen: thinned to its columns, and nothing that can be seen is lost."""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from regionhub.readings import Quality
from regionhub.web.portal.charts import Chart, Curve, Curves, Limit, Value
from regionhub.web.portal.drawing import Picture, drawing
from regionhub.web.portal.formats import Formats

START = datetime(2026, 5, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
GOOD, SUSPECT, FAIL, MISSING = Quality.GOOD, Quality.SUSPECT, Quality.FAIL, Quality.MISSING


def chart(decimals: int = 1, **more: Any) -> Chart:
    return Chart(
        name="x", title="X", unit="cm", decimals=decimals, read=lambda: Curves([]), files=[], **more
    )


def draw(
    values: list[Value], *, minutes: int = 1440, columns: int = 800, interval: timedelta = MINUTE,
    **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """What the browser gets."""
    picture = Picture.of(START, START + minutes * MINUTE, columns)
    found = drawing(chart(**more), Curves([Curve("line", values, interval)]), picture)
    written = orjson.dumps(found.sent, option=orjson.OPT_SERIALIZE_NUMPY)
    label = found.label(str, Formats("de", START))
    return {**orjson.loads(written), "hidden": found.hidden, "label": label}


def points(sent: dict[str, Any]) -> list[tuple[int, float | None]]:
    """Points of the line: milliseconds since the start, value."""
    (line,) = sent["lines"]
    times = [time - sent["start"] for time in accumulate(line["times"])]
    return list(zip(times, line["values"], strict=True))


def value(minute: float, number: float | None, quality: int = GOOD) -> Value:
    return Value(START + minute * MINUTE, number, quality)


series = st.lists(
    st.tuples(st.integers(0, 10**6), st.floats(-1e6, 1e6, width=32)), max_size=300
).map(sorted)


@given(series, series, st.integers(1, 50))
def test_of_each_column_the_ends_and_the_extremes_stay(
    lows: list[tuple[int, float]], spread: list[tuple[int, float]], columns: int
) -> None:
    times = np.array([time for time, _ in lows], dtype=np.int64)
    low = np.array([value for _, value in lows])
    high = low + np.resize(np.abs([value for _, value in spread] or [0.0]), low.shape)
    picture = Picture(0, 10**6, columns)

    kept = picture.kept(times, low, high).tolist()

    assert kept == sorted(set(kept))
    of_column = defaultdict(list)
    for place, time in enumerate(times.tolist()):
        of_column[time * columns // 10**6].append(place)
    for places in of_column.values():
        shown = [place for place in kept if place in places]
        assert 1 <= len(shown) <= 4
        assert (shown[0], shown[-1]) == (places[0], places[-1])
        assert min(low[shown]) == min(low[places])
        assert max(high[shown]) == max(high[places])


@given(
    st.lists(st.sampled_from([1, 1, 1, 2, 3, 4, 50, 500]), min_size=1, max_size=200),
    st.integers(5, 400),
)
def test_no_line_crosses_a_gap(steps: list[int], columns: int) -> None:
    minutes = list(accumulate(steps))
    sent = points(
        draw([value(minute, 1.0) for minute in minutes], minutes=minutes[-1] + 1, columns=columns)
    )
    assert None not in (sent[0][1], sent[-1][1])
    joined = [(a, b) for (a, x), (b, y) in pairwise(sent) if None not in (x, y)]
    gaps = [(a, b) for a, b in pairwise(minutes) if b - a > 3]
    for a, b in joined:
        assert not any(a <= low * 60_000 and high * 60_000 <= b for low, high in gaps)
    assert sum(number is None for _, number in sent) <= len(gaps)


def test_a_crest_of_one_reading_in_ten_thousand_is_drawn() -> None:
    values = [value(minute, math.sin(minute / 300)) for minute in range(10_000)]
    values[7777] = value(7777, 99.0)
    sent = points(draw(values, minutes=10_000, columns=300))
    assert (7777 * 60_000, 99.0) in sent
    assert len(sent) <= 4 * 301


def test_a_short_series_is_drawn_as_it_is() -> None:
    values = [value(minute, minute / 7) for minute in range(0, 1440, 15)]
    assert points(draw(values, interval=15 * MINUTE)) == [
        (minute * 60_000, round(minute / 7, 2)) for minute in range(0, 1440, 15)
    ]


def test_rollups_keep_the_extremes_of_their_hours() -> None:
    hours = [
        Value(START + timedelta(hours=hour), 5.0, low=4.0 - hour % 7, high=6.0 + hour % 11)
        for hour in range(2000)
    ]
    sent = draw(hours, minutes=2000 * 60, columns=100, interval=timedelta(hours=1))
    (line,) = sent["lines"]
    assert len(line["low"]) == len(line["high"]) == len(line["values"]) <= 400
    assert (min(line["low"]), max(line["high"])) == (-2.0, 16.0)
    assert sent["low"] <= -2
    assert sent["high"] >= 16


def test_flags_stand_beside_the_line() -> None:
    sent = draw(
        [
            value(1, 10.0),
            value(2, 11.0, SUSPECT),
            value(3, 10.5, FAIL),
            value(4, 900.0, FAIL),
            value(5, None, MISSING),
            value(6, 12.0, MISSING),
            value(7, math.nan),
            value(8, 9.0),
        ],
        interval=5 * MINUTE,
    )
    (line,) = sent["lines"]
    assert [number for _, number in points(sent)] == [10.0, 11.0, 9.0]
    assert [number for _, number in line["suspect"]] == [11.0]
    assert [number for _, number in line["fail"]] == [10.5]
    assert sent["hidden"] == 1
    assert sent["high"] < 20, "a failed value does not flatten the curve"
    assert sent["count"] == 8


def test_a_sensor_that_only_fails_is_drawn_by_its_marks() -> None:
    sent = draw([value(minute, float(minute), FAIL) for minute in range(10)])
    assert points(sent) == []
    assert (sent["low"], sent["high"], sent["hidden"]) == (None, None, 0)
    assert len(sent["lines"][0]["fail"]) == 10


@given(st.lists(st.tuples(st.floats(), st.sampled_from([GOOD, SUSPECT, FAIL])), max_size=30))
@example([(-sys.float_info.max, GOOD), (sys.float_info.max, GOOD), (sys.float_info.max, FAIL)])
@example([(sys.float_info.max, FAIL)])
def test_any_value_can_be_drawn(values: list[tuple[float, int]]) -> None:
    sent = draw([value(minute, *point) for minute, point in enumerate(values)])
    assert sent["count"] == len(values)


def test_a_thousand_marks_are_thinned_like_the_line() -> None:
    sent = draw([value(minute, float(minute % 50), SUSPECT) for minute in range(1440)], columns=100)
    marks = sent["lines"][0]["suspect"]
    assert len(marks) <= 400
    assert {0.0, 49.0} <= {number for _, number in marks}


def test_limits_near_the_values_widen_the_picture_and_others_are_left_out() -> None:
    limits = [Limit(12.0, "near", "warn"), Limit(500.0, "far", "alarm")]
    sent = draw([value(1, 10.0), value(2, 11.0)], limits=limits)
    assert [limit["label"] for limit in sent["limits"]] == ["near"]
    assert sent["high"] > 12


def test_nothing_measured_is_an_empty_picture() -> None:
    sent = draw([], limits=[Limit(12.0, "x", "warn")])
    assert sent["count"] == 0
    assert sent["limits"] == []
    assert points(sent) == []


def test_a_picture_does_not_stretch_noise() -> None:
    calm = [32.0, 33.0, 32.0, 34.0, 33.0, 34.0]
    shown = draw([value(60 * hour, level) for hour, level in enumerate(calm)], span=20.0)
    assert shown["low"] <= 24
    assert shown["high"] >= 42
    assert shown["label"] == (
        "Diagramm: X. gleichbleibend, 32,0 bis 34,0 cm, zuletzt 34,0. "
        "Die Werte stehen in der Tabelle darunter."
    )


def test_a_label_says_what_each_curve_shows() -> None:
    def rolled(*levels: float) -> list[Value]:
        return [
            Value(START + timedelta(hours=i), level, low=level - 5, high=level + 7)
            for i, level in enumerate(levels)
        ]

    failed = [value(300, 9999.0, FAIL), value(0, None)]
    found = Curves(
        [Curve("oben", rolled(50, 20) + failed, HOUR), Curve("unten", failed, HOUR)], "hourly"
    )
    made = drawing(
        chart(decimals=0, span=5.0), found, Picture.of(START, START + timedelta(days=1), 100)
    )
    assert made.label(str, Formats("de", START)) == (
        "Diagramm: X. oben: fällt von 50 auf 20 cm, dazwischen 15 bis 57 cm. "
        "Die Werte stehen in der Tabelle darunter."
    )
