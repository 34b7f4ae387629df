"""`regionhub feed` and what `doctor` says of feeds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.features.feeds import files
from tests.features.feeds.server import serving
from tests.rows import connect
from tests.world import World
from typer.testing import CliRunner

from regionhub.cli import make_app
from regionhub.cli.checks.feeds import check_feeds
from regionhub.features.feeds.formats import radolan


def test_a_feed_from_adding_to_its_trouble(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_database()
    monkeypatch.setenv("REGIONHUB_DATABASE_URL", url)
    monkeypatch.setenv("REGIONHUB_FEED_NETWORKS", "127.0.0.0/8")
    with connect(url, autocommit=True) as owner, serving() as server:
        World(owner).town("altena", latitude=51.29, longitude=7.67)

        def run(*words: str) -> tuple[int, str]:
            result = CliRunner(env={"COLUMNS": "200"}).invoke(make_app("feed"), ["feed", *words])
            return result.exit_code, result.output

        assert "dwd-radar" in run("kinds")[1]
        added = run("add", "altena", "dwd-radar", "--name", "Regen", "--address", server.address)
        assert added[0] == 0
        assert run("fetch", "altena", "Regen")[0] == 1
        assert "there is no such file" in run("list")[1]
        [finding] = check_feeds(owner)
        assert (finding.level, finding.problem) == ("warning", "feed_failing")
        [end] = radolan.hours(datetime.now(UTC), 1)
        name = f"raa01-rw_10000-{end:%y%m%d%H%M}-dwd---bin.bz2"
        server.files[name] = files.radar({(51.29, 7.67): 5}, time=end)
        assert "1 stations, 1 rows" in run("fetch", "altena", "Regen")[1]
        assert run("disable", "altena", "Regen")[0] == 0
        assert "switched off" in run("list")[1]
        assert [finding.level for finding in check_feeds(owner)] == ["ok"]
        assert run("stations", "altena", "Regen", "--station", "altena")[0] == 0
