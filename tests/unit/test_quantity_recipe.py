"""CONTRIBUTING.md, followed: an entry in the vocabulary makes a quantity."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from regionhub import quantities
from regionhub.cli.assembly import schema
from regionhub.quantities import parse_vocabulary

PAGE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text("utf-8")


def test_an_entry_makes_a_quantity(monkeypatch: pytest.MonkeyPatch) -> None:
    [entry] = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    text = (resources.files(quantities) / "vocabulary.yaml").read_text("utf-8")
    extended = parse_vocabulary(text.rstrip() + "\n" + entry)
    assert extended.convert(0.5, "m", "snow_depth") == 50
    before = schema().renewed

    monkeypatch.setattr("regionhub.store.migrate.load_vocabulary", lambda: extended)

    [row] = [row for row in schema().quantities if row["quantity"] == "snow_depth"]
    assert (row["name_de"], row["symbol"]) == ("Schneehöhe", "cm")
    assert schema().renewed != before, "who works with the old database is refused"
