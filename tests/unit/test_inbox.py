"""The queue between the brokers and the decoder: bounded in entries and in bytes."""

from __future__ import annotations

import threading

from regionhub_ingest.inbox import Inbox


def never() -> bool:
    return False


def test_entries_come_out_in_their_order_and_many_at_once() -> None:
    inbox: Inbox[bytes] = Inbox(10, 1000, len)
    inbox.put([b"a", b"b"], never)
    inbox.put([b"c"], never)
    assert inbox.take(2, 0) == [b"a", b"b"]
    assert inbox.take(2, 0) == [b"c"]
    assert inbox.take(2, 0) == []


def test_who_brings_more_waits_for_room() -> None:
    for full in ([b"x"] * 4, [b"x" * 400]):
        inbox: Inbox[bytes] = Inbox(4, 400, len)
        inbox.put(full, never)
        waiting = threading.Thread(target=inbox.put, args=([b"late"], never))
        waiting.start()
        assert len(inbox) == len(full)
        taken = inbox.take(4, 0)
        waiting.join(10)
        assert taken == full
        assert inbox.take(4, 10) == [b"late"]


def test_who_is_gone_does_not_wait_for_ever() -> None:
    inbox: Inbox[bytes] = Inbox(1, 400, len)
    inbox.put([b"x"], never)
    inbox.put([b"late"], lambda: True)
    assert inbox.take(5, 0) == [b"x"]


def test_a_batch_of_large_entries_is_short() -> None:
    inbox: Inbox[bytes] = Inbox(100, 800, len)
    inbox.put([b"x" * 60] * 6, never)
    assert len(inbox.take(100, 0)) == 2
    assert len(inbox) == 4
