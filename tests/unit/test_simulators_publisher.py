"""Publishing to a broker on this machine, and the command around it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from itertools import islice

import pytest
from iotcore import Broker as EmbeddedBroker
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from typer.testing import CliRunner

from regionhub.cli.simulate import app, moment
from regionhub.errors import InputError
from regionhub.times import from_rfc3339
from regionhub_simulators.fleet import Fleet
from regionhub_simulators.model import SimulatedMessage
from regionhub_simulators.publisher import Broker, Publisher, PublishError
from regionhub_simulators.region import demo_region

REFERENCE_NS = from_rfc3339("2026-07-20T12:00:00Z")
HOUR_NS = 3600 * 10**9
SPAN = ["--since", "2026-07-20T10:00:00Z", "--until", "2026-07-20T12:00:00Z"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with EmbeddedBroker(port=(number := free_port()), listen="127.0.0.1"):
        yield number


def test_everything_published_arrives_in_order(port: int) -> None:
    fleet = Fleet(demo_region(towns=["soest"]).devices, reference_ns=REFERENCE_NS, days=1)
    sent = list(fleet.messages(REFERENCE_NS - 2 * HOUR_NS, REFERENCE_NS))
    received: list[tuple[str, bytes]] = []
    complete, subscribed = threading.Event(), threading.Event()

    def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
        received.append((message.topic, bytes(message.payload)))
        if len(received) == len(sent):
            complete.set()

    listener = Client(CallbackAPIVersion.VERSION2)
    listener.on_message = on_message
    listener.on_subscribe = lambda *_: subscribed.set()
    listener.connect("127.0.0.1", port)
    listener.loop_start()
    listener.subscribe("#", qos=1)
    assert subscribed.wait(5)
    with Publisher(Broker("127.0.0.1", port), in_flight=20) as publisher:
        reports: list[int] = []
        publisher.publish(sent, on_progress=lambda progress: reports.append(progress.sent))
    assert complete.wait(5)
    listener.disconnect()
    listener.loop_stop()
    assert received == [(message.topic, message.body) for message in sent]
    assert publisher.progress.confirmed == publisher.progress.sent == len(sent) == reports[-1]


def test_speed_paces_and_stop_stops(port: int) -> None:
    fleet = Fleet(demo_region(towns=["soest"]).devices, reference_ns=REFERENCE_NS, days=1)
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)

    def messages() -> Iterator[SimulatedMessage]:
        live = fleet.live(REFERENCE_NS)
        first = next(live)  # takes a while: the simulation begins here
        timer.start()
        yield first
        yield from live

    with Publisher(Broker("127.0.0.1", port), stop=stop) as publisher:
        progress = publisher.publish(messages(), speed=3600)
    timer.join()
    assert progress.simulated_ns is not None
    assert progress.simulated_ns < REFERENCE_NS + HOUR_NS
    assert 0 < progress.sent < 200


def test_what_is_due_goes_at_once_and_nothing_goes_early(port: int) -> None:
    fleet = Fleet(demo_region(towns=["soest"]).devices, reference_ns=REFERENCE_NS, days=1)
    coming = list(islice(fleet.live(REFERENCE_NS), 3))
    stop = threading.Event()
    with Publisher(Broker("127.0.0.1", port), stop=stop) as publisher:
        timer = threading.Timer(0.3, stop.set)
        timer.start()
        begin_ns = coming[1].sent_ns
        assert publisher.publish(coming, speed=1.0, begin_ns=begin_ns).sent == 2
        timer.join()


def test_nobody_at_that_address() -> None:
    with pytest.raises(PublishError, match="No MQTT broker answers"):
        Publisher(Broker("127.0.0.1", free_port())).__enter__()


def test_broker_urls() -> None:
    assert Broker.from_url("mqtts://a%40b:p%3Aw@h.example:99") == Broker(
        "h.example", 99, "a@b", "p:w", tls=True
    )
    assert Broker.from_url("mqtt://localhost").port == 1883
    for bad in ("localhost:1883", "http://x", "mqtt://h:port"):
        with pytest.raises(InputError):
            Broker.from_url(bad)


def test_moments() -> None:
    assert moment("now", 5) == 5
    assert moment("1.5h", REFERENCE_NS) == REFERENCE_NS - 3 * HOUR_NS // 2
    assert moment("2026-07-20T12:00:00Z", 0) == REFERENCE_NS
    with pytest.raises(InputError, match="yesterday"):
        moment("yesterday", 0)


def test_dry_run_prints_the_same_json_lines_every_time() -> None:
    arguments = ["--dry-run", "--speed", "0", "--town", "Olpe", *SPAN]
    first, second = (CliRunner().invoke(app, arguments) for _ in range(2))
    assert first.exit_code == 0
    lines = [json.loads(line) for line in first.stdout.splitlines()]
    assert {line["tenant"] for line in lines} == {"olpe"}
    assert first.stdout == second.stdout


def test_the_command_publishes_and_counts(port: int) -> None:
    result = CliRunner().invoke(
        app, ["--broker", f"mqtt://127.0.0.1:{port}", "--speed", "0", *SPAN]
    )
    assert result.exit_code == 0
    assert "confirmed" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scenario", "frost"], "no scenario"),
        (["--town", "Siegen"], "No town"),
        (["--broker", "localhost"], "mqtt://host:port"),
        (["--since", "1h", "--until", "2h"], "before it begins"),
    ],
)
def test_wrong_options_are_explained(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(app, ["--speed", "0", "--since", "1h", *arguments])
    assert result.exit_code == 1
    assert words in result.stderr
