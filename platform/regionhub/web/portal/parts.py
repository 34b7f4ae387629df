"""What a feature adds to the portal: navigation, cards, notices, panels of a site."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regionhub.levels import Signal, State, Tone
from regionhub.registry.signals import SiteSignal
from regionhub.registry.sites import Site
from regionhub.series.datastreams import Datastream
from regionhub.store.database import Connection
from regionhub.web.portal.charts import Band, Chart, Limit
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.texts import Translate


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the main navigation.

    `icon` is the path of a drawing of 24 by 24, `covers` are the beginnings of further addresses
    that belong to it.
    """

    path: str
    label: str
    icon: str
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A figure on the overview: `count` of `total` are so, `known` of them have data.

    A card says "in order" only where enough is known; without data it has no tone but "none".
    """

    count: int
    label: str
    explanation: str
    path: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What every page says at its top until it is mended."""

    text: str
    path: str
    link: str
    tone: Tone = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteQuestion:
    """What panels and charts of a site are asked about: the site, its datastreams, a period."""

    connection: Connection
    site: Site
    streams: Sequence[Datastream]
    start: datetime
    end: datetime
    language: str
    formats: Formats
    gettext: Translate


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePanel:
    """What a feature shows on the page of a site.

    `hero` is a template drawn with `values` beside the state, `section` one below the charts.
    `facts` are name and value.
    """

    hero: str | None = None
    section: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    facts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCharts:
    """What a feature adds to the charts of a site.

    `charts` stand before those of the single quantities, and show those in `drawn` already. `bands`
    and `limits` are drawn into the chart of a quantity.
    """

    charts: Sequence[Chart] = ()
    drawn: frozenset[str] = frozenset()
    bands: Mapping[str, Sequence[Band]] = field(default_factory=dict)
    limits: Mapping[str, Sequence[Limit]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one feature adds to the portal.

    `name` is the folder that its templates are named with, `package` holds them.
    """

    name: str
    package: str
    navigation: tuple[Entry, ...] = ()
    signals: tuple[Signal, ...] = ()
    site_panel: Callable[[SiteQuestion], SitePanel | None] | None = None
    site_charts: Callable[[SiteQuestion], SiteCharts | None] | None = None
    cards: Callable[[Connection, Sequence[SiteSignal], Translate], list[Card]] | None = None
    notices: Callable[[Connection, str], list[Notice]] | None = None


class Signals:
    """The words of all signals, by name."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._signals = {signal.name: signal for part in parts for signal in part.signals}

    def state(self, said: SiteSignal) -> State:
        """The state that a row names."""
        return self._signals[said.signal].states[said.state]

    def reason(self, said: SiteSignal, language: str) -> str:
        """What stands behind it, empty for nothing."""
        if said.reason is None:
            return ""
        german, english = self._signals[said.signal].reasons[said.reason]
        return english if language == "en" else german

    def states(self) -> list[State]:
        """All states, those first that need somebody; of several with one word one."""
        found = {
            state.code: state
            for signal in self._signals.values()
            for state in signal.states.values()
        }
        return sorted(found.values(), key=urgency)


def urgency(state: State) -> tuple[float, int]:
    """Sorts states: what needs somebody, what is unknown, what is in order."""
    return (-(0.5 if state.level is None else state.level), state.rank)
