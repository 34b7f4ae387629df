"""What a codec uses up: time, memory and its process; no other device pays for it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from regionhub.errors import DecodeError
from regionhub_ingest.codec import REST, STRIKES, Codec, Frame
from regionhub_ingest.codec_host import CodecHost

HOST = CodecHost()

#: Endless at a first byte of 1: in a loop, at which the engine looks at the clock, and in one
#: built-in call, in which it does not.
HANGS = {
    "loop": "for (;;);",
    "native": "var n = 300000; ('a'.repeat(2 * n)).indexOf('a'.repeat(n) + 'b');",
}


def hanging(how: str) -> Codec:
    source = f"""function decodeUplink(input) {{
        if (input.bytes[0] === 1) {{ {HANGS[how]} }}
        return {{data: {{v: input.bytes[0]}}}};
    }}"""
    return Codec("acme/one", source, HOST)


def frame(device: int, byte: int) -> Frame:
    return Frame(bytes([byte]), 1, 0, {}, device)


@pytest.mark.parametrize("how", HANGS)
def test_whatever_hangs_is_ended_and_harms_no_other_frame(how: str) -> None:
    codec = hanging(how)
    assert codec.run_all([frame(1, 2)]) == [{"data": {"v": 2}}]
    used = os.times()
    bad, *good = codec.run_all([frame(7, 1), *(frame(device, 2) for device in range(50))])
    assert isinstance(bad, DecodeError)
    assert "took too long" in bad.detail
    assert good == [{"data": {"v": 2}}] * 50
    assert os.times().user - used.user < 1, "the time is spent elsewhere"


@pytest.mark.parametrize("how", HANGS)
def test_a_device_that_always_hangs_rests_and_no_other(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    codec = hanging(how)

    def tried(device: int) -> str:
        bad, good = codec.run_all([frame(device, 1), frame(99, 2)])
        assert good == {"data": {"v": 2}}
        assert isinstance(bad, DecodeError)
        return "rests" if "rests" in bad.detail else "tried"

    assert [tried(7) for _ in range(STRIKES + 1)] == ["tried"] * STRIKES + ["rests"]
    assert codec.run_all([frame(7, 2)]) != [{"data": {"v": 2}}], "whatever it sends"
    assert tried(8) == "tried"

    def at(moment: float) -> None:
        # its own clock only: servers that other tests share would sleep until then
        clock = SimpleNamespace(monotonic=lambda: moment)
        monkeypatch.setattr("regionhub_ingest.codec.time", clock)

    now = time.monotonic()
    at(now + REST + 1)
    assert [tried(7) for _ in range(STRIKES + 1)] == ["tried"] * STRIKES + ["rests"]
    at(now + 2 * REST + 2)
    assert tried(7) == "rests", "longer than the first time"
    at(now + 3 * REST + 3)
    assert codec.run_all([frame(7, 2)]) == [{"data": {"v": 2}}]
    assert [tried(7) for _ in range(STRIKES + 1)] == ["tried"] * STRIKES + ["rests"]


def test_a_process_that_was_killed_is_replaced() -> None:
    codec = hanging("loop")
    assert codec.run(b"\x02", 1, 0) == {"data": {"v": 2}}
    assert HOST._process is not None
    os.killpg(HOST._process.pid, signal.SIGKILL)
    assert codec.run(b"\x02", 1, 0) == {"data": {"v": 2}}


def test_the_process_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGIONHUB_DATABASE_URL", "postgresql://owner:secret@nowhere/x")
    host = CodecHost()
    codec = Codec("acme/one", "function decodeUplink(i) { return {data: {}} }", host)
    codec.run(b"", 1, 0)
    assert host._process is not None
    started = host._process.pid
    with_children = [started, *(child.pid for child in psutil.Process(started).children())]
    assert len(with_children) == 2
    for pid in with_children:
        assert b"REGIONHUB" not in Path(f"/proc/{pid}/environ").read_bytes()
    host.close()
    assert not any(psutil.pid_exists(pid) for pid in with_children)


def test_memory_that_one_call_leaves_is_not_charged_to_the_next() -> None:
    source = """function decodeUplink(input) {
        var large = 'x'.repeat(200000) + input.bytes[0];
        Promise.resolve(large).then(function () { return large });
        return {data: {}};
    }"""
    codec = Codec("acme/one", source, HOST)
    for _ in range(100):
        assert codec.run(b"\0", 1, 0) == {"data": {}}
