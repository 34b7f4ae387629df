"""What a real Mosquitto answers becomes a problem with a name, in ingest and in the probe."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from paho.mqtt import publish
from tests.ingest.conftest import until
from tests.mosquitto import PASSWORD, Mosquitto, mosquitto

from regionhub.devices import Source
from regionhub.problems import SOURCE_PROBLEMS
from regionhub_ingest.arrival import ArrivalClock
from regionhub_ingest.inbox import Inbox
from regionhub_ingest.mqtt import Delivery, SourceConnection
from regionhub_ingest.mqtt_client import MAX_PACKET_BYTES
from regionhub_ingest.probe import probe
from regionhub_ingest.refusals import subscription_refusal, unreachable

pytestmark = pytest.mark.mosquitto


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as running:
        yield running


@pytest.fixture
def source(broker: Mosquitto, protocol: str) -> Source:
    return Source(
        source_id=1,
        tenant_id=1,
        tenant="arnsberg",
        name="lns",
        format="chirpstack-v4",
        broker_url=f"mqtt://127.0.0.1:{broker.plain}",
        topics=("town/#",),
        protocol=protocol,
        username="town",
        password=PASSWORD,
    )


@pytest.fixture(params=["5", "3.1.1"])
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def wrong(broker: Mosquitto, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A change that makes a source wrong; ports are filled in."""
    changes: dict[str, Any] = dict(request.param)
    if "broker_url" in changes:
        changes["broker_url"] = changes["broker_url"].format(plain=broker.plain, tls=broker.tls)
    return changes


WRONG = [
    ({"broker_url": "mqtt://127.0.0.1:1"}, "broker_unreachable"),
    ({"broker_url": "mqtt://nowhere.invalid"}, "address_unknown"),
    ({"broker_url": "mqtt://[::1"}, "address_invalid"),
    ({"broker_url": "mqtts://127.0.0.1:{plain}"}, "tls_failed"),
    ({"broker_url": "mqtts://127.0.0.1:{tls}"}, "tls_failed"),
    ({"broker_url": "mqtt://127.0.0.1:{tls}"}, "closed_at_once"),
    ({"password": "wrong"}, "wrong_password"),
    ({"username": None, "password": None}, "login_missing"),
    ({"topics": ("town/#/up",)}, "topic_invalid"),
]


# paho leaves the socket of a failed TLS handshake to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("wrong", "problem"), WRONG, indirect=["wrong"])
def test_what_is_wrong_has_a_name(source: Source, wrong: dict[str, Any], problem: str) -> None:
    changed = replace(source, **wrong)
    tried = probe(changed)
    assert tried is not None
    assert tried[0] == problem
    connection = SourceConnection(
        changed, Inbox(100, 2**20, len), ArrivalClock(), client_id="test-wrong"
    )
    connection.start()
    try:
        until(lambda: connection.status.problem != "connecting")
        assert (connection.status.problem, connection.status.problem_detail) == tried
        assert connection.status.connected_since is None
    finally:
        connection.stop()
    assert PASSWORD not in str(tried)


def test_mosquitto_does_not_say_that_a_topic_is_not_permitted(source: Source) -> None:
    # it grants the subscription and never sends anything: only silence tells
    assert probe(replace(source, username="stranger")) is None


def test_a_probe_leaves_the_session_of_ingest_alone(source: Source) -> None:
    connection = SourceConnection(
        source, Inbox(100, 2**20, len), ArrivalClock(), client_id="test-session"
    )
    connection.start()
    try:
        until(lambda: connection.status.connected_since is not None)
        since = connection.status.connected_since
        assert probe(source) is None
        assert connection.status.connected_since == since
        assert connection.status.problem is None
    finally:
        connection.stop()


def test_two_clients_of_one_name_are_told_apart_from_a_bad_network(source: Source) -> None:
    # Mosquitto closes the older connection without a word: that it happens again and again tells
    first, second = (
        SourceConnection(source, Inbox(100, 2**20, len), ArrivalClock(), client_id="test-same")
        for _ in range(2)
    )
    try:
        first.start()
        second.start()
        until(lambda: first.status.problem == "session_taken_over")
        until(lambda: first.status.connected_since is not None)
        assert first.status.problem == "session_taken_over", "connected again, but not for long"
    finally:
        first.stop()
        second.stop()


def test_a_broker_that_sends_too_much_is_hung_up_on(source: Source, broker: Mosquitto) -> None:
    inbox: Inbox[Delivery] = Inbox(100, 2**20, lambda delivery: len(delivery.envelope.body))
    connection = SourceConnection(source, inbox, ArrivalClock(), client_id=f"l{source.protocol}")
    connection.start()
    try:
        until(lambda: connection.status.connected_since is not None)
        login: Any = {"username": "town", "password": PASSWORD}
        for body in (b"x" * (MAX_PACKET_BYTES + 1), b"small"):
            publish.single(
                "town/x", body, qos=1, hostname="127.0.0.1", port=broker.plain, auth=login
            )
        if source.protocol == "5":  # such a broker knows what we take
            assert [d.envelope.body for d in inbox.take(2, 10)] == [b"small"]
        else:
            until(lambda: connection.status.problem == "packet_too_large")
    finally:
        connection.stop(forget=True)


class _Reason:
    def __init__(self, value: int) -> None:
        self.value = value
        self.is_failure = value >= 0x80


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([0x00, 0x01], None),
        ([0x00, 0x87], ("topic_not_permitted", "b/#")),
        ([0x80, 0x87], ("topic_not_permitted", "a/#, b/#")),
        ([0x8F, 0x00], ("topic_invalid", "a/#")),
        ([0x9E, 0x9E], ("sharing_not_supported", "a/#, b/#")),
    ],
)
def test_a_refused_subscription_names_its_topics(values: list[int], problem: Any) -> None:
    assert subscription_refusal(("a/#", "b/#"), [_Reason(value) for value in values]) == problem


@pytest.mark.parametrize("protocol", ["5"], indirect=True)
def test_every_network_error_has_a_name(source: Source) -> None:
    for error in (OSError(), TimeoutError(), ssl.SSLError(1, "x"), None, OSError(113, "No route")):
        problem, detail = unreachable(error, source)
        assert problem in SOURCE_PROBLEMS
        assert detail
