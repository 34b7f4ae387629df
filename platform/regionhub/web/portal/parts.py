"""What a feature adds to the portal: navigation, cards, notices, panels of a site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regionhub.access import Role
from regionhub.levels import NOTHING_SAID, Signal, State, Tone
from regionhub.registry.places import Place, Tally
from regionhub.registry.sites import Site
from regionhub.series.datastreams import Datastream
from regionhub.signals.rows import SiteSignal
from regionhub.store.database import Connection
from regionhub.web.portal.charts import Band, Chart, Limit
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.texts import Translate

#: The part of all sites or devices that has to be known before a zero on the overview looks good.
ENOUGH_KNOWN = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the main navigation.

    `icon` is the path of a drawing of 24 by 24, `covers` are the beginnings of further addresses
    that belong to it; to the one that `lists_devices` those of every `DevicePage`. What only some
    may open is shown to them alone: with a role, or who operates the hub.
    """

    path: str
    label: str
    icon: str
    covers: tuple[str, ...] = ()
    role: Role = "viewer"
    for_operator: bool = False
    lists_devices: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePage:
    """A page about each device, at `path` with {device_id} in it, and one about all of them.

    Lists of devices link to it with `label`; `all_path` and `all_label` are those of the other.
    """

    path: str
    label: str
    all_path: str
    all_label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A figure on the overview: `count` of `total` are so, and of `known` of them that is known.

    `tone` is that of a count above zero. `gap` says what is not known where that is more than
    missing data; the overview shows no card about nothing (a total of zero).
    """

    count: int
    known: int
    total: int
    label: str
    explanation: str
    path: str
    tone: Tone
    gap: str = ""

    @property
    def shown_tone(self) -> Tone:
        """A zero is in order only where enough is known."""
        if self.count:
            return self.tone
        if not self.known:
            return "none"
        return "good" if self.known >= ENOUGH_KNOWN * self.total else "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardQuestion:
    """What cards of the overview are asked about: all sites that the reader sees, as counted."""

    connection: Connection
    tallies: Sequence[Tally]
    language: str
    gettext: Translate

    def sites_by_state(self, signal: str) -> Counter[str | None]:
        """How many sites are in each state of a signal."""
        sites = Counter[str | None]()
        for tally in self.tallies:
            if tally.signal == signal:
                sites[tally.state] += tally.sites
        return sites


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

    `name` is the folder that its templates are named with, `package` holds them. `words` are states
    that are not of sites, by what has them; api.level has them like those of signals.
    """

    name: str
    package: str
    navigation: tuple[Entry, ...] = ()
    device_pages: tuple[DevicePage, ...] = ()
    signals: tuple[Signal, ...] = ()
    words: Mapping[str, Mapping[str, State]] = field(default_factory=dict)
    site_panel: Callable[[SiteQuestion], SitePanel | None] | None = None
    site_charts: Callable[[SiteQuestion], SiteCharts | None] | None = None
    cards: Callable[[CardQuestion], list[Card]] | None = None
    notices: Callable[[Connection, Formats, Translate], list[Notice]] | None = None


class Signals:
    """The words of all signals, by name."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._signals = {signal.name: signal for part in parts for signal in part.signals}
        self._states = {NOTHING_SAID.code: NOTHING_SAID}
        for signal in self._signals.values():
            for code, state in signal.states.items():
                other = self._states.setdefault(code, state)
                if (other.de, other.en, other.sign) != (state.de, state.en, state.sign):
                    raise ValueError(f"{signal.name} calls the state {code} another name")

    @property
    def codes(self) -> set[str]:
        """Every state that a site can have."""
        return set(self._states)

    def named(self, signal: str | None, state: str | None) -> State:
        """The state of a signal; a site without a signal has one too."""
        if signal is None or state is None:
            return NOTHING_SAID
        return self._signals[signal].states[state]

    def state(self, said: SiteSignal | Place) -> State:
        """The state that a row names."""
        return self.named(said.signal, said.state)

    def reason(self, said: SiteSignal | Place, formats: Formats) -> str:
        """What stands behind it, empty for nothing."""
        if said.signal is None:
            return ""
        return reason_text(self._signals[said.signal], said.reason, said.reason_since, formats)

    def states(self) -> list[State]:
        """All states, those first that need somebody; of several with one word one."""
        return sorted(self._states.values(), key=urgency)


def reason_text(signal: Signal, code: str | None, since: datetime | None, formats: Formats) -> str:
    """What stands behind a state in the reader's language, empty for nothing."""
    if code is None:
        return ""
    reason = signal.reasons[code]
    sentence = reason.en if formats.language == "en" else reason.de
    return sentence.replace("{since}", "" if since is None else f" {formats.since(since)}")


def urgency(state: State) -> tuple[float, int]:
    """Sorts states: what needs somebody, what is unknown, what is in order, what nobody judges."""
    return (1 if state == NOTHING_SAID else -state.urgency, state.rank)
