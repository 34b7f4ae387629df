"""What a connection knows of itself does not depend on the wall clock."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from regionhub_ingest.mqtt import _DRAINED_SECONDS, _KEEPALIVE_SECONDS
from regionhub_ingest.status import SourceStatus


def test_a_clock_that_jumps_makes_no_session_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    status = SourceStatus()
    status.connected()
    status.received(1, time.time_ns())
    status.done(1)
    ahead = time.time_ns() + 86_400 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: ahead)
    assert status.idle_seconds() < 60


def test_a_session_is_not_empty_right_after_a_long_wait_for_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The broker sends nothing while all that it may send waits to be acknowledged."""
    now = [1000.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], time_ns=time.time_ns)
    monkeypatch.setattr("regionhub_ingest.status.time", clock)
    status = SourceStatus()
    status.connected()
    status.received(4000, time.time_ns())
    now[0] += 2 * _DRAINED_SECONDS
    assert status.idle_seconds() == 0
    status.done(4000)
    now[0] += 1
    assert status.idle_seconds() == 1


def test_a_silent_line_is_noticed_before_its_session_counts_as_empty() -> None:
    assert _DRAINED_SECONDS > 2 * _KEEPALIVE_SECONDS
