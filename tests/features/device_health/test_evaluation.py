"""Faults of a simulated fleet are found: the evaluation of docs/device-health.md, small."""

from __future__ import annotations

from regionhub.cli.health import EXPECTED, Evaluation, evaluate
from regionhub_simulators.labelled import labelled_region
from regionhub_simulators.model import Fault

#: Its device with spikes sends every twenty minutes: there are always some.
_SEED = 6


def test_each_fault_is_found_and_no_other(database_url: str) -> None:
    found = Evaluation()
    region = labelled_region(seed=_SEED, each=1, most=4)
    evaluate(database_url, region, seed=_SEED, days=12, found=found)
    said: dict[tuple[Fault | None, str], int] = {(None, "online"): 4}
    said.update(dict.fromkeys(EXPECTED.items(), 1))
    assert found.said == said
    for fault in EXPECTED:
        score = found.score(fault)
        assert (score.precision, score.recall) == (1, 1)


def test_what_is_wrong_and_what_is_missed_counts() -> None:
    found = Evaluation()
    found.said.update(
        [(Fault.SILENT, "silent"), (Fault.SILENT, "late"), (None, "silent"), (None, "online")]
    )
    score = found.score(Fault.SILENT)
    assert (score.right, score.wrong, score.missed) == (1, 1, 1)
    assert (score.precision, score.recall) == (0.5, 0.5)
