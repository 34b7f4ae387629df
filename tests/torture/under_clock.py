"""`python -m tests.torture.under_clock FILE ...`: `python -m regionhub ...` under that clock."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from tests.torture.clock import follow

follow(Path(sys.argv.pop(1)))
runpy.run_module("regionhub", run_name="__main__", alter_sys=True)
