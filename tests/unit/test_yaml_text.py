"""YAML that people wrote: a key that stands twice is a mistake, never a silent choice."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from regionhub.errors import ProfileError, VocabularyError
from regionhub.profiles.files import default_directory, load_profile, read_profile
from regionhub.quantities import parse_vocabulary
from regionhub.yaml_text import load_yaml


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: 2\na: 3",
        "a: 1\n'a': 1",
        "{x: {y: 1, y: 2}}",
        "- {y: 1}\n- {y: 1, z: 2, y: 3}",
        "1: a\n0x1: b",
        "? [1, 2]\n: a",
        "a: 2026-13-01",
        "a: " + "[" * 3000,
        'a: "nul \\0"',
        'a: "half a letter \\ud800"',
        'b: {"red \\e[31m": 1}',
        "a: &a [*a]",
        "a: &a {b: *a}",
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)),
        "a0: &a0 {x: 1}\n"
        + "".join(f"a{n}: &a{n} {{<<: [{f'*a{n - 1}, ' * 10}]}}\n" for n in range(1, 12)),
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        load_yaml(text)


def test_what_is_said() -> None:
    with pytest.raises(yaml.YAMLError, match=r"unit stands in line 2 and again(?s:.)*line 4"):
        load_yaml("a:\n  unit: m\n  decimals: 1\n  unit: cm\n")


def test_what_is_read_as_ever() -> None:
    assert load_yaml("a: {x: 1}\nb: {x: 2}\n") == {"a": {"x": 1}, "b": {"x": 2}}
    assert load_yaml("base: &b {x: 1, y: 1}\nown: {<<: *b, y: 2}")["own"] == {"x": 1, "y": 2}
    assert load_yaml("") is None


def test_a_profile(tmp_path: Path) -> None:
    folder, shipped = tmp_path / "dragino" / "lse01", default_directory() / "dragino" / "lse01"
    folder.mkdir(parents=True)
    text = (shipped / "profile.yaml").read_text("utf-8")
    (folder / "codec.js").write_text((shipped / "codec.js").read_text("utf-8"), "utf-8")
    (folder / "profile.yaml").write_text(f"{text}\ninterval_minutes: 1\n", "utf-8")
    with pytest.raises(ProfileError, match="interval_minutes stands in line"):
        load_profile(tmp_path, "dragino/lse01")


@pytest.mark.parametrize("text", ["1: a", "null: a", "2026-01-01: a", "a: " + "{b: " * 3000])
def test_a_profile_that_is_none_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ProfileError):
        read_profile("olpe/soil", text, "")


def test_a_vocabulary() -> None:
    with pytest.raises(VocabularyError, match="degC stands in line 2 and again"):
        parse_vocabulary("units:\n  degC: {ucum: Cel, symbol: x}\n  degC: {ucum: K, symbol: K}\n")
