"""What a process loads when it starts."""

from __future__ import annotations

import subprocess
import sys

#: Serves, ingests and works; what learns is loaded by the job that learns.
_PROCESSES = "regionhub.cli.serve, regionhub.cli.ingest, regionhub.cli.work"
_HEAVY = ("pandas", "sklearn", "scipy")


def test_no_process_starts_with_what_only_jobs_need() -> None:
    program = f"import sys, {_PROCESSES}; print(*(set({_HEAVY}) & set(sys.modules)))"
    said = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=120
    )
    assert said.stdout.split() == []
