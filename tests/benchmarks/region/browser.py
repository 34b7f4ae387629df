"""How long the page of a site takes in a real Chromium, over loopback and over a village's line."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.region.place import Region
from tests.benchmarks.region.web import open_session
from tests.benchmarks.report import Figure
from tests.chromium import find_chromium, modules

_SCRIPT = Path(__file__).with_name("page.mjs")
#: Milliseconds until all curves are drawn, and kB over the line.
_LOOPBACK_MS, _LINE_MS, _KB = 400, 4000, 250
_LINE = {"kbit": 400, "ms": 300}


def browser_there() -> bool:
    """Whether Chromium and Node are installed."""
    return find_chromium() is not None and shutil.which("npm") is not None


def browser_figures(region: Region, rounds: int) -> list[Figure]:
    """Every visit is the first one: nothing is kept from the one before."""
    town = region.readers["town"]
    [site] = town.select("select min(site_id) as site_id from api.site where kind = 'tree'")
    task = {
        "url": f"http://127.0.0.1:{region.hub.http_port}/standorte/{site['site_id']}?zeitraum=60t",
        "token": open_session(town),
        "modules": str(modules(without="the page of a site was not measured")),
        "chromium": find_chromium(),
        "visits": rounds,
    }
    near, far = _visits(task), _visits(task | {"line": _LINE})
    name = "town: page of a tree of 60 days with its curves, first visit"
    line = f"{_LINE['kbit']} kbit/s, {_LINE['ms']} ms"
    return [
        Figure(f"{name}, loopback", "ms", [ms for ms, _ in near], at_most=_LOOPBACK_MS),
        Figure(f"{name}, {line}", "ms", [ms for ms, _ in far], at_most=_LINE_MS),
        Figure(f"{name}, over the line", "kB", [kb for _, kb in far], at_most=_KB),
    ]


def _visits(task: Mapping[str, object]) -> list[tuple[float, float]]:
    """Milliseconds and kB of each visit."""
    done = subprocess.run(
        ["node", str(_SCRIPT), json.dumps(task)], stdout=subprocess.PIPE, check=True
    )
    return [(visit["ms"], visit["bytes"] / 1000) for visit in json.loads(done.stdout)]
