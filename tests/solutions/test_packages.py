"""A solution as one signed file, from one hub to another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.rows import connect
from typer.testing import CliRunner

from regionhub.cli import solutions
from regionhub.errors import InputError
from regionhub_dashboards.clone.canonical import digest
from regionhub_dashboards.packages import catalogue, differences, pack, read_key, unpack
from regionhub_dashboards.render import dashboard_of
from regionhub_dashboards.solutions import SOLUTIONS

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
FILE = pack(SOLUTIONS["flood"], key=KEY, signer="Hub A")
LOOK = {"tile_url": "https://t.example/{z}/{x}/{y}", "attribution": '© "A"', "portal_url": ""}


def test_what_comes_out_is_what_went_in() -> None:
    package = unpack(FILE)
    assert package.signer == "Hub A"
    assert len(package.key.split()) == 8
    assert package.solution.manifest == SOLUTIONS["flood"].manifest
    assert package.solution.rules == SOLUTIONS["flood"].rules
    for portal in ("", "https://hub.example"):
        look = LOOK | {"portal_url": portal}
        own, other = (dashboard_of(each, **look) for each in (SOLUTIONS["flood"], package.solution))
        assert own
        assert other
        assert digest(own) == digest(other)
    assert differences(package.solution, SOLUTIONS["flood"]) == []


def _changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    content = json.loads(FILE)
    change(content)
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "no solution of the format"),
        (b"[]", "no solution of the format"),
        (b"\xff\xfe", "no solution of the format"),
        (b"[" * 100_000, "no solution of the format"),
        (b" " * 5_000_001, "larger than"),
        (FILE[:-40], "no solution of the format"),
        (FILE.decode().encode("utf-16"), "no solution of the format"),
        (_changed(lambda c: c.update(signer="\0")), "no solution of the format"),
        (_changed(lambda c: c.update(signer="\x1b[2J")), "no solution of the format"),
        (_changed(lambda c: c["manifest"].update(title="\x9b2J")), "no solution of the format"),
        (_changed(lambda c: c["board"].update(x=float("nan"))), "no solution of the format"),
        (_changed(lambda c: c["board"].update(title="\ud800")), "no signed solution"),
        (_changed(lambda c: c.pop("signature")), "no signed solution"),
        (_changed(lambda c: c.update(key="?")), "no signed solution"),
        (_changed(lambda c: c.update(key=None)), "no signed solution"),
        (_changed(lambda c: c.update(signer="Hub B")), "not as it was signed"),
        (_changed(lambda c: c["rules"][0].update(above=9)), "not as it was signed"),
        (_changed(lambda c: c["board"].update(title="x")), "not as it was signed"),
    ],
)
def test_what_is_not_as_it_was_signed_is_refused(file: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        unpack(file)


def test_a_dashboard_that_reads_past_the_views_is_refused_whoever_signed_it() -> None:
    package = unpack(FILE)
    board = package.solution.board
    assert board is not None
    board.board["panels"][1]["targets"][0]["rawSql"] = "select * from auth.account"  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="schema api"):
        unpack(pack(package.solution, key=KEY, signer="Hub B"))


def test_no_key_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="openssl genpkey -algorithm ed25519"):
        read_key(b"-----BEGIN PRIVATE KEY-----")


def test_from_one_hub_to_the_other(
    solutions_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGIONHUB_DATABASE_URL", solutions_database)
    key, out = tmp_path / "hub.pem", tmp_path / "pegel.json"
    key.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def run(*arguments: str, answer: str = "", status: int = 0) -> str:
        done = CliRunner().invoke(solutions.app, arguments, input=answer)
        assert done.exit_code == status, (done.output, done.exception)
        return done.output

    run("export", "forest", "--key", str(key), "--signer", "Hub A", "--out", str(out))
    said = run("import", str(out), answer="n\n", status=1)
    assert "signed by Hub A, key" in said
    assert "gleich" in said
    run("import", str(out), "--yes")
    with connect(solutions_database, autocommit=True) as owner:
        assert catalogue(owner)["forest"].uid == "wald"
        owner.execute("delete from core.imported_solution")
    entry = run("publiccode", "forest", "--url", "https://git.example.org/x.git")
    assert "publiccodeYmlVersion: '0.5'" in entry
    assert "shortDescription" in entry
