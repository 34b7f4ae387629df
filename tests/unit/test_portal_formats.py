"""Numbers, times and ages as people read them; catalogues that are complete."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest
from babel.messages.extract import extract_from_dir

from regionhub.features import FEATURES
from regionhub.features.inbox.pages import preview
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.login import own_path
from regionhub.web.portal.sparklines import pieces, sparkline
from regionhub.web.portal.texts import Texts, choose_language

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # half an hour after the clocks went forward
GERMAN = Formats("de", NOW)
ENGLISH = Formats("en", NOW)


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (1234.56, 1, "1.234,6"),
        (-0.04, 1, "0,0"),
        (-3.2, 0, "−3"),
        (0.5, 0, "0"),
        (7, 2, "7,00"),
        (None, 1, "–"),
    ],
)
def test_numbers(value: float | None, decimals: int, shown: str) -> None:
    assert GERMAN.number(value, decimals) == shown


def test_signed_numbers() -> None:
    assert GERMAN.signed(19.6) == "+20"
    assert GERMAN.signed(0.2) == "0"
    assert GERMAN.signed(-4.0) == "−4"


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
