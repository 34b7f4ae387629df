from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from regionhub.embedded import embedded_postgres


def test_the_server_stops_with_the_last_one_even_after_somebody_was_killed(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with embedded_postgres(folder):
        pass
    (folder / ".handle_pids.json").write_text(f"[{gone.pid}]")
    with embedded_postgres(folder):
        assert (folder / "postmaster.pid").exists()
    assert not (folder / "postmaster.pid").exists()
