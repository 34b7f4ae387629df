"""Nonsense at the command line: one sentence, exit status 1, never a traceback."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.rows import connect
from tests.world import World

from regionhub.cli import main
from regionhub.registry.sources import sources_of_all

SOURCE = ["source", "add", "arnsberg", "--name", "x", "--format", "chirpstack-v4"]
BROKER = ["--broker", "mqtt://broker"]
NONSENSE = [
    ["tenant", "add", "Arnsberg", "--name", "Arnsberg"],
    ["tenant", "add", "arnsberg", "--name", "again"],
    ["tenant", "add", "olpe", "--name", ""],
    ["tenant", "add", "olpe", "--name", "Olpe", "--kind", "planet"],
    ["tenant", "add", "olpe", "--name", "Olpe", "--ags", "x"],
    ["tenant", "add", "olpe", "--name", "Olpe", "--latitude", "91"],
    ["tenant", "add", "olpe", "--name", "a\udcffb"],
    ["tenant", "account", "arnsberg", "a", "--name", "A", "--role", "god"],
    ["tenant", "account", "arnsberg", "", "--name", "A"],
    ["tenant", "link", "arnsberg", "nobody"],
    ["tenant", "role", "arnsberg", "nobody", "admin"],
    ["tenant", "lock", "olpe", "nobody"],
    ["tenant", "key", "arnsberg", "--name", ""],
    ["tenant", "key", "arnsberg", "--name", "x" * 300],
    ["tenant", "account", "arnsberg", "a", "--name", "Anna\u202e"],
    ["tenant", "account", "arnsberg", "a\u200bb", "--name", "A"],
    ["tenant", "account", "arnsberg", "a", "--name", ""],
    ["tenant", "key", "arnsberg", "--name", "Leitstelle\x01"],
    ["tenant", "add", "olpe", "--name", "Olpe\u202eeplO"],
    ["tenant", "add", "olpe", "--name", "Olpe", "--latitude", "7.85", "--longitude", "51.03"],
    ["tenant", "add", "olpe", "--name", "Olpe", "--latitude", "51.03"],
    ["tenant", "add", "region", "--name", "Olpe"],
    [*SOURCE[:4], "x" * 300, *SOURCE[5:], "--topic", "a/#", "--broker", "mqtt://broker"],
    [*SOURCE[:4], "lns\u200b", *SOURCE[5:], "--topic", "a/#", "--broker", "mqtt://broker"],
    ["source", "import", "arnsberg", "lns", "/dev/null", "--topic", "a/#"],
    ["source", "import", "arnsberg", "lns", "/dev/null", "--topic", "a/+/up"],
    ["replay", "--device", "24e124136d0c0417", "--since", "1d", "--reason", "x"],
    [
        "replay",
        "--tenant",
        "arnsberg",
        "--profile",
        "dragino/lse01",
        "--since",
        "1d",
        "--reason",
        "x",
    ],
    ["uplink", "parse", "/dev/null", "--format", "tts-v3"],
    ["uplink", "parse", "/dev/null", "--format", "nonsense"],
    [*SOURCE, "--topic", "a/#", "--broker", "mqtt://broker:99999"],
    [*SOURCE, "--topic", "a/#", "--broker", "mqtt://broker:0"],
    [*SOURCE, "--topic", "a/#", "--broker", "mqtt://[::1"],
    [*SOURCE, "--topic", "a/#", "--broker", "mqtt://:1883"],
    [*SOURCE, "--topic", "a/#", "--broker", "mqtt://broker?x=1"],
    [*SOURCE, "--topic", "a/#", "--broker", "http://broker"],
    [*SOURCE, "--topic", "a/#", "--broker", "mqtt://user:password@broker"],
    [*SOURCE, *BROKER, "--topic", "a/#/b"],
    [*SOURCE, *BROKER, "--topic", "a+"],
    [*SOURCE, *BROKER, "--topic", ""],
    [*SOURCE, *BROKER, "--topic", "a\udcff"],
    [*SOURCE, *BROKER, "--topic", "a/#", "--protocol", "6"],
    ["source", "add", "arnsberg", "--name", "x", "--format", "loriot", *BROKER],
    ["source", "add", "arnsberg", "--name", "x", "--format", "tts", *BROKER, "--topic", "#"],
    ["source", "set", "arnsberg", "x"],
    ["source", "set", "arnsberg", "x", "--broker", "mqtt://broker"],
    ["replay", "dead-letters", "--because", "unknown-device"],
    ["replay", "dead-letters", "--device", "24e124136d0c041"],
    ["replay", "dead-letters", "--device", "JOEkE20MBBc="],
    ["simulate", "--dry-run", "--since", "99999999999d"],
    ["simulate", "--dry-run", "--since", "0001-01-01T00:00:00Z"],
    ["simulate", "--broker", "mqtt://..:1883"],
    ["dashboards", "render", "--out", "/dev/null"],
]


@pytest.fixture(scope="module")
def town_url(new_database: Callable[[], str]) -> str:
    url = new_database()
    with connect(url, autocommit=True) as owner:
        World(owner).town("arnsberg")
    return url


@pytest.mark.parametrize("arguments", NONSENSE, ids=str)
def test_nonsense_is_refused_in_one_sentence(
    town_url: str,
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REGIONHUB_DATABASE_URL", town_url)
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setattr("sys.argv", ["regionhub", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 1
    assert len(said.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("format_name", "protocol", "topics"),
    [
        ("chirpstack-v4", "5", ["application/+/device/+/event/+"]),
        ("tts-v3", "3.1.1", ["v3/+/devices/+/#"]),
    ],
)
def test_a_source_is_reached_as_its_server_is(
    town_url: str,
    format_name: str,
    protocol: str,
    topics: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REGIONHUB_DATABASE_URL", town_url)
    added = {
        f"{format_name} as it is": (protocol, topics),
        f"{format_name} changed": ("5", ["a/#", "b/+"]),
    }
    for name, arguments in zip(
        added, [[], ["--protocol", "5", "--topic", "a/#", "--topic", "b/+"]], strict=True
    ):
        what = ["source", "add", "arnsberg", "--name", name, "--format", format_name]
        monkeypatch.setattr("sys.argv", ["regionhub", *what, *BROKER, *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0
    with connect(town_url) as owner:
        found = {source.name: (source.protocol, source.topics) for source in sources_of_all(owner)}
    assert {name: found[name] for name in added} == added


def test_a_setting_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REGIONHUB_HTTP_PORT", "many")
    monkeypatch.setattr("sys.argv", ["regionhub", "tenant", "list"])
    with pytest.raises(SystemExit):
        main()
    assert "REGIONHUB_HTTP_PORT" in capsys.readouterr().err
