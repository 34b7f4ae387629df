"""Numbers, times and ages as people read them; catalogues that are complete."""

from __future__ import annotations

import math
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest
from babel.messages.extract import extract_from_dir
from hypothesis import given
from hypothesis import strategies as st

from regionhub.features import FEATURES
from regionhub.features.inbox.pages import preview
from regionhub.quantities import load_vocabulary
from regionhub.web.portal.addresses import own_path
from regionhub.web.portal.courses import course
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.sparklines import pieces, sparkline
from regionhub.web.portal.texts import Texts, choose_language

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # half an hour after the clocks went forward
GERMAN = Formats("de", NOW)
ENGLISH = Formats("en", NOW)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (1234.56, 1, "1.234,6"),
        (-0.04, 1, "0,0"),
        (-3.2, 0, "−3"),
        (0.5, 0, "0"),
        (7, 2, "7,00"),
        (None, 1, "–"),
        (999_999_999_999.4, 0, "999.999.999.999"),
        (3.4028234663852886e38, 2, "3,4E38"),
        (-1e28, 0, "−1,0E28"),
        (sys.float_info.max, 3, "1,8E308"),
        (sys.float_info.min, 3, "0,000"),
        (math.inf, 1, "–"),
        (math.nan, 1, "–"),
    ],
)
def test_numbers(value: float | None, decimals: int, shown: str) -> None:
    assert GERMAN.number(value, decimals) == shown


def test_what_a_device_sent_is_not_rounded() -> None:
    assert [GERMAN.unrounded(value) for value in (21.5, -0.00012, 100.0, 1e300)] == [
        "21,5",
        "−0,00012",
        "100",
        GERMAN.number(1e300),
    ]
    assert ENGLISH.unrounded(1234.5) == "1,234.5"


def test_signed_numbers() -> None:
    assert GERMAN.signed(19.6) == "+20"
    assert GERMAN.signed(0.2) == "0"
    assert GERMAN.signed(-4.0) == "−4"


@given(st.one_of(st.floats(), st.integers(-(10**30), 10**30)), st.integers(0, 6))
def test_every_number_can_be_shown(value: float, decimals: int) -> None:
    assert 1 <= len(ENGLISH.number(value, decimals)) <= 25
    rises = math.isfinite(value) and round(value, decimals) > 0
    assert ENGLISH.signed(value, decimals) == "+" * rises + ENGLISH.number(value, decimals)


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(seconds=40), "gerade eben"),
        (timedelta(seconds=119), "vor 1 Minute"),
        (timedelta(minutes=12), "vor 12 Minuten"),
        (timedelta(minutes=119), "vor 119 Minuten"),
        (timedelta(minutes=179), "vor 2 Stunden"),
        (timedelta(hours=47, minutes=59), "vor 47 Stunden"),
        (timedelta(days=40), "vor 40 Tagen"),
        (timedelta(minutes=-5), "in 5 Minuten"),
    ],
)
def test_an_age_is_never_rounded_up(ago: timedelta, shown: str) -> None:
    assert GERMAN.age(NOW - ago) == shown


def test_times_are_those_of_berlin_across_the_change_of_clocks() -> None:
    assert GERMAN.exact(NOW) == "29.03.2026, 03:30 Uhr"
    assert GERMAN.exact(NOW - timedelta(hours=1)) == "29.03.2026, 01:30 Uhr"
    assert GERMAN.clock(NOW - timedelta(hours=12)) == "28.03. 14:30 Uhr"
    assert ENGLISH.exact(NOW) == "29/03/2026, 03:30"
    assert ENGLISH.span(900) == "15 minutes"
    assert ENGLISH.span(4 * 3600 - 1) == ENGLISH.span(4 * 3600 + 1) == "4 hours"
    assert ENGLISH.span(1) == "1 minute"


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        (None, "", "de"),
        (None, "fr-FR, fr", "de"),
        (None, "en-GB, en;q=0.9, de;q=0.5", "en"),
        ("de", "en", "de"),
        ("xx", "en", "en"),
    ],
)
def test_language(cookie: str | None, accepted: str, language: str) -> None:
    assert choose_language(cookie, accepted) == language


PORTAL = "regionhub.web.portal"


