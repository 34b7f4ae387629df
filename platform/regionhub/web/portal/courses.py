"""How a quantity went over a period, in words: what a curve shows to those who see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from regionhub.web.portal.formats import Formats
from regionhub.web.portal.texts import Translate


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """First and last value, the extremes, and what sensors wander by themselves (`noise`)."""

    first: float
    last: float
    low: float
    high: float
    noise: float = 0.0

    @property
    def direction(self) -> Literal["rises", "falls", "steady", "varies"]:
        """From the first value to the last; "varies" if they are alike and others are not."""
        change = self.last - self.first
        if abs(change) > self.noise:
            return "rises" if change > 0 else "falls"
        return "varies" if self._beyond(self.first, self.last) else "steady"

    def text(self, _: Translate, fmt: Formats, unit: str, decimals: int) -> str:
        """Such as "fällt von 250 auf 228 cm, dazwischen 228 bis 260 cm"."""
        values = {
            "first": fmt.number(self.first, decimals),
            "last": fmt.number(self.last, decimals),
            "low": fmt.number(self.low, decimals),
            "high": fmt.number(self.high, decimals),
            "unit": unit,
        }
        sentences = {
            "rises": _("steigt von %(first)s auf %(last)s %(unit)s"),
            "falls": _("fällt von %(first)s auf %(last)s %(unit)s"),
            "steady": _("gleichbleibend, %(low)s bis %(high)s %(unit)s, zuletzt %(last)s"),
            "varies": _("schwankt, %(low)s bis %(high)s %(unit)s, zuletzt %(last)s"),
        }
        sentence = sentences[self.direction]
        if self.direction in {"rises", "falls"} and self._beyond(self.first, self.last):
            sentence += _(", dazwischen %(low)s bis %(high)s %(unit)s")
        return sentence % values

    def _beyond(self, *ends: float) -> bool:
        return self.low < min(ends) - self.noise or self.high > max(ends) + self.noise


def course(values: Sequence[float], span: float) -> Course:
    """The course of at least one value.

    Args:
        values: in the order of time.
        span: of the quantity, see the vocabulary.
    """
    return Course(
        first=values[0], last=values[-1], low=min(values), high=max(values), noise=span / 10
    )
