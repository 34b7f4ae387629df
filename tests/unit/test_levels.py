"""What a signal may say."""

from __future__ import annotations

import pytest

from regionhub.levels import NOTHING_SAID, Signal, State, by_code, no_data
from regionhub.web.portal.parts import Part, Signals, urgency

FREE = State("free", "frei", "free", "✓", "good", 1, 0)


def signal(name: str, *states: State) -> Signal:
    view = f"{name}_signal"
    return Signal(name=name, decide=name, view=view, order=0, states=by_code(*states))


@pytest.mark.parametrize(
    "states", [(FREE,), (FREE, State("no_data", "nichts da", "nothing", "?", "none", 0))]
)
def test_every_signal_says_in_the_same_words_that_there_is_no_data(
    states: tuple[State, ...],
) -> None:
    with pytest.raises(ValueError, match=r"add levels\.no_data"):
        signal("ice", *states)


def test_a_state_stands_under_its_code() -> None:
    with pytest.raises(ValueError, match="another code"):
        Signal(name="x", decide="x", view="x", order=0, states={"y": FREE, "no_data": no_data(0)})


def test_one_code_has_one_word_in_all_signals() -> None:
    other = State("free", "befahrbar", "passable", "✓", "good", 1, 0)
    parts = [
        Part(name=name, package="x", signals=(signal(name, state, no_data(0)),))
        for name, state in (("ice", FREE), ("snow", other))
    ]
    with pytest.raises(ValueError, match="snow calls the state free another name"):
        Signals(parts)


def test_what_nobody_judges_stands_behind_all_that_is_judged() -> None:
    icy = State("icy", "glatt", "icy", "❄", "alarm", 0, 2)
    words = Signals(
        [Part(name="ice", package="x", signals=(signal("ice", FREE, no_data(0), icy),))]
    )
    assert words.states() == [icy, no_data(0), FREE, NOTHING_SAID]
    assert words.codes == {"icy", "no_data", "free", "nothing"}
    assert words.named(None, None) == NOTHING_SAID
    assert urgency(icy) < urgency(no_data(5)) < urgency(FREE)
