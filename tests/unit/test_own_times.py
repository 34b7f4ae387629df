from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from regionhub.quantities import load_vocabulary
from regionhub.readings import Measurement
from regionhub_ingest.normalize import normalize

VOCABULARY = load_vocabulary()
NOW = 1_790_000_000 * 10**9
EARLIEST = 946_684_800 * 10**9
LATEST = NOW + 600 * 10**9


@st.composite
def measured(draw: st.DrawFn) -> Measurement:
    unit, quantity = draw(st.sampled_from(sorted(VOCABULARY.conversions)))
    times = [None, 0, EARLIEST - 1, EARLIEST, NOW, LATEST, LATEST + 1]
    return Measurement(
        quantity,
        draw(st.one_of(st.none(), st.floats(allow_nan=False))),
        unit,
        draw(st.sampled_from(["ok", "suspect", "invalid"])),
        draw(st.sampled_from([None, "tilted"])),
        "depth_1",
        draw(st.sampled_from(times)),
    )


@given(st.lists(measured()))
def test_only_the_unit_changes_and_impossible_times_are_left_out(said: list[Measurement]) -> None:
    kept = [m for m in said if m.time_ns is None or EARLIEST <= m.time_ns <= LATEST]
    expected = tuple(
        m if m.value is None else m._replace(value=VOCABULARY.convert(m.value, m.unit, m.quantity))
        for m in kept
    )
    assert normalize(said, received_ns=NOW) == (expected, len(said) - len(kept))
