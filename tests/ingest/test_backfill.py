"""Messages that come afterwards: once each, at their own time, none without its fate."""

from __future__ import annotations

import base64
import gzip
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.ingest.conftest import EM300, Hub

from regionhub.cli import main
from regionhub.profiles import load_profiles
from regionhub.store import completeness
from regionhub.store.admin import acting_as
from regionhub_ingest.backfill import read_lines, store_recorded
from regionhub_ingest.decode import Codecs
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry

SAMPLES = Path(__file__).parents[1] / "data" / "lns"
NOW = datetime.now(UTC).replace(microsecond=0)
FIRST = NOW - timedelta(hours=20)
TOPIC = f"application/1/device/{EM300}/event/up"
Run = Callable[..., int]


def chirpstack(f_cnt: int, at: datetime | None = None) -> dict[str, Any]:
    time = (at or FIRST + timedelta(minutes=10 * f_cnt)).isoformat()
    body: dict[str, Any] = json.loads((SAMPLES / "chirpstack-v4-up.json").read_text())
    body["deviceInfo"]["devEui"] = EM300
    body |= {"fCnt": f_cnt, "time": time, "deduplicationId": f"id-{f_cnt}"}
    for entry in body["rxInfo"]:
        entry["nsTime"] = time
    return body


def tts(f_cnt: int) -> dict[str, Any]:
    time = (FIRST + timedelta(minutes=10 * f_cnt)).isoformat().replace("+00:00", "Z")
    body: dict[str, Any] = json.loads((SAMPLES / "tts-v3-up.json").read_text())
    assert body["end_device_ids"]["dev_eui"].lower() == EM300
    body["received_at"] = time
    body["uplink_message"] |= {"f_cnt": f_cnt, "received_at": time}
    return body


def lines(*bodies: Any) -> bytes:
    return b"".join(json.dumps(body).encode() + b"\n" for body in bodies)


