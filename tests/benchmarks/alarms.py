"""How long an alarm takes: from the publish of a reading until its message is at the channel.

Everything between runs as in production: broker, ingest, decisions, rules, outbox. The channel is
a webhook on this machine.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from tests.benchmarks.messages import PROFILE, Fleet, topic
from tests.benchmarks.publisher import Publisher
from tests.benchmarks.region.place import Region
from tests.benchmarks.report import Figure
from tests.benchmarks.stack import APPLICATION
from tests.benchmarks.usage import watch
from tests.features.alarms.standins import StandIn, standin
from tests.town import KEY_FILE, SECRETS, Town

#: Each sends every six seconds; one of four hangs at a gauge.
_DEVICES, _GAUGES = 6_000, 4
_RULES = 10_000
#: People with a chain of their own, so that messages are not bundled.
_PEOPLE = 400
_RATE = 1000
_SECONDS = 60
#: The device of one of so many uplinks is flooded from that one on.
_FLOODS = 251
_TICK_SECONDS = 0.005
_PATIENCE_SECONDS = 400
#: Stage 2, and the limit of the others, in cm and hPa: dry ones stay below 210 cm.
_LIMIT = 250.0
_PLACE = re.compile(r"Ort (\d{5})")


def alarm_figures(place: Region) -> list[Figure]:
    """A minute of readings; one in 251 begins a flood that a rule is waiting for."""
    with standin() as service:
        kinds = _set_up(place, service)
        work = place.hub.process(
            "work", REGIONHUB_KEY_FILE=str(KEY_FILE), REGIONHUB_ALARM_NETWORKS="127.0.0.0/8"
        )
        fleet = Fleet(time.time(), _DEVICES)
        with ExitStack() as running:
            ingest = running.enter_context(place.hub.process("ingest"))
            _introduce(place, fleet, ingest)
            worker = running.enter_context(work)
            _wait_decided(place)
            pids = {
                "ingest": ingest.pid,
                "work": worker.pid,
                "database": place.hub.database_pid,
                "broker": place.hub.broker.pid,
            }
            cpu, began = watch(pids), time.perf_counter()
            published = _publish(place, fleet, kinds)
            took = time.perf_counter() - began
            busy = {part: spent / took for part, spent in cpu().items()}
            heard = _heard(service, len(published))
    delays: dict[str, list[float]] = {kind: [] for kind in sorted(set(kinds.values()))}
    for device, clock in published.items():
        delays[kinds[device]].append(heard.get(device, float("inf")) - clock)
    name = f"reading to message, {_RATE:,} uplinks/s, {_RULES:,} rules"
    return [
        *(
            figure
            for kind, each in delays.items()
            for figure in (
                Figure(f"{name}: {kind}, p50", "s", [_part(each, 0.5)], f"{len(each)} alarms"),
                Figure(f"{name}: {kind}, p95", "s", [_part(each, 0.95)], at_most=5),
                Figure(f"{name}: {kind}, longest", "s", [max(each)]),
            )
        ),
        *(Figure(f"kept busy meanwhile, {part}", "cores", [each]) for part, each in busy.items()),
    ]


def _part(values: Sequence[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)]


def _set_up(place: Region, service: StandIn) -> dict[int, str]:
    """A town with its fleet, people and rules; returns the kind of rule that waits for a device."""
    town = place.world.town("alarms")
    town.source(broker_url=place.hub.broker.url, topics=[topic(APPLICATION, "+")])
    sites = _installed(town)
    chains = [_person(town, f"json://{service.host}/{number}") for number in range(_PEOPLE)]
    usual = {"tenant_id": town.tenant_id, "enabled": True}
    kinds: dict[int, str] = {}
    rules: list[dict[str, Any]] = []
    for device, site in enumerate(sites):
        stage = device % _GAUGES == 0
        of = {
            "name": f"Regel {device:05}",
            "chain_id": chains[device % _PEOPLE],
            "site_ids": [site],
        }
        if stage:
            of |= {"kind": "signal", "signal": "gauges", "level": 2}
        else:
            of |= {"kind": "threshold", "quantity": "pressure_difference", "limit_value": _LIMIT}
        rules.append(
            {"signal": None, "quantity": None, "limit_value": None, "level": 1} | usual | of
        )
        kinds[device] = "stage" if stage else "value"
    for rule in rules[: _RULES - 2 - len(rules)]:
        warm = {"kind": "threshold", "quantity": "water_temperature", "limit_value": 60.0}
        rules.append(rule | {"signal": None, "name": f"{rule['name']} warm"} | warm)
    place.world.add_all("core.alarm_rule", rules)
    every = usual | {"chain_id": _person(town, f"json://{service.host}/all"), "level": 1}
    steep = {"kind": "rate", "quantity": "pressure_difference", "limit_value": 1e9, "minutes": 60}
    place.world.add("core.alarm_rule", **every, name="Anstieg", site_kind="gauge", **steep)
    silence = {"kind": "silence", "silent": "device", "minutes": 60}
    place.world.add("core.alarm_rule", **every, name="Stille", **silence)
    place.owner.execute("vacuum analyze")
    return kinds


def _installed(town: Town) -> list[int]:
    """The sites of the fleet's devices, in their order."""
    world, of = town.world, {"tenant_id": town.tenant_id}
    town.devices(Fleet(0, _DEVICES).devices, PROFILE)
    stages = {"stage_1_cm": 230.0, "stage_2_cm": _LIMIT, "stage_3_cm": 500.0}
    rows: list[dict[str, Any]] = []
    for device in range(_DEVICES):
        gauge = device % _GAUGES == 0
        held = stages if gauge else dict.fromkeys(stages)
        kind = "gauge" if gauge else "weather"
        where = {"latitude": 51 + device / 1e5, "longitude": 8 + device % 100 / 100}
        rows.append({"name": f"Ort {device:05}", "kind": kind, **where, **held} | of)
    world.add_all("core.site", rows)
    found = world.select(
        "select s.site_id, d.device_id from core.site s join core.device d "
        "on d.dev_eui = '20635f02' || lpad(to_hex(right(s.name, 5)::integer), 8, '0') "
        "where s.tenant_id = %s order by s.name",
        town.tenant_id,
    )
    hung = of | {"from_time": world.ago(minutes=1), "mounting_height_cm": 0}
    world.add_all("core.installation", [row | hung for row in found])
    return [row["site_id"] for row in found]


