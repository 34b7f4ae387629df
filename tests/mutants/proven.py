"""Views and functions of which the tests near them notice whatever condition is left out.

A run of `make mutants ARGS="--near --conditions --of <room or view>"` has shown it. `.ci/run` tries
some of these, others each day. What is not here may have conditions that no test needs.
"""

from __future__ import annotations

PROVEN: frozenset[str] = frozenset()