@pytest.fixture
def run(hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line, with the database of this test; returns the exit status."""
    monkeypatch.setenv("REGIONHUB_DATABASE_URL", hub.url)
    monkeypatch.setenv("COLUMNS", "200")

    def regionhub(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["regionhub", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return regionhub


def live(hub: Hub, *f_cnts: int) -> None:
    """What came over MQTT when it was sent."""
    pipeline = Pipeline(Registry(hub.store), Codecs(load_profiles()))
    for f_cnt in f_cnts:
        (message,) = read_lines(io.BytesIO(lines(chirpstack(f_cnt))), topic=TOPIC)
        item = pipeline.prepare(hub.source, message.envelope)
        sent = FIRST + timedelta(minutes=10 * f_cnt)
        envelope = type(message.envelope)(
            topic=TOPIC, body=message.envelope.body, received_ns=int(sent.timestamp()) * 10**9
        )
        hub.store.commit([item._replace(envelope=envelope)])  # type: ignore[union-attr]


def ledger(hub: Hub) -> dict[str, Any]:
    with hub.owner.transaction(), acting_as(hub.owner, "arnsberg"):
        row = completeness.device(
            hub.owner, hub.device.device_id, start=NOW - timedelta(days=30), end=NOW
        )
    assert row is not None
    return row


def counts(hub: Hub) -> tuple[int, int, int, int]:
    row = ledger(hub)
    return row["expected"], row["received"], row["recovered"], row["missing"]


def test_a_file_fills_the_gaps_once(hub: Hub, run: Run, tmp_path: Path) -> None:
    live(hub, 0, 1, 2, 7, 8, 20)
    assert counts(hub) == (21, 6, 0, 15)
    file = tmp_path / "export.jsonl"
    file.write_bytes(lines(*(chirpstack(f_cnt) for f_cnt in range(16))))

    assert run("source", "import", "arnsberg", "lns", str(file)) == 0
    assert counts(hub) == (21, 6, 11, 4)
    assert hub.fates()["duplicate", "frame"] == 5
    before = hub.rows("select count(*)::int from core.reading")

    assert run("source", "import", "arnsberg", "lns", str(file), "--topic", TOPIC) == 0
    assert counts(hub) == (21, 6, 11, 4)
    assert hub.fates()["duplicate", "frame"] == 5 + 16
    assert hub.rows("select count(*)::int from core.reading") == before


def test_what_is_imported_is_of_its_own_time(hub: Hub, run: Run, tmp_path: Path) -> None:
    live(hub, 100)
    newest = hub.rows("select time, value from core.latest order by 1")
    state = hub.rows("select last_seen_at, last_uplink_time, f_cnt from core.device_state")
    file = tmp_path / "x.jsonl"
    file.write_bytes(lines(chirpstack(3), chirpstack(99) | {"data": "//8="}))

    run("source", "import", "arnsberg", "lns", str(file))

    assert hub.rows("select time, value from core.latest order by 1") == newest
    assert hub.rows("select last_seen_at, last_uplink_time, f_cnt from core.device_state") == state
    times = hub.rows("select time, recovered from core.uplink order by time")
    assert times[0] == (FIRST + timedelta(minutes=30), True)


def test_every_way_to_write_a_line(hub: Hub, run: Run, tmp_path: Path) -> None:
    bodies = [json.dumps(chirpstack(f_cnt)) for f_cnt in range(5)]
    received = (FIRST + timedelta(minutes=41)).isoformat()
    file = tmp_path / "export.jsonl.gz"
    with gzip.open(file, "wb") as stream:
        stream.write(b"\xef\xbb\xbf" + bodies[0].encode() + b"\r\n\n   \n")
        stream.write(lines({"body": json.loads(bodies[1])}))
        stream.write(lines({"topic": TOPIC, "body": bodies[2]}))
        stream.write(lines({"body_base64": base64.b64encode(bodies[3].encode()).decode()}))
        stream.write(lines({"topic": TOPIC, "received_at": received, "body": bodies[4]}).strip())

    assert run("source", "import", "arnsberg", "lns", str(file)) == 0
    assert counts(hub)[1:] == (0, 5, 0)
    arrivals = hub.rows("select received_at, f_cnt::int from core.uplink order by f_cnt")
    assert arrivals[4][0].isoformat() == received
    assert all(at >= NOW - timedelta(minutes=5) for at, _ in arrivals[:4])


def test_lines_that_cannot_be_used_are_kept_with_their_number(
    hub: Hub, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_bytes(
        lines(chirpstack(1))
        + b"not json\n"
        + lines(
            {"body_base64": "%"},
            {"body": {}, "body_base64": ""},
            {"body": "{}", "received_at": "yesterday"},
            {"body": "{}", "received_at": "2199-01-01T00:00:00Z"},
            {"body": "{}", "topic": 7},
            {"body": json.loads("[" * 600 + "]" * 600)},
            chirpstack(2, NOW + timedelta(days=1)),
            chirpstack(3, NOW - timedelta(days=401)),
        )
        + b"x" * 300_000
        + b"\n"
        + lines(chirpstack(4))
    )

    for _ in range(2):
        assert run("source", "import", "arnsberg", "lns", str(file)) == 1
        said = capsys.readouterr()
        assert "older than what is kept" in said.out
        assert "9 are kept as dead letters" in said.err
    details = [
        detail for (detail,) in hub.rows("select detail from core.dead_letter order by detail")
    ]
    assert sorted(int(detail.split(":")[0].removeprefix("line ")) for detail in details) == [
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        11,
    ]
    assert hub.rows("select max(copies)::int from core.dead_letter") == [(1,)]
    assert hub.rows("select array_agg(f_cnt::int order by f_cnt) from core.uplink") == [([1, 4],)]
    assert hub.fates()["ignored", "too_old"] == 2
    assert sum(hub.fates().values()) == 2 * 12


def test_a_frame_that_cannot_be_decoded_is_no_loss(hub: Hub, run: Run, tmp_path: Path) -> None:
    live(hub, 1, 3)
    file = tmp_path / "x.jsonl"
    file.write_bytes(lines(chirpstack(2) | {"data": "//8="}))

    assert run("source", "import", "arnsberg", "lns", str(file)) == 1

    row = ledger(hub)
    assert (row["received"], row["recovered"], row["waiting"], row["missing"]) == (2, 1, 1, 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "lns", "x.jsonl"], "no town is called"),
        (["arnsberg", "other", "x.jsonl"], "known: 'lns'"),
        (["arnsberg", "lns", "none.jsonl"], "No such file"),
        (["arnsberg", "lns", "torn.jsonl.gz"], "can be run again"),
        (["arnsberg", "lns", "no.gz"], "can be run again"),
    ],
)
def test_an_import_that_cannot_run_says_why(
    hub: Hub,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.jsonl").write_bytes(b"")
    Path("no.gz").write_bytes(b"no gzip")
    torn = gzip.compress(lines(*(chirpstack(f_cnt) for f_cnt in range(50))))
    Path("torn.jsonl.gz").write_bytes(torn[: len(torn) // 2])
    assert run("source", "import", *arguments) == 1
    assert said in capsys.readouterr().err


def test_an_import_that_was_interrupted_can_be_run_again(hub: Hub) -> None:
    everything = lines(*(chirpstack(f_cnt) for f_cnt in range(30)))

    def work(text: bytes) -> int:
        pipeline = Pipeline(Registry(hub.store), Codecs(load_profiles()))
        batches = store_recorded(
            read_lines(io.BytesIO(text), topic=""),
            source=hub.source,
            pipeline=pipeline,
            store=hub.store,
            kept_since_ns=None,
        )
        return sum(batch["stored", ""] for batch in batches)

    half = everything[: everything.rindex(b"\n", 0, len(everything) // 2) + 1]
    first = work(half)
    assert 0 < first < 30
    assert work(everything) == 30 - first
    assert work(everything) == 0


# The Things Stack -------------------------------------------------------------------------------


class Server:
    """Answers as the Storage Integration is documented."""

    def __init__(self, stored: list[int]) -> None:
        self.stored = stored
        self.requests: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.refuse: list[tuple[int, dict[str, str]]] = []
        self.pages = 4
        self.tokens = True
        self.broken = False
        self.url = ""

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        self.requests.append({"path": path} | query)
        if self.refuse:
            status, headers = self.refuse.pop(0)
            return status, headers, b"{}"
        token = query.get("continuation_token")
        after, before, skip = token.split("|") if token else (query["after"], query["before"], "0")
        found = [
            body
            for body in map(tts, self.stored)
            if datetime.fromisoformat(after)
            < datetime.fromisoformat(body["received_at"])
            < datetime.fromisoformat(before)
        ]
        size = self.pages if self.tokens else int(query["limit"])
        page = found[int(skip) : int(skip) + size]
        more = self.tokens and len(found) > int(skip) + size
        text = b"\n\n".join(json.dumps({"result": body}).encode() for body in page) + b"\n"
        if self.broken:
            text += b'{"error": {"code": 13, "message": "broken"}}\n'
        headers = {"Content-Type": "text/event-stream"}
        if more:
            headers["X-Continuation-Token"] = f"{after}|{before}|{int(skip) + size}"
        return 200, headers, text


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            server.headers.append(dict(self.headers))
            status, headers, text = server.answer(parts.path, query)
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(text))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        server.url = f"http://127.0.0.1:{http.server_address[1]}"
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


@pytest.fixture
def storage(hub: Hub) -> Iterator[Server]:
    hub.owner.execute(
        "update core.source set format = 'tts-v3', username = 'umwelt@musterkreis', "
        "password = 'NNSXS.SECRET' where source_id = %s",
        [hub.source.source_id],
    )
    hub.source = hub.store.sources()[0]
    with serving(Server(list(range(60)))) as server:
        yield server


def tts_live(hub: Hub, *f_cnts: int) -> None:
    pipeline = Pipeline(Registry(hub.store), Codecs(load_profiles()))
    batches = store_recorded(
        read_lines(io.BytesIO(lines(*map(tts, f_cnts))), topic=""),
        source=hub.source,
        pipeline=pipeline,
        store=hub.store,
        kept_since_ns=None,
    )
    assert sum(batch["stored", ""] for batch in batches) == len(f_cnts)
    hub.owner.execute("update core.uplink set recovered = false")


def test_only_the_gaps_are_fetched(hub: Hub, run: Run, storage: Server) -> None:
    tts_live(hub, *range(20), *range(30, 60))
    assert counts(hub) == (60, 50, 0, 10)

    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url) == 0

    assert counts(hub) == (60, 50, 10, 0)
    assert {request["path"] for request in storage.requests} == {
        "/api/v3/as/applications/umwelt/packages/storage/uplink_message"
    }
    first = storage.requests[0]
    assert first["order"] == "received_at"
    assert datetime.fromisoformat(first["after"]) == FIRST + timedelta(minutes=189)
    assert datetime.fromisoformat(first["before"]) == FIRST + timedelta(minutes=301)
    assert all(headers["Authorization"] == "Bearer NNSXS.SECRET" for headers in storage.headers)
    # around the gap, and since the newest frame
    assert [r for r in storage.requests if "after" in r][1:][0]["before"] > NOW.isoformat()[:16]

    before = len(storage.requests)
    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url) == 0
    assert counts(hub) == (60, 50, 10, 0)
    assert len(storage.requests) == before + 1


@pytest.mark.parametrize("tokens", [True, False])
def test_a_whole_period_in_pages(
    hub: Hub, run: Run, storage: Server, tokens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regionhub_ingest.tts_storage.PAGE_SIZE", 7)
    storage.tokens = tokens

    arguments = ["source", "backfill", "arnsberg", "lns", "--server", storage.url, "--all"]
    assert run(*arguments) == 0
    assert counts(hub) == (60, 0, 60, 0)
    assert run(*arguments) == 0
    assert counts(hub) == (60, 0, 60, 0)


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (401, {}, "does not accept the API key"),
        (403, {}, "RIGHT_APPLICATION_TRAFFIC_READ"),
        (404, {}, "activate its Storage Integration"),
        (501, {}, "has no Storage Integration"),
        (500, {}, "answers 500"),
        (429, {"X-Rate-Limit-Retry": "3600"}, "limits how often"),
        (302, {"Location": "https://elsewhere.example/"}, "https://elsewhere.example/"),
    ],
)
def test_a_refusal_is_one_sentence(
    hub: Hub,
    run: Run,
    storage: Server,
    capsys: pytest.CaptureFixture[str],
    status: int,
    headers: dict[str, str],
    said: str,
) -> None:
    storage.refuse = [(status, headers)]
    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url, "--all") == 1
    heard = capsys.readouterr()
    assert said in heard.err
    assert "SECRET" not in heard.err + heard.out
    assert len(storage.requests) == 1


def test_it_waits_as_long_as_the_server_asks(
    hub: Hub, run: Run, storage: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("regionhub_ingest.tts_storage.time.sleep", waited.append)
    storage.refuse = [(429, {"X-Rate-Limit-Retry": "7"}), (429, {})]
    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url, "--all") == 0
    assert [seconds for seconds in waited if seconds >= 1] == [7, 10]
    assert counts(hub) == (60, 0, 60, 0)


def test_what_came_before_the_server_broke_off_is_stored(
    hub: Hub, run: Run, storage: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    storage.broken, storage.pages = True, 100
    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url, "--all") == 1
    assert "broken" in capsys.readouterr().err
    assert counts(hub) == (60, 0, 60, 0)


def test_a_server_without_storage_is_told_the_other_way(
    hub: Hub, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("source", "backfill", "arnsberg", "lns") == 1
    assert "regionhub source import" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--server", "http://lns.example"], "https://"),
        (["--since", "x"], "'x' is no time"),
        (["--since", "2026-05-02T00:00:00Z", "--until", "2026-05-01T00:00:00Z"], "before --until"),
        (["--since", "2020-05-02T00:00:00Z"], "at most 400 days"),
        (["--key-file", "nowhere"], "No such file"),
    ],
)
def test_wrong_options(
    hub: Hub,
    run: Run,
    storage: Server,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    assert run("source", "backfill", "arnsberg", "lns", *options) == 1
    assert said in capsys.readouterr().err


def _stored(**changes: Any) -> bytes:
    return lines({"result": tts(1) | changes})


@pytest.mark.parametrize(
    ("text", "headers", "said"),
    [
        (_stored() * 2000, {}, "has no end: over 1 MiB"),
        (_stored(), {"X-Continuation-Token": "2"}, "the same next page again and again"),
        (_stored(received_at="0001-01-01T00:00:00+23:59"), {}, "answered something else"),
        (_stored(received_at="9999-12-31T23:59:59-23:59"), {}, "answered something else"),
        (b'{"result": ' + b'{"a": ' * 600 + b"1" + b"}" * 601, {}, "answered something else"),
        (b"<h1>\x1b[2J\x07", {}, "<h1>[2J; what"),
    ],
)
def test_a_server_gone_mad_is_a_sentence(
    hub: Hub,
    run: Run,
    storage: Server,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    text: bytes,
    headers: dict[str, str],
    said: str,
) -> None:
    monkeypatch.setattr("regionhub_ingest.tts_storage._MOST_BYTES", 2**20)
    monkeypatch.setattr(storage, "answer", lambda *_: (200, headers, text))
    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url, "--all") == 1
    assert said in capsys.readouterr().err


def test_a_server_that_drips_is_given_up(
    hub: Hub,
    run: Run,
    storage: Server,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("regionhub_ingest.tts_storage._PAGE_SECONDS", -1.0)
    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url, "--all") == 1
    assert "has no end" in capsys.readouterr().err


def test_words_of_others_cannot_steer_the_terminal(
    hub: Hub, run: Run, storage: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    storage.refuse = [(302, {"Location": "https://x/\x1b[2J\x07"})]
    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url, "--all") == 1
    heard = capsys.readouterr().err
    assert "https://x/[2J" in heard
    assert "\x1b[2J" not in heard
