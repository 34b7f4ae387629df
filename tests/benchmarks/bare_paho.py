"""What the MQTT client alone can do: a subscriber that acknowledges at once and counts.

Runs as a process of its own, as ingest does, with the same session, version and Receive Maximum.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from regionhub_ingest.sessions import IN_FLIGHT
from tests.benchmarks.messages import topic
from tests.benchmarks.stack import Stack

_APPLICATION = "1d4e7b90-5a2c-4f68-b3d1-8c0f9e6a7b52"
_CLIENT = "bare-paho"


@dataclass(frozen=True)
class Bare:
    """How a round of the bare client went."""

    per_second: float
    cpu_seconds_per_1000: float


def bare_drain(hub: Stack, messages: int) -> Bare:
    """Queue as many messages as ingest gets and let the bare client take them."""
    open_session(hub, _CLIENT, _APPLICATION)
    hub.queue(messages, _APPLICATION)
    result = json.loads(_child(hub, _CLIENT, _APPLICATION, messages))
    return Bare((messages - 1) / result["seconds"], result["cpu_seconds"] / (messages - 1) * 1000)


def open_session(hub: Stack, client_id: str, application: str) -> None:
    """Subscribe under this name and go, so that the broker keeps what comes."""
    _child(hub, client_id, application, 0)


def _child(hub: Stack, client_id: str, application: str, messages: int) -> bytes:
    arguments = [str(hub.broker.port), client_id, topic(application, "+"), str(messages)]
    command = [sys.executable, "-m", __spec__.name, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=600).stdout


def _subscribe(port: int, client_id: str, topics: str, messages: int) -> None:
    """Take this many messages and print the time from the first to the last; 0: only subscribe."""
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=paho.MQTTv5,
        manual_ack=True,
    )
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 0xFFFFFFFF
    properties.ReceiveMaximum = IN_FLIGHT
    count = 0
    began = cpu_began = 0.0

    def on_message(client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:
        nonlocal count, began, cpu_began
        client.ack(message.mid, message.qos)
        count += 1
        if count == 1:
            began, cpu_began = time.perf_counter(), time.process_time()
        if count == messages:
            print(
                json.dumps(
                    {
                        "seconds": time.perf_counter() - began,
                        "cpu_seconds": time.process_time() - cpu_began,
                    }
                )
            )
            client.disconnect()

    client.on_message = on_message
    client.on_connect = lambda client, *_: client.subscribe(topics, 1)
    if messages == 0:
        client.on_subscribe = lambda client, *_: client.disconnect()
    client.connect("127.0.0.1", port, clean_start=False, properties=properties)
    client.loop_forever()


if __name__ == "__main__":
    _subscribe(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
