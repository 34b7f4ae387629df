"""What a replay changes is decided of columns alone: expected readings beside stored ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionhub.archive.replay.decide import Changes, Divergence, decide
from regionhub.archive.replay.model import Rows, Stored

NAN = float("nan")


class Reading(NamedTuple):
    """A frame (its place in the chunk; its uplink id is 100 more) and what it says of a moment."""

    frame: int
    value: float | None  # None: the frame gives no such reading
    moment: int = 1
    series: int = 0
    quality: int = 1
    device: int = 0


class Kept(NamedTuple):
    """What is stored at a moment."""

    frame: int
    value: float = NAN
    quality: int = 1
    tests: int = 0
    emptied: bool = False
    emptied_now: bool = False


EMPTIED = Kept(frame=7, quality=9, emptied=True)


def columns(
    readings: Sequence[Reading], kept: dict[tuple[int, int], Kept]
) -> tuple[Rows, Any, Stored]:
    absent = np.array([r.value is None for r in readings])
    rows = Rows(
        np.array([r.series for r in readings]),
        np.array([r.moment for r in readings]),
        np.array([NAN if r.value is None else r.value for r in readings]),
        np.array([r.device for r in readings]),
        np.array([r.frame for r in readings]),
        absent,
    )
    there = [kept.get((r.series, r.moment)) for r in readings]
    fields = [k or Kept(frame=-100) for k in there]
    stored = Stored(
        np.array([k is not None for k in there]),
        np.array([k.frame + 100 for k in fields]),
        np.array([k.value for k in fields]),
        np.array([k.quality for k in fields]),
        np.array([k.tests for k in fields]),
        np.array([k.emptied for k in fields]),
        np.array([k.emptied_now for k in fields]),
    )
    return rows, rows.item + 100, stored


def decided(readings: Sequence[Reading], kept: dict[tuple[int, int], Kept]) -> Changes:
    rows, uplink_ids, stored = columns(readings, kept)
    qualities = np.array([9 if r.value is None else r.quality for r in readings])
    return decide(rows, qualities, np.zeros_like(qualities), uplink_ids, stored)


def written(changes: Changes) -> dict[str, list[tuple[int, float]]]:
    """Frame and value of what becomes a version, takes its place and is new."""
    rows, stored = changes.rows, changes.stored
    return {
        "versions": [(int(stored.uplink_ids[p]) - 100, stored.values[p]) for p in changes.versions],
        "replaced": [(int(rows.item[p]), rows.values[p]) for p in changes.replaced],
        "added": [(int(rows.item[p]), rows.values[p]) for p in changes.added],
    }


def counted(changes: Changes) -> tuple[int, int]:
    return changes.counts["readings_changed"], changes.counts["readings_missing"]


def test_what_is_equal_is_left_alone() -> None:
    changes = decided([Reading(0, 20.0), Reading(1, None, moment=2)], {(0, 1): Kept(0, 20.0)})
    assert written(changes) == {"versions": [], "replaced": [], "added": []}
    assert counted(changes) == (0, 0)


@pytest.mark.parametrize("kept", [Kept(0, 200.0), Kept(0, 20.0, quality=4), Kept(0, 20.0, tests=2)])
def test_another_value_or_flag_takes_the_place_of_the_former_one(kept: Kept) -> None:
    changes = decided([Reading(0, 20.0)], {(0, 1): kept})
    assert written(changes) == {
        "versions": [(0, kept.value)],
        "replaced": [(0, 20.0)],
        "added": [],
    }
    assert counted(changes) == (1, 0)
    assert changes.items.tolist() == [0]


def test_what_a_frame_does_not_give_any_more_is_missing() -> None:
    changes = decided([Reading(0, None)], {(0, 1): Kept(0, 20.0)})
    assert counted(changes) == (0, 1)
    assert written(changes)["versions"] == [(0, 20.0)]
    (place,) = changes.replaced
    assert np.isnan(changes.rows.values[place])
    assert changes.qualities[place] == 9


def test_a_moment_of_another_frame_stays_and_a_new_one_belongs_to_the_first() -> None:
    changes = decided(
        [Reading(3, 23.0), Reading(5, 25.0, moment=2), Reading(4, 24.0, moment=2)],
        {(0, 1): Kept(7, 20.0)},
    )
    assert written(changes) == {"versions": [], "replaced": [], "added": [(4, 24.0)]}


def test_what_an_earlier_replay_emptied_is_free_for_the_first_that_fills_it() -> None:
    changes = decided([Reading(2, NAN), Reading(4, 24.0), Reading(3, 23.0)], {(0, 1): EMPTIED})
    assert written(changes)["replaced"] == [(3, 23.0)]
    assert [frame for frame, _ in written(changes)["versions"]] == [7]
    assert counted(changes) == (1, 0)


def test_what_this_run_emptied_has_its_version_already_and_is_not_missing_for_good() -> None:
    changes = decided([Reading(3, 23.0)], {(0, 1): EMPTIED._replace(emptied_now=True)})
    assert written(changes) == {"versions": [], "replaced": [(3, 23.0)], "added": []}
    assert counted(changes) == (1, -1)


def test_one_frame_leaves_a_moment_and_another_one_takes_it() -> None:
    changes = decided([Reading(6, None), Reading(3, 23.0)], {(0, 1): Kept(6, 26.0)})
    assert written(changes) == {"versions": [(6, 26.0)], "replaced": [(3, 23.0)], "added": []}
    assert counted(changes) == (1, 0)
    assert changes.items.tolist() == [3, 6]


def test_a_frame_that_gives_its_reading_again_keeps_its_moment() -> None:
    changes = decided([Reading(3, 23.0), Reading(7, 27.0)], {(0, 1): EMPTIED})
    assert written(changes)["replaced"] == [(7, 27.0)]


moments = st.integers(1, 2)
frames = st.integers(0, 3)
values = st.sampled_from([1.0, 2.0, NAN])
readings = st.lists(
    st.builds(Reading, frames, values | st.none(), moments, st.integers(0, 1)),
    min_size=1,
    max_size=12,
    unique_by=lambda r: (r.frame, r.moment, r.series),
)
kept_readings = st.dictionaries(
    st.tuples(st.integers(0, 1), moments),
    st.builds(Kept, frames, values, st.sampled_from([1, 9]))
    | st.builds(EMPTIED._replace, frame=frames, emptied_now=st.booleans()),
)


@given(readings, kept_readings)
def test_moment_by_moment(readings: list[Reading], kept: dict[tuple[int, int], Kept]) -> None:
    """Together as for each moment alone."""
    changes = decided(readings, kept)
    now = {
        "versions": {
            _moment(changes, p): changes.stored.uplink_ids[p] - 100 for p in changes.versions
        },
        "replaced": {_moment(changes, p): _reading(changes, p) for p in changes.replaced},
        "added": {_moment(changes, p): _reading(changes, p) for p in changes.added},
    }
    expected: dict[str, dict[Any, Any]] = {"versions": {}, "replaced": {}, "added": {}}
    for moment in {(r.series, r.moment) for r in readings}:
        here = sorted(r for r in readings if (r.series, r.moment) == moment)
        for what, value in _alone(here, kept.get(moment)).items():
            expected[what][moment] = value
    assert repr(_sorted(now)) == repr(_sorted(expected))
    assert len(changes.replaced) + len(changes.added) == len({**now["replaced"], **now["added"]})


def _alone(readings: list[Reading], kept: Kept | None) -> dict[str, Any]:
    giving = [r for r in readings if r.value is not None]
    if kept is None:
        return {"added": (giving[0].frame, giving[0].value)} if giving else {}
    free, version = kept.emptied, not kept.emptied_now
    result: dict[str, Any] = {}
    own = next((r for r in readings if r.frame == kept.frame), None)
    if own is not None:
        value, quality = (NAN, 9) if own.value is None else (own.value, own.quality)
        if repr((value, quality, 0)) != repr((kept.value, kept.quality, kept.tests)):
            result = {"versions": own.frame, "replaced": (own.frame, value)}
            free, version = own.value is None, False
        if own.value is not None:
            free = False
    filling = [r for r in giving if r is not own and r.value == r.value]
    if free and filling:
        result["replaced"] = (filling[0].frame, filling[0].value)
        if version:
            result["versions"] = kept.frame
    return result


def _moment(changes: Changes, place: int) -> tuple[int, int]:
    return int(changes.rows.series[place]), int(changes.rows.times_ns[place])


def _reading(changes: Changes, place: int) -> tuple[int, float]:
    return int(changes.rows.item[place]), float(changes.rows.values[place])


def _sorted(changes: dict[str, dict[Any, Any]]) -> list[Any]:
    return [
        (what, [(moment, int(v) if what == "versions" else v) for moment, v in sorted(c.items())])
        for what, c in sorted(changes.items())
    ]


def since(
    readings: Sequence[Reading],
    kept: dict[tuple[int, int], Kept],
    changed_until: dict[int, int] | None = None,
) -> int | None:
    """From which frame on datastream 0 differs."""
    divergence = Divergence()
    divergence.extend(2)
    divergence.interrupted(changed_until or {})
    frame = int(divergence.first_differences(*columns(readings, kept))[0])
    return frame if frame < 1000 else None


@pytest.mark.parametrize(
    ("reading", "kept", "differs"),
    [
        (Reading(3, 20.0), Kept(3, 20.0), False),
        (Reading(3, 20.0), Kept(3, 20.1), True),
        # flags that other readings gave are looked at only where something differs
        (Reading(3, 20.0), Kept(3, 20.0, quality=3, tests=4), False),
        # what the device says
        (Reading(3, 20.0, device=1), Kept(3, 20.0), True),
        (Reading(3, 20.0, device=1), Kept(3, 20.0, quality=3, tests=1), False),
        (Reading(3, 20.0, device=1), Kept(3, 20.0, quality=4, tests=1), True),
        (Reading(3, 20.0, device=1), Kept(3, 20.0, quality=4, tests=3), False),
        (Reading(3, 20.0, device=3), Kept(3, 20.0, quality=3, tests=16), False),
        (Reading(3, 20.0, device=3), Kept(3, 20.0, quality=3, tests=1), True),
        (Reading(3, 20.0, device=3), Kept(3, 20.0), True),
        (Reading(3, 20.0), Kept(3, 20.0, quality=3, tests=16), True),
        (Reading(3, 20.0, device=2), Kept(3, 20.0, quality=3, tests=1), True),
        (Reading(3, 20.0, device=2), Kept(3, 20.0, quality=4, tests=1), False),
        (Reading(3, NAN, device=2), Kept(3, quality=9, tests=1), False),
        (Reading(3, None), Kept(3, 20.0), True),
        (Reading(3, None), Kept(3, quality=9, tests=1), True),
        (Reading(3, None), Kept(3, quality=9), False),
        (Reading(3, None), None, False),
        (Reading(3, 20.0), None, True),
        # of another frame
        (Reading(3, 20.0), Kept(7, 21.0), False),
        (Reading(3, 20.0), EMPTIED, True),
        (Reading(3, NAN), EMPTIED, False),
        (Reading(3, None), EMPTIED, False),
        (Reading(3, 20.0, series=1), None, False),
    ],
)
def test_from_which_frame_on_a_datastream_differs(
    reading: Reading, kept: Kept | None, differs: bool
) -> None:
    stored = {} if kept is None else {(reading.series, 1): kept}
    equal = [Reading(1, 5.0, moment=8), Reading(9, 5.0, moment=9)]
    both = {(0, 8): Kept(1, 5.0), (0, 9): Kept(9, 5.0)}
    assert since([*equal, reading], stored | both) == (3 if differs else None)


def test_what_an_interrupted_run_changed_may_show_in_the_flags_behind_it() -> None:
    equal = [Reading(n, 5.0, moment=n) for n in range(1, 6)]
    kept = {(0, n): Kept(n, 5.0) for n in range(1, 6)}
    assert since(equal, kept) is None
    assert since(equal, kept, {0: 3}) == 4
    assert since(equal, kept, {1: 3}) is None


def test_what_has_diverged_is_flagged_from_the_first_frame_on() -> None:
    divergence = Divergence()
    divergence.extend(1)
    divergence.diverged[0] = True
    found = divergence.first_differences(*columns([Reading(2, 5.0)], {(0, 1): Kept(2, 5.0)}))
    assert found.tolist() == [0]
