"""`make mutants`: one fault after the other in the views; the tests must notice each of them."""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from regionhub.cli.assembly import schema
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.mutate import Mutant, mutants_of
from tests.mutants.near import everywhere, near
from tests.mutants.proven import PROVEN
from tests.mutants.run import Outcome, Trials, Verdict
from tests.postgres import quick_postgres

_PYTEST = (
    *("-qq", "-s", "-m", "not timescale", "-p", "no:xdist", "-p", "no:cacheprovider"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # Hypothesis is in use here already
)
#: A mutant by view and line, see `Mutant.key`.
Key = tuple[str, str]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants ARGS=")
    parser.add_argument("--seconds", type=float, default=math.inf, help="give up after these")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the mutants")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--of", default="", help="only of this: room, view or function, name")
    parser.add_argument(
        "--conditions", action="store_true", help="only what leaves a condition out"
    )
    parser.add_argument("--near", action="store_true", help="only tests of the room")
    parser.add_argument(
        "--proven",
        action="store_true",
        help="only conditions of what is in proven.py, of one room by the seed, as --near",
    )
    parser.add_argument("--log", type=Path, help="go on where the runs with this file ended")
    parser.add_argument("--verbose", action="store_true", help="what killed each mutant")
    return parser.parse_args()


def main() -> int:
    """Run; 0 when every mutant that was tried was noticed, 2 when the run itself is broken."""
    options = _options()
    conditions = options.conditions or options.proven
    every = [
        mutant
        for room in schema().rooms
        for mutant in mutants_of(room)
        if re.search(options.of, f"{mutant.room} {mutant.kind} {mutant.of}")
        and not (options.proven and mutant.of not in PROVEN)
        and (mutant.leaves_out or not conditions)
        and mutant.key not in EQUIVALENT
    ]
    if options.proven:
        rooms = sorted({mutant.room for mutant in every})
        every = [m for m in every if m.room == rooms[options.seed % len(rooms)]]
    before = _logged(options.log)
    mutants = [mutant for mutant in every if before.get(mutant.key, Outcome.SURVIVED) == "survived"]
    random.Random(options.seed).shuffle(mutants)
    mutants.sort(key=lambda mutant: mutant.key in before)  # known survivors last
    print(f"seed {options.seed}: {len(mutants)} of {len(every)} mutants", flush=True)
    verdicts: list[Verdict] = []

    def tell(verdict: Verdict) -> None:
        verdicts.append(verdict)
        if options.verbose or verdict.outcome is Outcome.SURVIVED:
            said = f"{verdict.mutant}: {verdict.outcome} {verdict.by}"
            print(f"{verdict.seconds:.1f} s {said}", flush=True)
        if options.log is not None:
            with options.log.open("a", encoding="utf-8") as log:
                log.write(json.dumps([*verdict.mutant.key, verdict.outcome, verdict.by]) + "\n")

    started = time.monotonic()
    suite = near(mutants) if options.near or options.proven else everywhere()
    broken = _run(mutants, suite, options, tell)
    _summary(verdicts, time.monotonic() - started)
    noticed = {v.mutant.key for v in verdicts if v.outcome is not Outcome.SURVIVED}
    whole = _whole(every, noticed | {key for key, said in before.items() if said != "survived"})
    if new := whole - PROVEN:
        print("every one is noticed of", *sorted(new))
    if broken:
        print(f"THE RUN IS BROKEN: {broken}")
        return 2
    return int(any(verdict.outcome is Outcome.SURVIVED for verdict in verdicts))


def _run(
    mutants: Sequence[Mutant],
    suite: Sequence[Path],
    options: argparse.Namespace,
    tell: Callable[[Verdict], None],
) -> str:
    """Try mutants; returns what is broken."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the processes end with this one
    # a counterexample need not be small, nor kept for later runs
    settings.register_profile(
        "mutants", database=None, phases=(Phase.explicit, Phase.generate), derandomize=True
    )
    settings.load_profile("mutants")
    with ExitStack() as stack:
        servers = [stack.enter_context(quick_postgres()) for _ in range(options.processes)]
        notes = options.log and options.log.with_suffix(".reads.json")
        trials = Trials(servers, iter(mutants), options.seconds, tell, notes)
        ended = pytest.main([*_PYTEST, *map(str, suite)], plugins=[trials])
    return trials.broken or (f"pytest ended with {ended!r}" if ended else "")


def _logged(log: Path | None) -> dict[Key, str]:
    if log is None or not log.exists():
        return {}
    rows = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    return {(of, place): outcome for of, place, outcome, _ in rows}


def _whole(every: Sequence[Mutant], noticed: set[Key]) -> set[str]:
    """Of what every mutant is noticed."""
    left = {mutant.of for mutant in every if mutant.key not in noticed}
    return {mutant.of for mutant in every} - left


def _summary(verdicts: Sequence[Verdict], seconds: float) -> None:
    found = Counter(verdict.outcome for verdict in verdicts)
    each = sum(verdict.seconds for verdict in verdicts) / max(1, len(verdicts))
    counts = ", ".join(f"{found[outcome]} {outcome}" for outcome in Outcome)
    print(f"\n{len(verdicts)} mutants in {seconds:.0f} s, {each:.2f} s for each: {counts}")
    for verdict in verdicts:
        if verdict.outcome is Outcome.SURVIVED:
            print(f"SURVIVED {verdict.mutant}\n    {verdict.mutant.place}")


if __name__ == "__main__":
    sys.exit(main())