@pytest.mark.parametrize("package", [PORTAL, *(feature.package for feature in FEATURES)])
def test_every_text_is_translated(package: str) -> None:
    found = extract_from_dir(
        str(files(package)),
        [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")],
        {"**.html": {"silent": "false"}},
        keywords={"_": None, "mark": None, "ngettext": (1, 2)},
    )
    german = {
        message[0] if isinstance(message, tuple) else message for _f, _l, message, *_ in found
    }
    assert german - _translated(package) - _translated(PORTAL) == set()
    assert _translated(package) - german == set(), "texts that nobody shows any more"


def _translated(package: str) -> set[str]:
    english = getattr(Texts([package]).catalogue("en"), "_catalog", {})
    return {key[0] if isinstance(key, tuple) else key for key in english if key}


def test_lines_end_at_gaps() -> None:
    step = timedelta(minutes=15)
    points = [(NOW + step * i, float(i)) for i in (0, 1, 2, 6, 7)]
    assert [len(piece) for piece in pieces(points, step)] == [3, 2]
    chart = sparkline(points, start=NOW, end=NOW + 8 * step, lines=[5.0, 500.0, None])
    assert chart is not None
    assert len(chart.polylines) == 2
    assert len(chart.lines) == 1, "a limit far away would flatten the curve"
    assert sparkline(points[:1], start=NOW, end=NOW) is None


CALM = [34.0, 33.0, 32.4, 32.0, 33.5]


@pytest.mark.parametrize(
    ("values", "span", "height"),
    [
        (CALM, 20.0, 10),
        ([21.1, 20.9, 20.5], 5.0, 12),
        ([7.0, 7.0, 7.0], 20.0, 0),
        ([0.0, 100.0], 20.0, 100),
        ([0.0, 10.0], 0.0, 100),
    ],
)
def test_noise_is_not_drawn_as_a_change(values: list[float], span: float, height: int) -> None:
    """The drawn height in percent of what a small chart has."""
    points = [(NOW + timedelta(hours=i), value) for i, value in enumerate(values)]
    chart = sparkline(points, start=NOW, end=NOW + timedelta(hours=9), span=span, height=110)
    assert chart is not None
    ys = [float(pair.split(",")[1]) for line in chart.polylines for pair in line.split()]
    assert max(ys) - min(ys) == pytest.approx(height, abs=0.2)
    assert all(5 <= y <= 105 for y in ys)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (CALM, "gleichbleibend, 32 bis 34 cm, zuletzt 34"),
        ([32.0, 33.0, 34.0], "gleichbleibend, 32 bis 34 cm, zuletzt 34"),
        ([100.0, 140.0, 228.4], "steigt von 100 auf 228 cm"),
        ([1250.0, 1260.0, 1228.0], "fällt von 1.250 auf 1.228 cm, dazwischen 1.228 bis 1.260 cm"),
        ([1250.0, 1251.0, 1228.0], "fällt von 1.250 auf 1.228 cm"),
        ([100.0, 300.0, 101.0], "schwankt, 100 bis 300 cm, zuletzt 101"),
    ],
)
def test_a_course_says_where_it_goes(values: list[float], said: str) -> None:
    assert course(values, span=20).text(str, GERMAN, "cm", 0) == said


def test_a_course_without_noise() -> None:
    assert course([21.1, 20.5], span=5).direction == "falls"
    assert course([21.1, 20.5], span=10).direction == "steady"
    assert course([1.0, 1.01], span=0).direction == "rises"
    assert course([4.0], span=0).direction == "steady"


def test_what_is_drawn_small_has_a_smallest_span() -> None:
    vocabulary = load_vocabulary()
    assert vocabulary.span("water_level") >= 20
    assert vocabulary.span("soil_moisture_vwc") >= 5
    assert vocabulary.span("soil_water_tension") >= 20
    assert vocabulary.span("nothing_we_know") == 0
    for quantity in vocabulary.quantities.values():
        if quantity.measures_level and quantity.unit in {"mm", "cm"}:
            smallest = vocabulary.units[quantity.unit].factor * quantity.span
            assert smallest == 200, "one height of the water, whatever it is computed from"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/pegel?a=1", "/pegel?a=1"),
        ("//evil", "/"),
        ("https://evil", "/"),
        ("/\\evil", "/"),
        ("/\tx", "/"),
        ("", "/"),
    ],
)
def test_own_path(given: str, path: str) -> None:
    assert own_path(given) == path


def test_preview() -> None:
    assert preview('{"ü": 1}'.encode()) == '{"ü": 1}'
    assert preview(b"\xff\x00") == "ff 00"
    assert preview(b"x" * 400) == "x" * 300 + " …"
    assert preview("ü".encode() * 200).startswith("ü")
