"""Missing frames from the storage of The Things Stack; its server is made from the docs."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.ingest.conftest import EM300, Intake, Run
from tests.ingest.recorded import FIRST, NOW, SAMPLES, counts, lines
from tests.messages import STORED
from tests.shipped import PROFILES
from tests.town import SECRETS

from regionhub_ingest.decode import Codecs
from regionhub_ingest.imports import store_imported
from regionhub_ingest.lines import read_lines
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry


def tts(f_cnt: int) -> dict[str, Any]:
    time = (FIRST + timedelta(minutes=10 * f_cnt)).isoformat().replace("+00:00", "Z")
    body: dict[str, Any] = json.loads((SAMPLES / "tts-v3-up.json").read_text())
    assert body["end_device_ids"]["dev_eui"].lower() == EM300
    body["received_at"] = time
    body["uplink_message"] |= {"f_cnt": f_cnt, "received_at": time}
    return body


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
def storage(intake: Intake) -> Iterator[Server]:
    intake.owner.execute(
        "update core.source set format = 'tts-v3', username = 'umwelt@musterkreis', "
        "password = %s where source_id = %s",
        [SECRETS.seal("NNSXS.SECRET"), intake.source.source_id],
    )
    intake.source = intake.store.sources()[0]
    with serving(Server(list(range(60)))) as server:
        yield server


def tts_live(intake: Intake, *f_cnts: int) -> None:
    pipeline = Pipeline(Registry(intake.store), Codecs(PROFILES))
    batches = store_imported(
        read_lines(io.BytesIO(lines(*map(tts, f_cnts))), topic=""),
        source=intake.source,
        pipeline=pipeline,
        store=intake.store,
    )
    assert sum(batch[STORED] for batch in batches) == len(f_cnts)
    intake.owner.execute("update core.uplink set recovered = false")


def test_a_saved_answer_is_imported_as_it_is(
    intake: Intake, run: Run, storage: Server, tmp_path: Path
) -> None:
    """What curl wrote into a file: `{"result": ...}` on each second line."""
    storage.pages = 100
    window = {"after": "2020-01-01T00:00:00+00:00", "before": "2100-01-01T00:00:00+00:00"}
    file = tmp_path / "storage.jsonl"
    file.write_bytes(storage.answer("", window)[2])
    assert run("source", "import", "arnsberg", "lns", str(file)) == 0
    assert intake.rows("select count(*)::int from core.uplink") == [(60,)]
    assert intake.rows("select count(*)::int from core.dead_letter") == [(0,)]


def test_only_the_gaps_are_fetched(intake: Intake, run: Run, storage: Server) -> None:
    tts_live(intake, *range(20), *range(30, 60))
    assert counts(intake) == (60, 50, 0, 10)

    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url) == 0

    assert counts(intake) == (60, 50, 10, 0)
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
    assert counts(intake) == (60, 50, 10, 0)
    assert len(storage.requests) == before + 1


@pytest.mark.parametrize("tokens", [True, False])
def test_a_whole_period_in_pages(
    intake: Intake, run: Run, storage: Server, tokens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regionhub_ingest.formats.tts_v3_storage.PAGE_SIZE", 7)
    storage.tokens = tokens

    arguments = ["source", "backfill", "arnsberg", "lns", "--server", storage.url, "--all"]
    assert run(*arguments) == 0
    assert counts(intake) == (60, 0, 60, 0)
    assert run(*arguments) == 0
    assert counts(intake) == (60, 0, 60, 0)


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
    intake: Intake,
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
    intake: Intake, run: Run, storage: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("regionhub_ingest.formats.tts_v3_storage.time.sleep", waited.append)
    storage.refuse = [(429, {"X-Rate-Limit-Retry": "7"}), (429, {})]
    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url, "--all") == 0
    assert [seconds for seconds in waited if seconds >= 1] == [7, 10]
    assert counts(intake) == (60, 0, 60, 0)


def test_what_came_before_the_server_broke_off_is_stored(
    intake: Intake, run: Run, storage: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    storage.broken, storage.pages = True, 100
    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url, "--all") == 1
    assert "broken" in capsys.readouterr().err
    assert counts(intake) == (60, 0, 60, 0)


def test_a_server_without_storage_is_told_the_other_way(
    intake: Intake, run: Run, capsys: pytest.CaptureFixture[str]
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
    intake: Intake,
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
    intake: Intake,
    run: Run,
    storage: Server,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    text: bytes,
    headers: dict[str, str],
    said: str,
) -> None:
    monkeypatch.setattr("regionhub_ingest.formats.tts_v3_storage._MOST_BYTES", 2**20)
    monkeypatch.setattr(storage, "answer", lambda *_: (200, headers, text))
    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url, "--all") == 1
    assert said in capsys.readouterr().err


def test_a_server_that_drips_is_given_up(
    intake: Intake,
    run: Run,
    storage: Server,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("regionhub_ingest.formats.tts_v3_storage._PAGE_SECONDS", -1.0)
    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url, "--all") == 1
    assert "has no end" in capsys.readouterr().err


def test_words_of_others_cannot_steer_the_terminal(
    intake: Intake, run: Run, storage: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    storage.refuse = [(302, {"Location": "https://x/\x1b[2J\x07"})]
    assert run("source", "backfill", "arnsberg", "lns", "--server", storage.url, "--all") == 1
    heard = capsys.readouterr().err
    assert "https://x/[2J" in heard
    assert "\x1b[2J" not in heard
