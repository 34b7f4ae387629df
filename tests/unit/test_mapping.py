from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from regionhub.errors import DecodeError, ProfileError
from regionhub.profiles import (
    DeviceProfile,
    load_profile,
    load_profiles,
    measurements,
    read_profile,
)
from regionhub.profiles.paths import Each, Where, parse_path, path_text

BASE: dict[str, Any] = {
    "vendor": "Acme",
    "model": "One",
    "name": "Acme One",
    "description": {"de": "Sensor", "en": "Sensor"},
    "lorawan": {"mac_version": "1.0.3"},
    "interval_minutes": 10,
    "measurements": [{"field": "t", "quantity": "air_temperature", "unit": "degC"}],
    "examples": [{"description": "x", "f_port": 1, "bytes": "00", "measurements": []}],
}


def write(folder: Path, **changes: Any) -> Path:
    (folder / "acme" / "one").mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump({**BASE, **changes})
    (folder / "acme" / "one" / "profile.yaml").write_text(text, "utf-8")
    (folder / "acme" / "one" / "codec.js").write_text("function decodeUplink(i) {}", "utf-8")
    return folder


def found(folder: Path, fields: dict[str, Any], **mapping: Any) -> list[tuple[Any, ...]]:
    entry = {"field": "t", "quantity": "air_temperature", "unit": "degC", **mapping}
    profile = load_profile(write(folder, measurements=[entry]), "acme/one")
    return [(m.value, m.quality, m.reason, m.position) for m in measurements(profile, fields)]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("Pd (P1-PBaro)", ("Pd (P1-PBaro)",)),
        ('"a.b".c', ("a.b", "c")),
        ("a[0][12].b", ("a", 0, 12, "b")),
        ("history[*].t", ("history", Each(), "t")),
        ("m[id=4102].v", ("m", Where("id", "4102"), "v")),
        ("1", ("1",)),
        ('"5"" pipe"[0]', ('5" pipe', 0)),
        ('a."".b', ("a", "", "b")),
        ('m[type="Air [in], 5"" pipe"].v', ("m", Where("type", 'Air [in], 5" pipe'), "v")),
        ("m[type=].v", ("m", Where("type", ""), "v")),
    ],
)
def test_field_paths(text: str, steps: tuple[Any, ...]) -> None:
    assert parse_path(text) == steps
    assert parse_path(path_text(steps)) == steps


@given(
    names=st.lists(
        st.one_of(
            st.text(), st.integers(0, 10**9), st.just(Each()), st.text().map(partial(Where, "id"))
        ),
        max_size=5,
    ),
    first=st.text(),
)
def test_every_field_has_a_path(names: list[Any], first: str) -> None:
    assert parse_path(path_text((first, *names))) == (first, *names)


@pytest.mark.parametrize("text", ["", ".a", "a.", "a..b", "a[", "a[x]", "a]", 'a"b', "a[0]b"])
def test_no_field_paths(text: str) -> None:
    with pytest.raises(ValueError, match="not a field path"):
        parse_path(text)


@pytest.mark.parametrize("text", ["[0]", "[*].t", "[id=1].t"])
def test_field_paths_begin_with_a_name(text: str) -> None:
    with pytest.raises(ValueError, match="begins with a name"):
        parse_path(text)


@pytest.mark.parametrize("value", [None, True, False, {}, [], float("nan"), float("inf"), 10**400])
def test_what_never_becomes_a_reading(tmp_path: Path, value: Any) -> None:
    assert found(tmp_path, {"t": value}) == []
    assert found(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("value", "as_text", "expected"),
    [
        ("19.57", True, (19.57, "ok", None, "")),
        (" -5 ", True, (-5.0, "ok", None, "")),
        ("2000 mm", True, (2000.0, "ok", None, "")),
        ("25°C", True, (25.0, "ok", None, "")),
        ("1,5", True, (None, "invalid", "1,5", "")),
        ("No Sensor", True, (None, "invalid", "No Sensor", "")),
        ("", True, (None, "invalid", "empty text", "")),
        ("19.57", False, (None, "invalid", "19.57", "")),
        ("NaN", True, (None, "invalid", "NaN", "")),
    ],
)
def test_text(tmp_path: Path, value: str, as_text: bool, expected: tuple[Any, ...]) -> None:
    assert found(tmp_path, {"t": value}, numbers_as_text=as_text) == [expected]


def test_markers_ranges_and_reasons(tmp_path: Path) -> None:
    rules: dict[str, Any] = {
        "invalid": [{"value": 327.67, "reason": "no probe"}],
        "valid": {"min": -40, "max": 85},
        "reason": "why",
    }
    assert found(tmp_path, {"t": 327.67}, **rules) == [(None, "invalid", "no probe", "")]
    assert found(tmp_path, {"t": 86}, **rules) == [(None, "invalid", "86 degC is not possible", "")]
    assert found(tmp_path, {"t": 20, "why": "tilted"}, **rules) == [(20.0, "suspect", "tilted", "")]
    assert found(tmp_path, {"t": None, "why": "dead"}, **rules) == [(None, "invalid", "dead", "")]
    assert found(tmp_path, {"why": "dead"}, **rules) == []


