"""Names and colours of levels and states, as the features define them."""

from __future__ import annotations

from dataclasses import dataclass

from regionhub.features.device_health.states import STATES as DEVICES
from regionhub.features.forest.states import DROUGHT_STATES as DROUGHT
from regionhub.features.forest.states import SMOKE_STATES as SMOKE
from regionhub.features.forest.states import STATES as FIRE
from regionhub.features.gauges.states import STATES as GAUGES
from regionhub.features.inbox.sources import FATES as INBOX_FATES
from regionhub.features.inbox.words import REASONS
from regionhub.features.irrigation.states import STATES as IRRIGATION
from regionhub.features.road.states import STATES as ROADS
from regionhub.levels import TONES, State, Tone


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a scale: its number, German name and colour."""

    value: int
    label: str
    colour: str


def _level(value: int, state: State) -> Level:
    return Level(value, state.de, state.colour)


#: Irrigation levels in order of need, 0 the most urgent.
IRRIGATION_LEVELS = tuple(_level(state.rank, state) for state in IRRIGATION.values())

#: How urgent something is, by the level of its signal; -1 where nothing is known.
_TONES: tuple[tuple[int, str, Tone], ...] = (
    (-1, "unbekannt", "none"),
    (0, "in Ordnung", "good"),
    (1, "beobachten", "warn"),
    (2, "handeln", "high"),
    (3, "Notfall", "alarm"),
)
URGENCIES = tuple(Level(value, label, TONES[tone].strong) for value, label, tone in _TONES)

#: Stages of a gauge; -1 where nothing is known.
STAGES = (
    Level(-1, "unbekannt", GAUGES["no_data"].colour),
    *(_level(stage, GAUGES[f"stage_{stage}"]) for stage in range(4)),
)

#: Classes of the fire weather of a forest stand by the word api.forest uses.
FIRE_CLASSES = {code: _level(state.rank, state) for code, state in FIRE.items()}

#: States of smoke and of drought at a forest stand by the words api.forest uses.
SMOKE_STATES = {code: _level(state.rank, state) for code, state in SMOKE.items()}
DROUGHT_STATES = {code: _level(state.rank, state) for code, state in DROUGHT.items()}

#: States of a road spot by the word api.road uses.
ROAD_STATES = {code: _level(state.rank, state) for code, state in ROADS.items()}

#: States of a device by the word api.device_health uses.
DEVICE_STATES = {
    code: _level(number, DEVICES[code]) for number, code in enumerate(reversed(DEVICES))
}

#: What became of a message.
FATES = tuple(_level(fate.state.rank, fate.state) for fate in INBOX_FATES)

#: German words for the reasons of dead letters, as the portal has them.
DEAD_LETTER_REASONS = {reason: words.label for reason, words in REASONS.items()}

#: Why a frame counter tells nothing about lost frames (api.completeness.not_judged).
NOT_JUDGED = {
    "no_frames": "nichts empfangen",
    "no_counter": "ohne Paketzähler",
    "one_frame": "nur ein Paket",
    "stuck_counter": "Zähler steht still",
    "jumping_counter": "Zähler springt zurück",
}
