"""What happens is written to stderr, as long as that can be written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from regionhub.observability import configure_logging, get_logger


def test_an_event_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    get_logger(__name__).warning("database_unavailable", detail="gone")
    [line] = capsys.readouterr().err.splitlines()
    written = json.loads(line)
    assert (written["event"], written["detail"]) == ("database_unavailable", "gone")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_log_that_cannot_be_written_ends_no_process(log_format: str) -> None:
    program = (
        "from regionhub.observability import configure_logging, get_logger\n"
        f"configure_logging({log_format!r})\n"
        "for i in range(9000):\n"
        "    try: 1 / 0\n"
        "    except ZeroDivisionError: get_logger('x').exception('failed')\n"
        "    get_logger('x').warning('again', number=i)\n"
        "print('went on')\n"
    )
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", program], stderr=full, stdout=subprocess.PIPE, check=False
        )
    assert (ended.returncode, ended.stdout) == (0, b"went on\n")