def test_the_end_of_what_a_sensor_can_measure_is_a_bound(tmp_path: Path) -> None:
    rules = {"bound": "near", "reason": "why"}
    assert found(tmp_path, {"t": 28, "near": "too close"}, **rules) == [
        (28.0, "bound", "too close", "")
    ]
    assert found(tmp_path, {"t": 28, "near": None}, **rules) == [(28.0, "ok", None, "")]
    assert found(tmp_path, {"t": None, "near": "too close", "why": "dead"}, **rules) == [
        (None, "invalid", "dead", "")
    ]


SPECIAL = st.sampled_from([0, -0.0, 20, 20.5, -40, 85, 85.1, 2**64, 10**308, 10**400])
NUMBERS = st.one_of(SPECIAL, st.floats(), st.integers())
TEXTS = st.sampled_from(["", " ", "19.5", "-5 mm", "1,5", "NaN", "tilted"])
ANYTHING = st.one_of(
    NUMBERS, TEXTS, st.none(), st.booleans(), st.lists(NUMBERS), st.dictionaries(TEXTS, NUMBERS)
)
MARKERS = st.sampled_from([0, 20, 20.5, float("nan"), float("inf")])
ENDS = st.sampled_from([-40, 85, float("nan"), float("inf"), float("-inf")])


@settings(max_examples=500)
@given(
    fields=st.fixed_dictionaries(
        {"t": st.one_of(NUMBERS, ANYTHING)}, optional={"why": ANYTHING, "at": ANYTHING}
    ),
    rules=st.fixed_dictionaries(
        {},
        optional={
            "invalid": st.lists(MARKERS.map(lambda value: {"value": value, "reason": "no probe"})),
            "valid": st.fixed_dictionaries({}, optional={"min": ENDS, "max": ENDS}),
            "numbers_as_text": st.booleans(),
        },
    ),
    paths=st.sampled_from([{}, {}, {"reason": "why"}, {"time": "at"}, {"bound": "why"}]),
)
@example(fields={"t": 20.0, "at": 10**400}, rules={}, paths={"time": "at"})
def test_a_field_at_the_top_says_what_it_says_further_inside(
    fields: dict[str, Any], rules: dict[str, Any], paths: dict[str, str]
) -> None:
    """Numbers at the top are judged in a way of their own, which gives the same."""

    def said(prefix: str, answer: dict[str, Any]) -> str:
        entry = {"quantity": "air_temperature", "unit": "degC", "position": "p", **rules}
        entry |= {name: prefix + path for name, path in {"field": "t", **paths}.items()}
        made = {**BASE, "id": "acme/one", "version": "1", "codec": "", "measurements": [entry]}
        return repr(measurements(DeviceProfile.model_validate(made), answer))

    assert said("", fields) == said("probe.", {"probe": fields})


def test_lists(tmp_path: Path) -> None:
    fields = {"m": [{"id": 7, "v": 1}, {"id": 8, "v": 2}], "l": [[1, 2], [3, 4]]}
    assert found(tmp_path, fields, field="m[id=8].v") == [(2.0, "ok", None, "")]
    assert found(tmp_path, fields, field="m[*].v", position="depth_{n}") == [
        (1.0, "ok", None, "depth_1"),
        (2.0, "ok", None, "depth_2"),
    ]
    assert found(tmp_path, fields, field="l[1][0]") == [(3.0, "ok", None, "")]
    assert found(tmp_path, fields, field="l[9][0]") == []
    # `{n}` is all that is filled in: the rest of a position is no template
    for position in ("{n.real}_{n}", "{n:>99999999}{n}"):
        (one,) = found(tmp_path, {"m": [{"v": 1}]}, field="m[*].v", position=position)
        assert one[3] == position.replace("{n}", "1")


def test_a_frame_gives_as_many_measurements_as_one_can_hold(tmp_path: Path) -> None:
    assert len(found(tmp_path, {"m": [1] * 2000}, field="m[*]", position="{n}")) == 2000
    with pytest.raises(DecodeError, match="more than 2000 measurements"):
        found(tmp_path, {"m": [1] * 2001}, field="m[*]", position="{n}")


