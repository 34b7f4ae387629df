"""One plain sentence about a device, in German and English."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from regionhub.quantities import load_vocabulary
from regionhub.web.portal.formats import Formats

from .judge import Condition

_VOCABULARY = load_vocabulary()


def sentence(condition: Condition, language: str) -> str:
    """What is so, since when, and what is known of it; "de" or "en"."""
    words = _Words(condition, language)
    sentences: dict[str, Callable[[], tuple[str, str]]] = {
        "never": words.never,
        "silent": words.silent,
        "late": words.late,
        "no_values": words.no_values,
        "stuck": words.stuck,
        "step": words.step,
        "spikes": words.spikes,
        "drift": words.drift,
        "battery_low": words.battery_low,
        "frame_loss": words.frame_loss,
        "weak_radio": words.weak_radio,
        "online": words.online,
    }
    german, english = sentences[condition.state]()
    return english if language == "en" else german


class _Words:
    """The sentences of all states, each in both languages; numbers and times in one of them."""

    def __init__(self, condition: Condition, language: str) -> None:
        self._condition, self._facts = condition, condition.facts
        self._formats = Formats(language, self._facts.now)
        self._language = language

    def never(self) -> tuple[str, str]:
        if self._facts.installed_at is None:
            return "Noch nie gehört, nicht eingebaut.", "Never heard, not installed."
        day = self._formats.day(self._facts.installed_at)
        return (
            f"Eingebaut am {day}, noch nie gehört.",
            f"Installed on {day}, never heard.",
        )

    def silent(self) -> tuple[str, str]:
        since, usual = self._moment(self._facts.heard_at), self._usual
        return (
            f"Seit {since} nicht mehr gehört; sonst sendet es alle {usual}.",
            f"Not heard since {since}; usually it sends every {usual}.",
        )

    def late(self) -> tuple[str, str]:
        since, usual = self._moment(self._facts.heard_at), self._usual
        return (
            f"Überfällig: zuletzt {since} gehört, sonst sendet es alle {usual}.",
            f"Overdue: last heard {since}, usually it sends every {usual}.",
        )

    def no_values(self) -> tuple[str, str]:
        facts, since = self._facts, self._moment(self._facts.missing_since)
        names = ", ".join(map(self._name, facts.missing_quantities))
        what = f": {names}" if names else ""
        if facts.unreadable:
            return (
                f"Gerät sendet, seine Nachrichten sind seit {since} nicht lesbar{what}.",
                f"Device is heard, its messages cannot be read since {since}{what}.",
            )
        if facts.implausible:
            return (
                f"Gerät sendet, Sonde liefert seit {since} nur unplausible Werte{what}.",
                f"Device is heard, its probe gives implausible values only since {since}{what}.",
            )
        return (
            f"Gerät sendet, Sonde liefert nichts seit {since}{what}.",
            f"Device is heard, its probe gives nothing since {since}{what}.",
        )

    def stuck(self) -> tuple[str, str]:
        facts = self._facts
        assert facts.stuck_quantity is not None
        name, since = self._name(facts.stuck_quantity), self._moment(facts.stuck_since)
        value = self._value(facts.stuck_value, facts.stuck_quantity)
        return (
            f"{name} steht seit {since} still bei {value}.",
            f"{name} has stood still at {value} since {since}.",
        )

    def step(self) -> tuple[str, str]:
        name, when, size = self._found()
        return (
            f"{name} sprang am {when} um {size} und blieb dort: Sonde oder Halterung prüfen.",
            f"{name} jumped by {size} on {when} and stayed there: check probe and mounting.",
        )

    def spikes(self) -> tuple[str, str]:
        finding = self._condition.finding
        assert finding is not None
        name, since, size = self._found()
        return (
            f"{name}: {finding.count} Ausreißer seit {since}, meist um {size.lstrip('+−')}.",
            f"{name}: {finding.count} spikes since {since}, mostly by {size.lstrip('+−')}.",
        )

    def drift(self) -> tuple[str, str]:
        finding = self._condition.finding
        assert finding is not None
        name, _since, size = self._found()
        return (
            f"{name} entfernt sich von {finding.count} Nachbarn: {size} in drei Wochen.",
            f"{name} drifts away from {finding.count} neighbours: {size} in three weeks.",
        )

    def battery_low(self) -> tuple[str, str]:
        left, empty = self._condition.battery_left, self._condition.figures.battery.empty_on
        charge = f"{self._formats.number(left)} %"
        if empty is None:
            return (
                f"Batterie bei {charge}; wann sie leer ist, lässt sich noch nicht sagen.",
                f"Battery at {charge}; when it will be empty cannot be said yet.",
            )
        day = self._formats.date(empty)
        return (
            f"Batterie bei {charge}, voraussichtlich leer am {day}.",
            f"Battery at {charge}, expected to be empty on {day}.",
        )

    def frame_loss(self) -> tuple[str, str]:
        radio = self._condition.figures.radio
        assert radio.expected is not None
        assert radio.received is not None
        lost, expected = radio.expected - radio.received, radio.expected
        return (
            f"In 24 Stunden fehlten {lost} von {expected} Nachrichten.",
            f"In 24 hours {lost} of {expected} frames were lost.",
        )

    def weak_radio(self) -> tuple[str, str]:
        margin = self._formats.number(self._condition.figures.radio.margin_db, 1)
        return (
            f"Funk am Rand der Reichweite: nur {margin} dB Reserve.",
            f"At the edge of radio range: only {margin} dB to spare.",
        )

    def online(self) -> tuple[str, str]:
        return f"Sendet alle {self._usual}.", f"Sends every {self._usual}."

    @property
    def _usual(self) -> str:
        return self._formats.span(self._facts.interval_seconds)

    def _moment(self, moment: datetime | None) -> str:
        return "–" if moment is None else self._formats.exact(moment)

    def _name(self, quantity: str) -> str:
        names = _VOCABULARY.quantities[quantity].names
        return names["en"] if self._language == "en" else names["de"]

    def _value(self, value: float | None, quantity: str, *, signed: bool = False) -> str:
        known = _VOCABULARY.quantities[quantity]
        write = self._formats.signed if signed else self._formats.number
        return f"{write(value, known.decimals)} {_VOCABULARY.units[known.unit].symbol}".rstrip()

    def _found(self) -> tuple[str, str, str]:
        """Name, time and size of what values show."""
        finding = self._condition.finding
        assert finding is not None
        size = self._value(finding.size, finding.quantity, signed=True)
        return self._name(finding.quantity), self._moment(finding.since), size
