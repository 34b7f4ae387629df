"""The demo's database: filled once, and found again by the brokers of a later start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.errors import DiskFull
from tests.rows import Connection, connect
from tests.world import World

from regionhub.cli import main
from regionhub.cli.demo_setup import follow_brokers, set_up
from regionhub.embedded import BrokerUrls, free_port
from regionhub.registry.sources import sources_of_all
from regionhub_simulators.region import demo_region

FIRST = BrokerUrls(v5="mqtt://127.0.0.1:11001", v311="mqtt://127.0.0.1:11002")
LATER = BrokerUrls(v5="mqtt://127.0.0.1:22001", v311="mqtt://127.0.0.1:22002")
OTHER = "mqtts://lns.example:8883"


def addresses(owner: Connection) -> dict[tuple[str, str], str]:
    return {(s.tenant, s.name): s.broker_url for s in sources_of_all(owner)}


def test_a_later_start_moves_only_the_sources_of_the_demo(new_database: Callable[[], str]) -> None:
    region = demo_region(towns=("arnsberg", "olpe"))
    with connect(new_database(), autocommit=True) as owner:
        set_up(owner, region, FIRST, days=1)
        before = addresses(owner)
        assert set(before.values()) == {FIRST.v5, FIRST.v311}
        own = region.towns[0]
        World(owner).town_of(own.slug).source("eigenes Netz", broker_url=OTHER)

        for _ in range(2):
            follow_brokers(owner, region, LATER)

        moved = {FIRST.v5: LATER.v5, FIRST.v311: LATER.v311}
        assert addresses(owner) == {
            **{source: moved[url] for source, url in before.items()},
            (own.slug, "eigenes Netz"): OTHER,
        }


def test_a_full_disk_ends_the_demo_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise DiskFull('could not extend file "base/1/2": No space left on device')

    monkeypatch.setattr("regionhub.cli.demo._prepare", full)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    words = ["regionhub", "demo", "--data", str(tmp_path / "demo"), "--port", str(free_port())]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "No space left on device" in said
    assert "Traceback" not in said
