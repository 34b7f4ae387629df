"""Runs `python -m regionhub ...` under libfaketime.

`time.sleep` waits for a moment of the monotonic clock, and libfaketime 0.9.10 refuses that when it
leaves this clock alone; `select` waits for a duration instead.
"""

from __future__ import annotations

import runpy
import select
import time

time.sleep = lambda seconds: select.select([], [], [], seconds)  # type: ignore[assignment]

runpy.run_module("regionhub", run_name="__main__", alter_sys=True)
