"""ChirpStack v4 with binary protobuf: the same events, told by the topic."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.messages import arrived
from tests.unit.wire import chirpstack_event, chirpstack_up, field, timestamp

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.times import from_rfc3339
from regionhub.uplinks import DeviceEvent, Ignored, Message, Reception, Uplink
from regionhub_ingest.formats import parse

TOPIC = "application/6f1c2a58-0d7e-4b3e-9a51-2f0f6f6f4c01/device/24e124136d0c0417/event/{}"


def read(body: bytes, event: str = "up", *, topic: str | None = None) -> Message:
    topic = TOPIC.format(event) if topic is None else topic
    return parse("chirpstack-v4", Envelope(topic=topic, body=body, arrival=arrived(None)))


def up(*fields: bytes) -> Uplink:
    message = read(chirpstack_up(*fields))
    assert isinstance(message, Uplink)
    return message


def test_an_uplink() -> None:
    assert up() == Uplink(
        dev_eui="24e124136d0c0417",
        time_ns=from_rfc3339("2026-05-12T07:41:23.118Z"),
        time_source="event",
        f_port=85,
        payload=b"\x01\x75\x64",
        event_id="5d0c8e0a",
        dev_addr="01a4c3f2",
        f_cnt=4711,
        confirmed=False,
        receptions=(Reception(gateway_id="ac1f09fffe0a1b2c", rssi=-57, snr=12.3),),
        sf=7,
        bw_hz=125_000,
        frequency_hz=868_500_000,
        dr=5,
    )


def test_more_fields() -> None:
    number, text, null = field(2, 23.5), field(3, "ok"), field(1, 0)
    nested = field(6, field(1, number) + field(1, null))
    object_ = b"".join(
        field(1, field(1, key) + field(2, value))
        for key, value in {"t": number, "s": text, "list": nested, "on": field(4, 1),
                           "in": field(5, field(1, field(1, "x") + field(2, number))),
                           "nan": field(2, float("nan"))}.items()
    )  # fmt: skip
    message = up(field(9, 1), field(11, object_), field(15, field(1, "js")), field(99, "later"))
    assert message.confirmed is True
    assert message.encrypted
    assert message.decoded == {
        "t": 23.5, "s": "ok", "list": [23.5, None], "on": True, "in": {"x": 23.5}, "nan": None,
    }  # fmt: skip


def test_a_gateway_with_a_wrong_clock_is_outvoted() -> None:
    def heard(gateway: str, clock: int) -> bytes:
        now = field(17, timestamp(1778571600))
        return field(12, field(1, gateway) + field(3, timestamp(clock)) + field(6, -90) + now)

    late, live = heard("0016c001f10a77e1", 1778571600 - 18_000), heard("0" * 16, 1778571600)
    message = up(field(2, timestamp(1778571600 - 18_000)), late, live)
    assert message.time_ns == 1778571600 * 10**9


def test_network_time_and_zeros() -> None:
    heard = field(1, "0016c001f10a77e1") + field(6, -111) + field(17, timestamp(1778571600))
    message = up(field(2, timestamp(315964800)), field(12, heard))
    assert message.time_source == "network"
    assert message.time_ns == 1778571600 * 10**9
    assert message.receptions[1].snr == 0.0


def test_fsk() -> None:
    heard = field(12, field(1, "ac1f09fffe0a1b2c") + field(6, -57))
    for modulation in (field(4, field(2, 50_000)), field(5, b"")):
        sent = field(13, field(1, 868_800_000) + field(2, modulation))
        message = read(chirpstack_event(heard, sent))
        assert isinstance(message, Uplink)
        assert (message.sf, message.bw_hz, message.frequency_hz) == (None, None, 868_800_000)
        assert message.receptions[0].snr is None


@pytest.mark.parametrize(
    ("event", "body", "facts"),
    [
        ("join", chirpstack_event(field(4, "01A4C3F2")), {"dev_addr": "01a4c3f2"}),
        (
            "status",
            chirpstack_event(field(5, -7), field(8, 88.18898, single=True)),
            {"margin": -7, "battery_level": 88.18898, "external_power": False},
        ),
        (
            "status",
            chirpstack_event(field(5, 7), field(6, 1)),
            {"margin": 7, "battery_level": None, "external_power": True},
        ),
        (
            "location",
            chirpstack_event(field(4, field(1, 51.2191) + field(2, 7.6275))),
            {"latitude": 51.2191, "longitude": 7.6275},
        ),
    ],
)
def test_other_events(event: str, body: bytes, facts: dict[str, object]) -> None:
    message = read(body, event)
    assert isinstance(message, DeviceEvent)
    assert message.kind == event
    assert message.event_id == "5d0c8e0a"
    assert {name: getattr(message, name) for name in facts} == facts
    # An operator's own topic that ends in the event is as good; without it nobody can tell.
    assert read(body, topic=f"umwelt/24e124136d0c0417/{event}") == message
    with pytest.raises(ParseError, match="let the topic end in /event/<name>"):
        read(body, topic="umwelt/sensoren")


@pytest.mark.parametrize("event", ["ack", "txack", "log", "integration"])
def test_events_that_say_nothing_we_keep(event: str) -> None:
    log = field(1, timestamp(1778571683)) + field(2, field(8, "24e124136d0c0417"))
    assert isinstance(read(field(1, 77) if event == "txack" else log, event), Ignored)


def test_a_command() -> None:
    message = read(field(2, "24e1"), topic="application/1/device/24e124136d0c0417/command/down")
    assert isinstance(message, Ignored)
    assert message.event == "command"


def test_an_uplink_is_told_without_the_topic() -> None:
    assert read(chirpstack_up(), topic="umwelt/sensoren") == up()


def test_an_event_of_a_later_version() -> None:
    assert read(chirpstack_event(), "brandneu") == Ignored(
        event="unknown", why="is an event that this version does not know"
    )


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (chirpstack_up()[:-1], "the body is not a protobuf up event"),
        (field(1, b"\xff\xfe"), "the body is not a protobuf up event"),
        (chirpstack_up(field(3, field(8, "rathaus"))), "devEui"),
        (chirpstack_up(field(8, 256)), "fPort"),
        (chirpstack_up(field(10, bytes(243))), "data has 243 bytes"),
        (field(1, "id"), "deviceInfo.devEui is missing"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, names: str) -> None:
    with pytest.raises(ParseError, match=f"^{names}"):
        read(body)


def test_deep_nesting() -> None:
    value = field(2, 1.0)
    for _ in range(5000):
        value = field(5, field(1, field(1, "a") + field(2, value)))
        if len(value) > 50_000:
            break
    with pytest.raises(ParseError, match="not a protobuf up event"):
        read(chirpstack_up(field(11, field(1, field(1, "a") + field(2, value)))))


def test_json_may_begin_with_a_line_feed() -> None:
    message = read(
        b'\n{"deviceInfo": {"devEui": "24e124136d0c0417"}, "time": "2026-05-12T07:41:23Z"}'
    )
    assert isinstance(message, Uplink)


@settings(max_examples=300, deadline=None)
@given(
    data=st.data(),
    event=st.sampled_from(["up", "join", "status", "location", "ack", "log", "x/y"]),
)
def test_damaged_events(data: st.DataObject, event: str) -> None:
    body = bytearray(chirpstack_up(field(11, field(1, field(1, "t") + field(2, field(2, 1.5))))))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=20))
    with suppress(ParseError):
        read(bytes(body), event)
