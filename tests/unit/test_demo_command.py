from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from regionhub.cli.demo import demo
from regionhub.errors import InputError

APP = typer.Typer()
APP.command()(demo)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--scenario", "storm"), "there are normal, drought, flood, flood-fault, fire, ice"),
        (("--scenario", "flood"), "made with --scenario normal: choose another folder"),
        (("--days", "3"), "made with --days 60"),
    ],
)
def test_what_cannot_be_had_is_said_before_anything_starts(
    arguments: tuple[str, str], words: str, tmp_path: Path
) -> None:
    (tmp_path / "demo.json").write_text(json.dumps({"scenario": "normal", "days": 60.0}))
    result = CliRunner().invoke(APP, ["--data", str(tmp_path), "--port", "48999", *arguments])
    assert isinstance(result.exception, InputError)
    assert words in str(result.exception)
    assert [file.name for file in tmp_path.iterdir()] == ["demo.json"]


def test_a_port_is_a_port(tmp_path: Path) -> None:
    result = CliRunner().invoke(APP, ["--data", str(tmp_path), "--port", "99999"])
    assert result.exit_code == 2