def _person(town: Town, address: str) -> int:
    """Somebody with a chain of their own."""
    add, of = town.world.add, {"tenant_id": town.tenant_id}
    name = {"name": address, "shown": address, "address": SECRETS.seal(address)}
    contact = add("core.alarm_contact", **of, **name)["contact_id"]
    chain = add("core.alarm_chain", **of, name=address, minutes=1440)["chain_id"]
    add("core.alarm_chain_step", **of, chain_id=chain, step=1, contact_id=contact)
    return int(chain)


def _introduce(place: Region, fleet: Fleet, ingest: subprocess.Popen[bytes]) -> None:
    """One uplink of each device, so that what it measures is known."""
    place.hub.wait_connected(ingest)
    for some in (500, _DEVICES - 500):
        with Publisher(place.hub.broker.port) as publisher:
            publisher.publish(fleet.messages(APPLICATION, some, at=time.time()))
            publisher.finish()
        place.hub.wait_for(fleet.sent, ingest, _PATIENCE_SECONDS)
        # plans that were made while tables were empty last until they are analysed
        place.owner.execute("vacuum analyze")


def _wait_decided(place: Region) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while place.world.select("select from core.touched where until is null limit 1"):
        if time.monotonic() > deadline:
            raise TimeoutError("not all sites were decided about")
        time.sleep(0.5)


def _publish(place: Region, fleet: Fleet, kinds: dict[int, str]) -> dict[int, float]:
    """Publish at a steady rate; returns when each flood began."""
    begun: dict[int, float] = {}
    with Publisher(place.hub.broker.port) as publisher:
        started, sent = time.perf_counter(), 0
        while sent < _RATE * _SECONDS:
            time.sleep(_TICK_SECONDS)
            due = int((time.perf_counter() - started) * _RATE) - sent
            for number in range(fleet.sent, fleet.sent + due):
                device = number % _DEVICES
                if number % _FLOODS == 0 and device in kinds and device not in begun:
                    fleet.flooded.add(device)
                    begun[device] = time.perf_counter()
            publisher.publish(fleet.messages(APPLICATION, due, at=time.time()))
            sent += due
        publisher.finish()
    return begun


def _heard(service: StandIn, alarms: int) -> dict[int, float]:
    """When the first message about each place came."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        heard: dict[int, float] = {}
        for path, clock, got in zip(service.paths, service.clocks, service.got, strict=False):
            for found in _PLACE.findall(got["title"] + got["message"]) if path != "/all" else ():
                heard.setdefault(int(found), clock)
        if len(heard) >= alarms or time.monotonic() > deadline:
            return heard
        time.sleep(0.5)
