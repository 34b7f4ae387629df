"""`regionhub dashboards`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.dashboards.test_boards import UIDS
from typer.testing import CliRunner

from regionhub.cli import dashboards


def test_render_prints_what_it_wrote(tmp_path: Path) -> None:
    result = CliRunner().invoke(dashboards.app, ["render", "--out", str(tmp_path)])
    assert result.exit_code == 0
    written = [Path(line) for line in result.output.splitlines()]
    assert [path.name for path in written] == [f"{uid}.json" for uid in UIDS]
    assert all(path.parent == tmp_path and path.stat().st_size > 1000 for path in written)


def test_maps_use_the_tiles_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGIONHUB_TILE_URL", "https://tiles.example/{z}/{x}/{y}.png")
    CliRunner().invoke(dashboards.app, ["render", "--out", str(tmp_path)])
    assert "https://tiles.example/" in (tmp_path / "pegel.json").read_text(encoding="utf-8")


def test_check_passes_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CliRunner().invoke(dashboards.app, ["check"]).exit_code == 0
    monkeypatch.setattr(dashboards, "problems", lambda board: ["pegel: a fault"])
    result = CliRunner().invoke(dashboards.app, ["check"])
    assert result.exit_code == 1
    assert "pegel: a fault" in result.output
