"""How fast a waiting queue of uplinks is committed."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.benchmarks.messages import uplink
from tests.benchmarks.stack import READINGS_PER_UPLINK, Stack


class Rate(float):
    """Uplinks per second."""

    @property
    def readings_per_second(self) -> float:
        """Each uplink carries the same number of readings."""
        return self * READINGS_PER_UPLINK


def drain(hub: Stack, uplinks: int, round_number: int) -> Rate:
    """Queue uplinks at the broker while ingest is away, then start it and time the commits."""
    with hub.process("ingest"):  # its session has to be there, or the broker keeps nothing
        hub.wait_connected()
    hub.owner.execute("update core.source_state set connected_since = null")
    publish(hub, uplinks, round_number)
    before = hub.counted()
    with hub.process("ingest"):
        hub.wait_for(before + 1)
        first, started = hub.counted(), time.perf_counter()
        hub.wait_for(before + uplinks)
        seconds = time.perf_counter() - started
    return Rate((before + uplinks - first) / seconds)


def publish(hub: Stack, uplinks: int, round_number: int) -> None:
    """Send uplinks of all devices in turn, ten minutes apart, each round after the one before."""
    url = urlsplit(hub.brokers.v5)
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.max_inflight_messages_set(1000)
    client.connect(str(url.hostname), url.port or 0)
    client.loop_start()
    count = len(hub.devices)
    begin = time.time() - 86_400 * 50 + round_number * 86_400 * 9
    info = None
    for number in range(uplinks):
        eui = hub.devices[number % count]
        turn = number // count
        body = uplink(
            eui,
            round_number * 10_000 + turn,
            begin + turn * 600 + number % count / 10,
            20 + turn % 15,
        )
        info = client.publish(hub.topic(number % count), body, qos=1)
        if number % 1000 == 999:
            info.wait_for_publish(60)
    if info is not None:
        info.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
