"""Numbers, times and ages as people in the region write them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_scientific

from regionhub.sites import DATUM_NAMES, GaugeDatum

BERLIN = ZoneInfo("Europe/Berlin")
_DATE = {"de": "dd.MM.yyyy", "en": "dd/MM/yyyy"}
_DAY = {"de": "dd.MM.", "en": "dd/MM"}
_SINCE = {"de": "seit", "en": "since"}
_NOW = {"de": "gerade eben", "en": "just now"}
_ABOVE = {"de": "m ü.", "en": "m above"}
_Unit = Literal["day", "hour", "minute"]
#: Nobody counts more digits than these; babel gives up at 28.
_LONGEST = 1e12


@dataclass(frozen=True, slots=True)
class Formats:
    """Formatting for one page: its language and the moment it was made."""

    language: str
    now: datetime

    def number(self, value: float | None, decimals: int = 0) -> str:
        """1.234,5 in German, from a million millions on 3,4E38; a dash for no value."""
        if value is None or not math.isfinite(value):
            return "–"
        if abs(value) >= _LONGEST:
            text = format_scientific(value, format="0.0E0", locale=self.language)
        else:
            rounded = round(float(value), decimals) + 0.0  # never minus zero
            pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
            text = format_decimal(rounded, format=pattern, locale=self.language)
        return text.replace("-", "−")

    def unrounded(self, value: float) -> str:
        """All digits as a device sent them: 21,5 in German."""
        if not math.isfinite(value) or abs(value) >= _LONGEST:
            return self.number(value)
        text: str = format_decimal(
            value, format="#,##0.#", decimal_quantization=False, locale=self.language
        )
        return text.replace("-", "−")

    def signed(self, value: float | None, decimals: int = 0) -> str:
        """Like number, with a plus sign."""
        text = self.number(value, decimals)
        rises = value is not None and math.isfinite(value) and round(value, decimals) > 0
        return f"+{text}" if rises else text

    def height(self, metres: float, datum: GaugeDatum) -> str:
        """197,30 m ü. NHN (DHHN2016)."""
        return f"{self.number(metres, 2)} {_ABOVE[self.language]} {DATUM_NAMES[datum]}"

    def exact(self, moment: datetime) -> str:
        """23.11.2026, 06:05 Uhr."""
        tail = " 'Uhr'" if self.language == "de" else ""
        return self._berlin(moment, f"{_DATE[self.language]}, HH:mm{tail}")

    def clock(self, moment: datetime) -> str:
        """06:05 Uhr, with the day in front unless it is today."""
        today = self.now.astimezone(BERLIN).date() == moment.astimezone(BERLIN).date()
        tail = " 'Uhr'" if self.language == "de" else ""
        return self._berlin(
            moment, f"HH:mm{tail}" if today else f"{_DAY[self.language]} HH:mm{tail}"
        )

    def since(self, moment: datetime) -> str:
        """Since 26.11.; with the hour within two days, with the year where it is another one."""
        if self.now - moment < timedelta(days=2):
            when = self.clock(moment)
        elif self.now.astimezone(BERLIN).year == moment.astimezone(BERLIN).year:
            when = self._berlin(moment, _DAY[self.language])
        else:
            when = self.day(moment)
        return f"{_SINCE[self.language]} {when}"

    def day(self, moment: datetime) -> str:
        """23.11.2026."""
        return self._berlin(moment, _DATE[self.language])

    def date(self, day: date) -> str:
        """23.11.2026, of a day that is no moment."""
        return format_date(day, _DATE[self.language], locale=self.language)

    def month(self, moment: datetime) -> str:
        """Juli."""
        return self._berlin(moment, "LLLL")

    def weekday(self, moment: datetime) -> str:
        """Montag, 23.11.2026."""
        return self._berlin(moment, f"EEEE, {_DATE[self.language]}")

    def age(self, moment: datetime) -> str:
        """Vor 12 Minuten; minutes up to two hours, hours up to two days. Never rounded up."""
        delta = self.now - moment
        if abs(delta) < timedelta(minutes=1):
            return _NOW[self.language]
        return _words(delta, self.language, direction=True)

    def span(self, seconds: float) -> str:
        """15 Minuten; to the nearest unit."""
        return _words(timedelta(seconds=seconds), self.language, direction=False)

    def _berlin(self, moment: datetime, pattern: str) -> str:
        return format_datetime(moment, pattern, tzinfo=BERLIN, locale=self.language)


def _words(delta: timedelta, language: str, *, direction: bool) -> str:
    size = abs(delta)
    unit: _Unit = "minute"
    step = timedelta(minutes=1)
    if size >= timedelta(days=2):
        unit, step = "day", timedelta(days=1)
    elif size >= timedelta(hours=2):
        unit, step = "hour", timedelta(hours=1)
    whole = max(size // step if direction else round(size / step), 1) * step
    if direction and delta > timedelta(0):
        whole = -whole
    # the threshold keeps babel from choosing a coarser unit of its own
    return format_timedelta(
        whole, granularity=unit, threshold=1e6, add_direction=direction, locale=language
    )
