"""Mutants that no test can tell from the views as they are, each with the reason.

The key is the view and the line with the change in it, as `Mutant.key` gives it: a line that is
rewritten has to be thought about anew.
"""

from __future__ import annotations

EQUIVALENT: dict[tuple[str, str], str] = {}
