"""`make mutants`: one fault after the other in the views; the tests must notice each of them."""

from __future__ import annotations

import argparse
import math
import random
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from regionhub.cli.assembly import schema
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.mutate import mutants_of
from tests.mutants.run import REFUSED, SURVIVED, Trials, Verdict
from tests.postgres import quick_postgres

_TESTS = Path(__file__).parents[1]
#: Tests of the views themselves. They are quick; interfaces are tested elsewhere.
_SUITE = (
    *sorted((_TESTS / "integration").glob("test_view_*.py")),
    *sorted((_TESTS / "features").glob("*/test_*.py")),
    _TESTS / "integration" / "test_absence.py",
)
_PYTEST = (
    *("-qq", "-s", "-m", "not timescale", "-p", "no:xdist", "-p", "no:cacheprovider"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # Hypothesis is in use here already
)


def main() -> int:
    """Run; 0 when every mutant that was tried was noticed."""
    parser = argparse.ArgumentParser(prog="make mutants ARGS=")
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin none after these")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the mutants")
    parser.add_argument("--first", type=int, default=0, help="number of the first one in it")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--of", default="", help="only of rooms and views whose name holds this")
    parser.add_argument("--verbose", action="store_true", help="what killed each mutant")
    options = parser.parse_args()
    every = [
        m for room in schema().rooms for m in mutants_of(room) if options.of in f"{m.room} {m.of}"
    ]
    random.Random(options.seed).shuffle(every)
    mutants = [mutant for mutant in every[options.first :] if mutant.key not in EQUIVALENT]
    print(
        f"seed {options.seed}: {len(mutants)} mutants, "
        f"{len(every) - options.first - len(mutants)} more change nothing",
        flush=True,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the processes end with this one
    verdicts: list[Verdict] = []

    def tell(verdict: Verdict) -> None:
        verdicts.append(verdict)
        if options.verbose or verdict.by == SURVIVED:
            print(f"{verdict.seconds:.1f} s {verdict.mutant}: {verdict.by}", flush=True)

    # a counterexample need not be small, nor kept for later runs
    settings.register_profile(
        "mutants", database=None, phases=(Phase.explicit, Phase.generate), derandomize=True
    )
    settings.load_profile("mutants")
    started = time.monotonic()
    with ExitStack() as stack:
        servers = [stack.enter_context(quick_postgres()) for _ in range(options.processes)]
        trials = Trials(servers, iter(mutants), options.seconds, tell)
        ended = pytest.main([*_PYTEST, *map(str, _SUITE)], plugins=[trials])
    if trials.failing != SURVIVED:
        print(f"without any mutant fails {trials.failing}")
        return 1
    found = _summary(verdicts, time.monotonic() - started)
    return found or int(ended)


def _summary(verdicts: list[Verdict], seconds: float) -> int:
    survived = [verdict for verdict in verdicts if verdict.by == SURVIVED]
    refused = sum(verdict.by == REFUSED for verdict in verdicts)
    killed = len(verdicts) - len(survived) - refused
    each = sum(verdict.seconds for verdict in verdicts) / max(1, len(verdicts))
    print(
        f"{len(verdicts)} mutants in {seconds:.0f} s, {each:.2f} s for each: {killed} killed, "
        f"{refused} refused by the database, {len(survived)} survived"
    )
    for verdict in survived:
        assert verdict.mutant is not None
        print(f"SURVIVED {verdict.mutant}\n    {verdict.mutant.place}")
    return 1 if survived or not verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
