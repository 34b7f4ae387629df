"""Devices that send and are not registered, and which models they may be."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import nullcontext

from tests.shipped import PROFILES
from tests.town import Town
from tests.world import World

from regionhub.cli.waiting import read_message
from regionhub.features.onboarding.unknown import Unknown, ask_for_late, likely, unknown_devices
from regionhub.store.database import Database
from regionhub.store.jobs import Locks, Work
from regionhub.uplinks import Uplink

EUI = "a84041fff5000001"
SIXTY = bytes(60)


def message(payload: bytes, f_port: int) -> bytes:
    return json.dumps(
        {
            "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f92001",
            "deviceInfo": {"devEui": EUI},
            "fCnt": 7,
            "fPort": f_port,
            "data": b64encode(payload).decode(),
            "rxInfo": [{"gatewayId": "0016c001f1500001", "rssi": -97, "snr": 7.5}],
        }
    ).encode()


def found(town: Town) -> list[Unknown]:
    with town.acting() as connection:
        return unknown_devices(connection, town.tenant_id, PROFILES, read_message)


def waits(town: Town, body: bytes) -> None:
    topic = f"application/1/device/{EUI}/event/up"
    town.dead_letter("unknown_device", dev_eui=EUI, topic=topic, body=body, copies=2)


def test_what_its_frame_says(world: World) -> None:
    town = world.town()
    profile = PROFILES["dragino/lse01"]
    example = next(one for one in profile.examples if one.measurements)
    waits(town, message(example.payload, example.f_port))
    [one] = found(town)
    assert (one.sender.dev_eui, one.sender.messages) == (EUI, 2)
    assert (one.f_port, one.length) == (example.f_port, len(example.payload))
    assert list(one.gateways) == ["0016c001f1500001"]
    assert profile in one.likely


def test_one_of_the_same_maker_comes_first(world: World) -> None:
    profile = PROFILES["dragino/lse01"]
    example = next(one for one in profile.examples if one.measurements)
    frame = Uplink(EUI, 0, "event", example.f_port, example.payload)
    assert likely([frame], PROFILES, of_maker=[profile.id])[0] == profile


def test_a_frame_of_no_known_shape(world: World) -> None:
    town = world.town()
    waits(town, message(SIXTY, 199))
    [one] = found(town)
    assert (one.length, list(one.likely)) == (60, [])


def test_what_is_registered_meanwhile_is_not_unknown_any_more(world: World) -> None:
    town, other = world.town(), world.town()
    waits(town, b"what nobody can read")
    assert [one.f_port for one in found(town)] == [None]
    assert found(other) == []
    town.device(dev_eui=EUI)
    assert found(town) == []


def test_what_came_while_a_device_was_registered_is_asked_for_once(world: World) -> None:
    town, other = world.town(), world.town()
    database = Database("postgresql://nobody@nowhere/none")
    work = Work(owner=lambda: nullcontext(world.owner), database=database, locks=Locks(database))

    def asked() -> list[dict[str, object]]:
        ask_for_late(work)
        return world.select("select tenant_id, kind, letter_reason, state from core.replay")

    waits(town, b"{}")
    waits(other, b"{}")
    assert asked() == []
    town.device(dev_eui=EUI)
    once = {
        "tenant_id": town.tenant_id,
        "kind": "dead_letters",
        "letter_reason": "unknown_device",
        "state": "waiting",
    }
    assert asked() == asked() == [once]
    world.owner.execute("update core.replay set state = 'done', finished_at = now()")
    world.owner.execute("update core.dead_letter set attempted_at = now()")
    assert asked() == [once | {"state": "done"}]
