from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from regionhub.readings import Measurement
from regionhub_ingest.own_times import at_possible_times

NOW = 1_790_000_000 * 10**9
EARLIEST = 946_684_800 * 10**9
LATEST = NOW + 600 * 10**9


def said_at(time_ns: int | None) -> Measurement:
    return Measurement("soil_moisture_vwc", 0.25, "m3/m3", position="depth_1", time_ns=time_ns)


@given(st.lists(st.sampled_from([None, 0, EARLIEST - 1, EARLIEST, NOW, LATEST, LATEST + 1])))
def test_only_impossible_times_are_left_out(times: list[int | None]) -> None:
    kept = [said_at(t) for t in times if t is None or EARLIEST <= t <= LATEST]
    found, misplaced = at_possible_times([said_at(t) for t in times], received_ns=NOW)
    assert (list(found), misplaced) == (kept, len(times) - len(kept))
