"""From an empty town to the first value of one real frame, by the portal alone, in a browser."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.chromium import find_chromium, modules
from tests.pages import Portal
from tests.requirement import not_here
from tests.shipped import PROFILES
from tests.town import PASSWORD

from regionhub.cli.work import process_requests
from regionhub.settings import Settings
from regionhub.store.database import Database

pytestmark = pytest.mark.browser

UNTRIED = "registering was not tried in a browser"
EUI, MODEL = "a84041fff4000001", "dragino/lse01"
FILE = f"DevEUI;Standort;Art\n{EUI[:-1]}2;Eiche;Baum\n12;Esche;Baum\n"


def frame(payload: bytes, when: datetime) -> bytes:
    """A message of ChirpStack."""
    return json.dumps(
        {
            "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f92001",
            "time": when.isoformat(),
            "deviceInfo": {"devEui": EUI},
            "devAddr": "01a4c3f2",
            "fCnt": 7,
            "fPort": 2,
            "data": base64.b64encode(payload).decode(),
            "rxInfo": [{"gatewayId": "0016c001f1500001", "rssi": -97, "snr": 7.5}],
        }
    ).encode()


@pytest.fixture
def report(own_portal: Portal) -> dict[str, Any]:
    """What the walk saw."""
    chromium = find_chromium()
    if chromium is None:
        not_here(f"{UNTRIED}: chromium not found")
    own_portal.hub.app.state.profiles = PROFILES
    world = own_portal.world
    town = world.town(name="Musterstadt", latitude=51.4, longitude=8.0)
    example = next(one for one in PROFILES[MODEL].examples if one.f_port == 2 and one.measurements)
    heard = world.ago(minutes=9)
    body = frame(example.payload, heard)
    town.dead_letter(
        "unknown_device", dev_eui=EUI, topic=f"application/1/device/{EUI}/event/up",
        body=body, first_received_at=heard, last_received_at=heard,
    )  # fmt: skip
    task = {
        "url": own_portal.url,
        "modules": str(modules(without=UNTRIED)),
        "chromium": chromium,
        "login": town.account("editor"),
        "password": PASSWORD,
        "eui": EUI,
        "model": MODEL,
        "file": FILE,
        "screenshots": os.environ.get("REGIONHUB_TEST_SCREENSHOTS"),
    }
    script = Path(__file__).parent / "walk.mjs"
    with subprocess.Popen(
        ["node", str(script), json.dumps(task)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.strip() == "PROCESS":
                with Database(own_portal.hub.owner_url, size=2, role="ingest") as database:
                    process_requests(Settings(), database, threading.Event())
            else:
                print(line, end="")
        output, _ = process.communicate(timeout=120)
    found: dict[str, Any] = json.loads(output)
    return found


def test_from_an_empty_town_to_the_first_value(report: dict[str, Any]) -> None:
    assert "Bodenfeuchte" in report["value"]
    assert "Linde am Markt" in report["site"]
    assert report["steps"][-1] == "taken"
    assert report["violations"] == []
    assert report["overflow"] == []
    assert [line for line in report["console"] if "422" not in line] == []
