"""What a feature can say about a site: states with a word, a sign, a tone and a level.

A state is always three things at once: a word, a sign and a tone. No page shows the tone (colour)
without the other two, and "no data" has a tone of its own. The levels are one scale for all
features: 0 in order, 1 watch, 2 act, 3 emergency, None unknown. Database, portal and Grafana take
labels and colours from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Tone = Literal["alarm", "high", "warn", "good", "water", "none", "plain"]
SiteLevel = Literal[0, 1, 2, 3]


class Colours(NamedTuple):
    """Colours of a tone by day and by night: of signs and lines, and of what lies behind text."""

    strong: str
    soft: str
    strong_dark: str
    soft_dark: str


TONES: dict[Tone, Colours] = {
    "alarm": Colours("#a8201a", "#fbe3e0", "#ff8f85", "#3b1715"),
    "high": Colours("#ad440a", "#fde5d4", "#ffa36b", "#38200f"),
    "warn": Colours("#8a5000", "#fcefd2", "#fbc15e", "#33260d"),
    "good": Colours("#22692a", "#e1f1e0", "#86d68b", "#142c19"),
    "water": Colours("#0f559c", "#dfebf8", "#8fc4ff", "#122840"),
    "none": Colours("#55605e", "#ecefec", "#a9b6b3", "#1d2826"),
    "plain": Colours("#465653", "#ffffff", "#a6b6b2", "#141e1c"),
}


#: The code of the state that every signal has.
NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class State:
    """One state; rank 0 comes first in the lists of its feature."""

    code: str
    de: str
    en: str
    sign: str
    tone: Tone
    rank: int
    level: SiteLevel | None = None

    def text(self, language: str) -> str:
        """Its word in a language of the portal."""
        return self.en if language == "en" else self.de

    @property
    def colour(self) -> str:
        """As "#rrggbb", on a light ground."""
        return TONES[self.tone].strong

    @property
    def absent(self) -> bool:
        """Whether it says that there is no data."""
        return self.code == NO_DATA

    @property
    def urgency(self) -> float:
        """Its level; what is unknown stands between what needs somebody and what is in order."""
        return 0.5 if self.level is None else self.level


def no_data(rank: int) -> State:
    """The state that every signal has, in the same words; where it stands in its lists."""
    return State(NO_DATA, "keine Daten", "no data", "?", "none", rank)


#: A site about which no feature says anything.
NOTHING_SAID = State("nothing", "nicht bewertet", "not judged", "–", "plain", 0)


def by_code(*states: State) -> dict[str, State]:
    """States by their code, in their order."""
    return {state.code: state for state in states}


class Reason(NamedTuple):
    """What stands behind a state, such as why there is no data.

    {since} is the place for " seit 26.11." or " since 26/11"; nothing stands there where nobody
    knows since when it is so. `level` is one that a single value says, above that of the state, and
    nothing has confirmed yet: alert rules may ask for it.
    """

    de: str
    en: str
    level: SiteLevel | None = None

    @property
    def urgency(self) -> float:
        """What is not confirmed stands behind what is, and before what is less."""
        return 0 if self.level is None else self.level - 0.5


#: Of every signal, for what changed and is not judged yet.
NOT_DECIDED = Reason("wird gerade neu bewertet", "is being judged again")


def absence_reasons(de: str, en: str) -> dict[str, Reason]:
    """Why a sensor gives no value, for the codes of the function api.absence.

    Args:
        de: what is missing there in German, such as "Bodensonde".
        en: the same in English.
    """
    return {
        "no_sensor": Reason("kein Sensor eingebaut", "no sensor installed"),
        "not_heard_yet": Reason(
            "Gerät{since} eingebaut, hat dort noch nichts gesendet",
            "device installed{since}, has not sent anything there yet",
        ),
        "device_silent": Reason(
            "Sensor meldet sich nicht, Gerät{since} nicht mehr gehört",
            "sensor is silent, its device has not been heard{since}",
        ),
        "not_readable": Reason(
            "Gerät sendet, seine Nachrichten sind{since} nicht lesbar",
            "device is heard, its messages cannot be read{since}",
        ),
        "doubted": Reason(
            f"Gerät sendet, meldet aber{{since}} Fehler: Werte von {de} zählen nicht",
            f"device is heard, but reports errors{{since}}: values of {en} do not count",
        ),
        "implausible": Reason(
            f"Gerät sendet, {de} liefert{{since}} nur unplausible Werte",
            f"device is heard, {en} gives implausible values only{{since}}",
        ),
        "probe_without_values": Reason(
            f"Gerät sendet, {de} liefert{{since}} keine Werte",
            f"device is heard, {en} gives no values{{since}}",
        ),
        "no_recent_reading": Reason("letzter Wert ist zu alt", "last value is too old"),
        "not_decided": NOT_DECIDED,
    }


@dataclass(frozen=True, slots=True)
class Signal:
    """What a feature says of each site.

    `decide` is the function of schema core that decides: from sites, a time of each to begin at and
    the present moment to rows (site_id, at, due_at, state, place, time, value, unit, decimals,
    reason, reason_since, inputs), one for each moment at which another state may begin; see
    `core.decide_gauges`. Its newest rows are kept in core.signal, and the changes of state. Without
    one the view says it from rows that the feature keeps itself.

    `begin` is a function of schema core for decisions that change what was said before: from sites
    and times to the earlier times from which on they are made again; see `core.begin_gauges`.

    `view` of schema api says who sees what of it, row by row; it has the columns of
    `store/migrate.sql`, statement `signal_columns`. `reasons` has the words for its column
    `reason`. Every signal has the state `no_data`. Of several signals with one level that of the
    smaller `order` stands first: danger to life before a dry tree. One without an order is about
    the devices: it never stands for the site as long as anything else is said of it.

    `de` and `en` say what it is about where its feature says more than one thing.

    Raises:
        ValueError: it cannot say that there is no data, or a state stands under another code.
    """

    name: str
    view: str
    order: int | None
    states: Mapping[str, State]
    decide: str | None = None
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    begin: str | None = None
    de: str = ""
    en: str = ""

    def text(self, language: str) -> str:
        """What it is about, in a language of the portal; empty where its page says that."""
        return self.en if language == "en" else self.de

    def __post_init__(self) -> None:
        state = self.states.get(NO_DATA)
        if state is None or state != no_data(state.rank):
            raise ValueError(f"signal {self.name} has no state {NO_DATA}: add levels.no_data(rank)")
        if any(code != one.code for code, one in self.states.items()):
            raise ValueError(f"a state of signal {self.name} stands under another code")
