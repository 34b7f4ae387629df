"""What is set for a whole process is set by its command; the parts leave it as they find it."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Iterator

import pytest
from tests.ingest.conftest import Intake, Run, make_worker, until
from tests.ingest.replays import FRAMES, RIGHT, WRONG, store
from tests.ingest.replays import run as replay

from regionhub_ingest.worker import Worker

Settings = tuple[float, tuple[int, int, int]]


def settings() -> Settings:
    return round(sys.getswitchinterval(), 6), gc.get_threshold()


@pytest.fixture(autouse=True)
def usual() -> Iterator[Settings]:
    """The settings of this process, which has them again afterwards."""
    switch, threshold = sys.getswitchinterval(), gc.get_threshold()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    sys.setswitchinterval(0.004)
    gc.set_threshold(701, 11, 12)
    yield settings()
    sys.setswitchinterval(switch)
    gc.set_threshold(*threshold)
    gc.unfreeze()
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_a_worker_changes_nothing(intake: Intake, usual: Settings) -> None:
    frozen = gc.get_freeze_count()
    worker = make_worker(intake)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        until(lambda: intake.rows("select 1 from core.source_state"))
        assert (settings(), gc.get_freeze_count()) == (usual, frozen)
    finally:
        worker.stop()
        thread.join()
    assert (settings(), gc.get_freeze_count()) == (usual, frozen)


def test_a_replay_changes_nothing(intake: Intake, usual: Settings) -> None:
    store(intake, FRAMES, WRONG)
    replay(intake, RIGHT)
    assert settings() == usual


def test_the_command_ingest_sets_them_before_it_works(
    usual: Settings, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr(Worker, "run", lambda _: seen.append(settings()))
    assert run("ingest") == 0
    ((switch, threshold),) = seen
    assert switch < usual[0]
    assert threshold > usual[1]
    assert gc.get_freeze_count() > 0


def test_the_command_replay_switches_threads_often(usual: Settings, run: Run) -> None:
    arguments = ("--profile", "milesight/em300-th", "--since", "1d", "--reason", "x")
    assert run("replay", *arguments) == 0
    assert settings()[0] < usual[0]
