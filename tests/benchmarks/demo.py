"""How much memory the whole demo takes, by process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil

from regionhub.embedded import free_port


def demo_memory(data: Path) -> dict[str, float]:
    """Start the demo with ten days of history, wait until it is live; PSS in MB by process."""
    child = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "regionhub",
            "demo",
            "--days",
            "10",
            "--data",
            str(data),
            "--port",
            str(free_port()),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    try:
        for line in child.stderr:
            if line.startswith("live"):
                break
        time.sleep(5)
        sizes: Counter[str] = Counter()
        for process in _family(child.pid, data):
            sizes[_name(process)] += process.memory_full_info().pss
        sizes["all together"] = sum(sizes.values())
        return {name: size / 2**20 for name, size in sizes.items()}
    finally:
        child.terminate()
        child.wait(60)


def _family(pid: int, data: Path) -> list[psutil.Process]:
    own = psutil.Process(pid)
    servers = [
        process
        for process in psutil.process_iter()
        if str(data) in " ".join(process.cmdline()) and "postgres" in process.name()
    ]
    postgres = [each for server in servers for each in (server, *server.children(recursive=True))]
    return list({p.pid: p for p in (own, *own.children(recursive=True), *postgres)}.values())


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    if "postgres" in process.name():
        return "database"
    if "-m" in words and "regionhub" in words:
        return words[words.index("regionhub") + 1]
    return "broker"
