"""The client that reads and acknowledges in batches, against a broker made of bytes."""

from __future__ import annotations

import struct
import threading
import time
from pathlib import Path
from queue import Queue

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ingest.peer import (
    PINGRESP,
    SUBACK,
    busy,
    connected,
    packet,
    publish,
    setting,
    take,
    take_lists,
)
from tests.mosquitto import make_certificate

from regionhub_ingest.mqtt_client import Received


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    make_certificate(folder)
    return folder


@pytest.mark.parametrize("version", [5, 4])
def test_many_messages_of_one_read_come_together_and_are_acknowledged_at_once(version: int) -> None:
    messages = [
        publish(mid, b"a/b", b"%d" % mid, version=version, dup=mid % 2) for mid in range(1, 201)
    ]
    with connected(version) as (peer, client, received):
        peer.send(b"".join(messages))
        found = take(received, 200)
        assert [m.payload for m in found] == [b"%d" % mid for mid in range(1, 201)]
        assert [m.dup for m in found[:2]] == [True, False]
        client.acknowledge([m.mid for m in found])
        acknowledged = peer.read(4 * 200)
    assert acknowledged == b"".join(struct.pack("!BBH", 0x40, 2, mid) for mid in range(1, 201))


@settings(max_examples=25, deadline=None)
@given(
    contents=st.lists(
        st.tuples(st.binary(max_size=300) | st.just(b"x" * 20_000), st.booleans()),
        min_size=1,
        max_size=12,
    ),
    cuts=st.lists(st.integers(1, 60) | st.integers(500, 20_000), min_size=1, max_size=30),
    version=st.sampled_from([5, 4]),
)
def test_messages_may_be_cut_anywhere(
    contents: list[tuple[bytes, bool]], cuts: list[int], version: int
) -> None:
    user_property = b"\x26\x00\x01k\x00\x01v"
    stream = b"".join(
        publish(
            i + 1 if acknowledged else 0,
            "straße".encode(),
            payload,
            version=version,
            properties=user_property * (i % 3),
        )
        + PINGRESP * (i % 2)
        for i, (payload, acknowledged) in enumerate(contents)
    )
    with connected(version) as (peer, _, received):
        while stream:
            for cut in cuts:
                piece, stream = stream[:cut], stream[cut:]
                peer.send(piece)
        found = take(received, len(contents))
    assert [(m.payload, m.qos == 1, m.topic) for m in found] == [
        (payload, acknowledged, "straße".encode()) for payload, acknowledged in contents
    ]


@pytest.mark.parametrize("version", [5, 4])
def test_a_cut_at_any_place_changes_nothing(version: int) -> None:
    first = publish(1, b"a/b", b"x", version=version, dup=1)
    second = publish(0, b"c", b"", version=version)
    inside = publish(9, b"e", b"no message of its own", version=version) * 6
    third = publish(300, b"d", inside, version=version)
    stream = first + PINGRESP + second + SUBACK[version] + third
    subscribed: Queue[int] = Queue()
    with connected(version) as (peer, client, received):
        client.on_subscribe = lambda _client, _data, mid, *_: subscribed.put(mid)
        for cut in range(1, len(stream)):
            peer.send(stream[:cut])
            time.sleep(0.001)  # so that they are read one by one
            peer.send(stream[cut:])
            assert take(received, 3) == [
                Received(b"a/b", b"x", 1, 1, retain=False, dup=True),
                Received(b"c", b"", 0, 0, retain=False, dup=False),
                Received(b"d", inside, 300, 1, retain=False, dup=False),
            ]
            assert subscribed.get(timeout=10) == 7


def test_a_payload_longer_than_what_is_read_at_once() -> None:
    long = bytes(range(256)) * 4_000
    stream = publish(1, b"a", b"before") + publish(2, b"a", long) + publish(3, b"a", b"after")
    with connected(5) as (peer, client, received):
        for start in range(0, len(stream), 9_999):
            peer.send(stream[start : start + 9_999])
        found = take(received, 3)
        assert [(m.mid, m.payload) for m in found] == [(1, b"before"), (2, long), (3, b"after")]
        client.acknowledge([2])
        assert peer.read(4) == b"\x40\x02\x00\x02"


def test_many_short_messages_do_not_keep_paho_from_writing() -> None:
    with connected(5) as (peer, client, received):
        with busy(peer, client):
            peer.send(b"".join([publish(mid, b"a", b"") for mid in range(2, 2001)]))
        found = take_lists(received, 2000)
    assert [m.mid for messages in found for m in messages] == list(range(1, 2001))
    assert max(map(len, found)) <= 500


def test_long_messages_are_handed_over_a_few_at_a_time() -> None:
    """Else what one connection has read would be beyond what all together may hold."""
    with connected(5) as (peer, client, received):
        with busy(peer, client):
            sender = threading.Thread(
                target=lambda: peer.send(
                    b"".join([publish(mid, b"a", b"x" * 65_000) for mid in range(2, 201)])
                )
            )
            sender.start()
        sender.join()
        found = take_lists(received, 200)
    assert [m.mid for messages in found for m in messages] == list(range(1, 201))
    assert max(sum(len(m.payload) for m in messages) for messages in found) < 1_500_000


def test_messages_show_that_a_connection_lives() -> None:
    """A broker that answers no ping but sends messages is not given up."""
    lost = threading.Event()
    with connected(5, keepalive=1) as (peer, client, received):
        client.on_disconnect = setting(lost)
        for mid in range(1, 13):
            peer.send(publish(mid, b"a", b"x"))
            take(received, 1)
            assert not lost.wait(0.3)