@pytest.mark.parametrize("sign", ["\0", "\ud800"])
def test_a_codec_is_text(sign: str) -> None:
    with pytest.raises(ProfileError, match="characters that are none"):
        read_profile("acme/one", yaml.safe_dump(BASE), f"/* {sign} */")


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (1665561758, 1665561758_000_000_000),
        (1665561758123, 1665561758_123_000_000),
        ("2022-10-12T08:02:38Z", 1665561758_000_000_000),
        ("yesterday", None),
        (0, None),
        (None, None),
        (True, None),
    ],
)
def test_stored_readings(tmp_path: Path, time: Any, expected: int | None) -> None:
    entry = {"field": "h[*].t", "time": "h[*].at", "quantity": "air_temperature", "unit": "degC"}
    profile = load_profile(write(tmp_path, measurements=[entry]), "acme/one")
    (reading,) = measurements(profile, {"h": [{"t": 1.5, "at": time}]})
    assert reading.time_ns == expected
    assert reading.value == (1.5 if expected else None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "red"}, "acme/one/profile.yaml: colour: Extra inputs"),
        ({"version": "1"}, "version: is not written by hand"),
        ({"lorawan": {"mac_version": 1.0}}, "lorawan.mac_version: Input should be a valid string"),
        (
            {"measurements": [{**BASE["measurements"][0], "unit": "bar"}]},
            "cannot be measured in bar",
        ),
        ({"measurements": [{**BASE["measurements"][0], "field": "a["}]}, "not a field path"),
        ({"measurements": [{**BASE["measurements"][0], "position": "{n}"}]}, "needs a"),
        ({"interval_minutes": float("inf")}, "interval_minutes"),
        ({"interval_minutes": 1e-9}, "interval_minutes"),
        ({"name": ""}, "name"),
        ({"model": "x" * 201}, "model"),
        ({"measurements": BASE["measurements"] * 501}, "at most 500"),
        ({"measurements": [{**BASE["measurements"][0], "position": "x" * 81}]}, "position"),
        ({"examples": [{**BASE["examples"][0], "bytes": "0g"}]}, "examples.0.bytes"),
        ({"examples": [{**BASE["examples"][0], "error": "x"}]}, "either measurements or error"),
        (
            {
                "parameters": {
                    "p": {"type": "number", "default": "x", "description": {"de": "", "en": ""}}
                }
            },
            "must be a number",
        ),
    ],
)
def test_a_wrong_profile_names_file_and_key(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ProfileError, match=words):
        load_profiles(write(tmp_path, **changes))


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"no file acme/two/profile\.yaml"):
        load_profile(write(tmp_path), "acme/two")
    with pytest.raises(ProfileError, match="no directory"):
        load_profiles(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ProfileError, match=r"no device profile in .*empty"):
        load_profiles(tmp_path / "empty")
    (tmp_path / "acme" / "one" / "codec.js").unlink()
    with pytest.raises(ProfileError, match=r"no file acme/one/codec\.js"):
        load_profiles(tmp_path)


def test_the_version_follows_both_files(tmp_path: Path) -> None:
    first = load_profile(write(tmp_path), "acme/one").version
    assert load_profile(tmp_path, "acme/one").version == first
    (tmp_path / "acme" / "one" / "codec.js").write_text("function decodeUplink(i) { }", "utf-8")
    second = load_profile(tmp_path, "acme/one").version
    assert len({first, second, load_profile(write(tmp_path, name="New"), "acme/one").version}) == 3


def test_parameters(tmp_path: Path) -> None:
    texts = {"de": "", "en": ""}
    profile = load_profile(
        write(
            tmp_path,
            parameters={
                "firmware": {
                    "type": "text",
                    "default": "a",
                    "values": ["a", "b"],
                    "description": texts,
                },
                "top": {"type": "number", "default": 1, "min": 0, "max": 9, "description": texts},
                "free": {"type": "number", "default": 1, "description": texts},
                "wet": {"type": "boolean", "default": False, "description": texts},
            },
        ),
        "acme/one",
    )
    assert profile.read_parameters({}) == {
        "firmware": "a",
        "top": 1.0,
        "free": 1.0,
        "wet": False,
    }
    given = {"firmware": "b", "top": "2.5", "free": -3, "wet": "true"}
    read = {"firmware": "b", "top": 2.5, "free": -3.0, "wet": True}
    assert profile.read_parameters(given) == read
    for wrong, words in (
        ({"firmware": "c"}, "must be one of a, b, not c"),
        ({"top": 10}, "must lie between"),
        ({"top": "nan"}, "must be a number"),
        ({"free": "inf"}, "must be a number"),
        ({"free": "1e999"}, "must be a number"),
        ({"free": True}, "must be a number"),
        ({"top": "x"}, "must be a number"),
        ({"wet": "maybe"}, "must be a boolean"),
        ({"dry": 1}, "no parameter dry .known: firmware, free, top, wet"),
    ):
        with pytest.raises(ProfileError, match=words):
            profile.read_parameters(wrong)
