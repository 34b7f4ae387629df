"""Numbers, times and ages as people in the region write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal

BERLIN = ZoneInfo("Europe/Berlin")
_DATE = {"de": "dd.MM.yyyy", "en": "dd/MM/yyyy"}


@dataclass(frozen=True, slots=True)
class Formats:
    """Formatting for one page: its language and the moment it was made."""

    language: str
    now: datetime

    def number(self, value: float | None, decimals: int = 0) -> str:
        """1.234,5 in German; a dash stands for "no value". Minus zero is zero."""
        if value is None:
            return "–"
        rounded = round(value, decimals) + 0.0
        text = format_decimal(
            rounded, format=f"#,##0.{'0' * decimals}".rstrip("."), locale=self.language
        )
        return str(text).replace("-", "−")

    def signed(self, value: float | None, decimals: int = 0) -> str:
        """Like number, with a plus sign."""
        if value is None:
            return "–"
        return ("+" if round(value, decimals) > 0 else "") + self.number(value, decimals)

    def exact(self, moment: datetime) -> str:
        """23.11.2026, 06:05 Uhr."""
        tail = " 'Uhr'" if self.language == "de" else ""
        return self._berlin(moment, f"{_DATE[self.language]}, HH:mm{tail}")

    def clock(self, moment: datetime) -> str:
        """06:05, with the day in front unless it is today."""
        today = self.now.astimezone(BERLIN).date() == moment.astimezone(BERLIN).date()
        return self._berlin(moment, "HH:mm" if today else "dd.MM. HH:mm")

    def day(self, moment: datetime | date) -> str:
        """23.11.2026."""
        return self._berlin(moment, _DATE[self.language])

    def weekday(self, moment: datetime) -> str:
        """Montag, 23.11.2026."""
        return self._berlin(moment, f"EEEE, {_DATE[self.language]}")

    def age(self, moment: datetime) -> str:
        """Vor 12 Minuten; hours below two days, then days."""
        delta = self.now - moment
        if abs(delta) < timedelta(minutes=1):
            return "gerade eben" if self.language == "de" else "just now"
        return self._delta(delta, direction=True)

    def span(self, seconds: float) -> str:
        """15 Minuten."""
        return self._delta(timedelta(seconds=seconds), direction=False)

    def _delta(self, delta: timedelta, *, direction: bool) -> str:
        size = abs(delta)
        granularity: str = "second"
        if size >= timedelta(days=2):
            granularity, delta = "day", delta - timedelta(seconds=delta.seconds if delta > timedelta(0) else 0)
        elif size >= timedelta(minutes=90):
            granularity = "hour"
        elif size >= timedelta(minutes=1):
            granularity = "minute"
        unit = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}[granularity]
        whole = int(size.total_seconds() // unit)
        return _count(whole, granularity, self.language, past=delta >= timedelta(0), direction=direction)

    def _berlin(self, moment: datetime | date, pattern: str) -> str:
        if not isinstance(moment, datetime):
            moment = datetime(moment.year, moment.month, moment.day, 12, tzinfo=UTC)
        return format_datetime(moment, pattern, tzinfo=BERLIN, locale=self.language)


def _count(number: int, unit: str, language: str, *, past: bool, direction: bool) -> str:
    """Twelve minutes as words; babel's own choice of unit would turn 100 minutes into 2 hours."""
    seconds = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}[unit] * number
    return format_timedelta(
        timedelta(seconds=-seconds if past else seconds) if direction else timedelta(seconds=seconds),
        granularity=unit,  # type: ignore[arg-type]
        threshold=10**6 if unit == "second" else 10**6,
        add_direction=direction,
        locale=language,
    )