def test_records_of_tls_that_wait_come_together(certificate: Path) -> None:
    with connected(5, certificate=certificate) as (peer, client, received):
        with busy(peer, client):
            peer.send(*(publish(mid, b"a", b"x") for mid in range(2, 201)))
        found = take_lists(received, 200)
        assert [m.mid for messages in found for m in messages] == list(range(1, 201))
        assert len(found) < 10
        client.acknowledge([m.mid for messages in found for m in messages])
        assert peer.read(4 * 200)[-4:] == b"\x40\x02\x00\xc8"


def test_what_tls_holds_is_read_in_pieces_too(certificate: Path) -> None:
    long = bytes(range(256)) * 4_000
    stream = [publish(mid, b"a", b"x" * 2000) for mid in range(2, 1001)]
    with connected(5, certificate=certificate) as (peer, client, received):
        with busy(peer, client):
            # in a thread, because it waits for the client to read
            sender = threading.Thread(target=peer.send, args=(*stream, publish(1001, b"a", long)))
            sender.start()
            time.sleep(0.1)
        found = take_lists(received, 1001)
        sender.join()
    messages = [message for messages in found for message in messages]
    assert [m.mid for m in messages] == list(range(1, 1002))
    assert messages[-1].payload == long
    assert max(map(len, found)) < 150


@pytest.mark.parametrize("end", ["closed", "broken"])
def test_messages_before_the_end_of_tls_come_before_its_end(certificate: Path, end: str) -> None:
    order: Queue[str] = Queue()
    with connected(5, certificate=certificate) as (peer, client, _):
        client.on_received = lambda messages: order.put(" ".join(str(m.mid) for m in messages))
        client.on_disconnect = lambda *_: order.put("lost")
        with busy(peer, client):
            peer.send(*(publish(mid, b"a", b"x") for mid in (2, 3, 4)))
            if end == "closed":
                peer.close()
            else:
                peer.break_tls()
        found = [order.get(timeout=10)]
        while found[-1] != "lost":
            found.append(order.get(timeout=10))
        assert " ".join(found) == "1 2 3 4 lost"


BROKEN = [
    (5, packet(0x32, b"\x00")),
    (5, packet(0x32, b"\x00\x09a/b")),
    (5, packet(0x32, b"\x00\x03a/b\x00")),
    (5, packet(0x32, b"\x00\x03a/b\x00\x01")),
    (5, packet(0x32, b"\x00\x03a/b\x00\x01\xff\xff\xff\xff\x7f")),
    (5, packet(0x32, b"\x00\x03a/b\x00\x01\x20")),
    (5, packet(0x34, b"\x00\x03a/b\x00\x01\x00x")),
    (5, packet(0x32, b"\x00\x03a/b\x00\x01\x08x") + publish(9, b"a", b"of another packet")),
    (5, b"\x32\xff\xff\xff\xff\x01"),
    (4, packet(0x32, b"")),
    (4, packet(0x32, b"\x00\x09a/b")),
    (4, packet(0x32, b"\x00\x03a/b\x00") + publish(9, b"a", b"of another", version=4)),
    (4, packet(0x36, b"\x00\x03a/b\x00\x01x")),
]


@pytest.mark.parametrize("good", [0, 3])
@pytest.mark.parametrize(("version", "broken"), BROKEN)
def test_a_broken_packet_ends_the_connection_and_not_the_client(
    version: int, broken: bytes, good: int
) -> None:
    lost = threading.Event()
    messages = [publish(mid, b"a", b"good", version=version) for mid in range(1, good + 1)]
    with connected(version) as (peer, client, received):
        client.on_disconnect = setting(lost)
        after = publish(4, b"a", b"after the broken one", version=version)
        peer.send(b"".join(messages) + broken + after)
        assert [m.payload for m in take(received, good)] == [b"good"] * good
        assert lost.wait(10)
        assert received.empty()
        assert peer.read(1) == b""


def test_what_is_too_large_ends_the_connection_before_it_is_read() -> None:
    lost = threading.Event()
    head = bytes([0x32]) + bytes([0xFF, 0xFF, 0xFF, 0x7F])  # 256 MiB follow
    with connected(5) as (peer, client, received):
        client.on_disconnect = setting(lost)
        peer.send(publish(1, b"a", b"small", version=5) + head + b"\x00\x01a")
        assert [m.payload for m in take(received, 1)] == [b"small"]
        assert lost.wait(10)
        assert client.oversized
        assert peer.read(1) == b""


def test_messages_before_the_end_of_a_connection_come_before_its_end() -> None:
    """Whoever counts connections would take them for messages of the next one."""
    order: Queue[str] = Queue()
    with connected(5) as (peer, client, _):
        client.on_received = lambda messages: order.put(f"{len(messages)} received")
        client.on_disconnect = lambda *_: order.put("lost")
        peer.send(publish(1, b"a", b"x") + publish(2, b"a", b"x") + packet(0x32, b"\x00"))
        assert [order.get(timeout=10), order.get(timeout=10)] == ["2 received", "lost"]


def test_messages_before_a_disconnect_of_the_broker_come_before_it() -> None:
    order: Queue[str] = Queue()
    with connected(5) as (peer, client, _):
        client.on_received = lambda messages: order.put(f"{len(messages)} received")
        client.on_disconnect = lambda *_: order.put("lost")
        peer.send(publish(1, b"a", b"x") + packet(0xE0, b"\x8e\x00"))  # taken over
        assert [order.get(timeout=10), order.get(timeout=10)] == ["1 received", "lost"]
