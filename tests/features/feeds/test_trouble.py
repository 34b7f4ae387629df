"""What goes wrong with a feed is named; setting one up."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.features.feeds import files
from tests.features.feeds.region import Hub, serve_radar
from tests.features.feeds.server import HERE

from regionhub.errors import Conflict, InputError
from regionhub.features.feeds import download, fetch, store
from regionhub.features.feeds.download import NotFetched
from regionhub.features.feeds.fetch import due_feeds, fetch_feed
from regionhub.features.feeds.jobs import fetch_due
from regionhub.features.feeds.problems import trouble
from regionhub.store.jobs import Locks, Work

WARNINGS = "Z_CAP_C_EDZW_LATEST_PVW_STATUS_PREMIUMDWD_COMMUNEUNION_DE.zip"
NOON = datetime(2026, 9, 30, 12, tzinfo=UTC)


class TestTrouble:
    """What goes wrong is named, and tried again later and later."""

    @pytest.mark.parametrize(
        ("status", "files_there", "problem"),
        [
            (503, {}, "feed_refused"),
            (None, {}, "feed_file_missing"),
            (
                None,
                {WARNINGS: b"<html>"},
                "feed_unusable",
            ),
        ],
    )
    def test_it_is_named(
        self, hub: Hub, status: int | None, files_there: dict[str, bytes], problem: str
    ) -> None:
        hub.server.status, hub.server.files = status, files_there
        source = hub.add("dwd-warnings" if files_there else "dwd-radar")
        assert hub.fetch(source).problem == problem
        found = trouble(hub.feed(source), datetime.now(UTC))
        assert found is not None
        assert (found.code, bool(found.sentence()), found.text(str)) == (
            problem,
            True,
            found.text(str),
        )

    def test_later_and_later(self, hub: Hub) -> None:
        source, waits = hub.add("dwd-radar"), []
        for _ in range(8):
            hub.fetch(source)
            feed = hub.feed(source)
            assert feed.tried_at is not None
            waits.append(round((feed.next_at - feed.tried_at).total_seconds() / 600))
        assert waits == [1, 2, 4, 8, 16, 32, 36, 36]

    def test_a_place_that_the_hub_may_not_reach(self, hub: Hub) -> None:
        source = hub.add("dwd-radar")
        outcome = fetch_feed(hub.connection, hub.database, source)
        assert outcome.problem == "feed_away"
        assert "REGIONHUB_FEED_NETWORKS" in str(outcome.detail)

    def test_nothing_new(self, hub: Hub) -> None:
        serve_radar(hub.server)
        source = hub.add("dwd-radar")
        assert hub.fetch(source).problem is None
        newest = hub.feed(source).newest_at
        assert newest is not None
        assert trouble(hub.feed(source), newest + timedelta(hours=2, minutes=59)) is None
        found = trouble(hub.feed(source), newest + timedelta(hours=3, minutes=1))
        assert found is not None
        assert (found.code, found.since) == ("feed_stale", newest)
        store.switch_feed(hub.connection, source, enabled=False)
        assert trouble(hub.feed(source), newest + timedelta(days=9)) is None

    def test_one_file_of_several_keeps_none_of_the_others(self, hub: Hub) -> None:
        hub.server.files["10418/kml/MOSMIX_L_LATEST_10418.kmz"] = files.mosmix_file(
            datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        )
        source = hub.add("dwd-forecast", "10418", "99999")
        assert hub.fetch(source).problem is None
        assert hub.fates(source) == {"stored": 2, "ignored file_missing": 1}

    def test_what_a_slow_server_was_not_asked_for_is_next(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetch, "LONGEST_LOOK_SECONDS", 0)
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        path = "{0}/kml/MOSMIX_L_LATEST_{0}.kmz".format
        hub.server.files |= {path(code): files.mosmix_file(now) for code in ("10418", "10427")}
        source = hub.add("dwd-forecast", "10418", "10427", "99999")
        for _ in range(6):
            assert hub.fetch(source).problem is None
        answers = [(path("10418"), 200), (path("10427"), 200), (path("99999"), 404)]
        again = [(path("10418"), 304), (path("10427"), 304), (path("99999"), 404)]
        assert hub.server.asked == answers + again
        assert not {source} & set(due_feeds(hub.connection))

    def test_a_file_that_is_too_large(self, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(download, "LARGEST", 1000)
        hub.server.files["x"] = b"0" * 2000
        with pytest.raises(NotFetched) as refused:
            download.download(f"{hub.server.address}x", networks=HERE)
        assert refused.value.code == "feed_too_large"


class TestSetUp:
    """Adding a feed."""

    @pytest.mark.parametrize(
        ("kind", "more"),
        [
            ("dwd-nothing", {}),
            ("dwd-forecast", {}),
            ("dwd-radar", {"address": "ftp://x/"}),
            ("dwd-radar", {"address": "https://user:password@host/"}),
            ("dwd-stations", {"stations": ["../../etc"]}),
        ],
    )
    def test_what_cannot_work_is_refused(self, hub: Hub, kind: str, more: dict[str, Any]) -> None:
        with pytest.raises(InputError):
            store.add_feed(hub.connection, tenant_id=hub.region.tenant_id, kind=kind, **more)

    def test_one_of_a_name(self, hub: Hub) -> None:
        hub.add("dwd-radar")
        with pytest.raises(Conflict):
            hub.add("dwd-radar")

    def test_a_feed_is_no_network_server(self, hub: Hub) -> None:
        hub.add("dwd-radar", by=hub.altena)
        assert hub.altena.select("select * from api.source") == []


def test_work_looks_at_what_is_due(hub: Hub) -> None:
    serve_radar(hub.server)
    source, off = hub.add("dwd-radar"), hub.add("dwd-radar", name="off")
    store.switch_feed(hub.connection, off, enabled=False)
    assert due_feeds(hub.connection) == [source]

    with Locks(hub.database) as locks:
        work = Work(
            owner=lambda: nullcontext(hub.connection),
            database=hub.database,
            locks=locks,
            feed_networks=HERE,
        )
        fetch_due(work)
    assert due_feeds(hub.connection) == []
    assert hub.feed(source).fetched_at is not None
