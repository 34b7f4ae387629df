"""The one bench of profiles is not held by whoever tries something endless."""

from __future__ import annotations

import threading

import pytest

from regionhub.cli import bench
from regionhub.cli.bench import CodecBench
from regionhub.errors import Busy, InputError
from regionhub.features.device_profiles.saving import MOST_EXAMPLES, read
from regionhub.profiles.skeleton import skeleton


def test_a_profile_has_no_more_examples_than_the_bench_can_try() -> None:
    text, codec = skeleton("olpe/sensor")
    own = len(read("olpe/sensor", text, codec).examples)
    one = '  - {description: x, f_port: 1, bytes: "00", error: bytes}\n'
    most = text.rstrip("\n") + "\n" + one * (MOST_EXAMPLES - own)
    assert len(read("olpe/sensor", most, codec).examples) == MOST_EXAMPLES
    with pytest.raises(InputError, match=str(MOST_EXAMPLES)):
        read("olpe/sensor", most + one, codec)


def test_who_waits_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_PATIENCE_SECONDS", 0.3)
    tries, taken, done = CodecBench(), threading.Event(), threading.Event()
    profile = read("olpe/sensor", *skeleton("olpe/sensor"))

    class Slow:
        def __iter__(self) -> object:
            taken.set()
            done.wait(20)
            return iter(())

    busy = threading.Thread(target=tries.decode, args=(profile, Slow()))
    busy.start()
    try:
        assert taken.wait(10)
        with pytest.raises(Busy):
            tries.examples(profile)
    finally:
        done.set()
        busy.join()
    assert tries.decode(profile, []) == []
