"""Every example of every profile, and what no example shows."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import shipped
from tests.profiles.documented import write_documented_profile

from regionhub.errors import DecodeError, ProfileError
from regionhub.profiles import load_profiles
from regionhub_ingest.decode import Codecs, Decoded
from regionhub_ingest.examples import run_examples

with TemporaryDirectory() as _folder:
    write_documented_profile(Path(_folder))
    PROFILES = {**shipped.PROFILES, **load_profiles(Path(_folder))}
CODECS = Codecs(PROFILES)


@pytest.mark.parametrize("profile_id", PROFILES)
def test_examples(profile_id: str) -> None:
    for outcome in run_examples(PROFILES[profile_id]):
        assert outcome.got == outcome.expected or outcome.passed, outcome.example.description


def decode(profile_id: str, f_port: int | None, payload: bytes, **parameters: object) -> Decoded:
    return CODECS.decode(
        profile_id, f_port=f_port, payload=payload, parameters=parameters, time_ns=0
    )


@pytest.mark.parametrize("profile_id", PROFILES)
@settings(max_examples=150, deadline=None)
@given(
    payload=st.binary(max_size=64),
    f_port=st.one_of(st.none(), st.sampled_from([1, 2, 3, 4, 5, 6, 85])),
)
def test_any_bytes_give_measurements_or_a_decode_error(
    profile_id: str, payload: bytes, f_port: int | None
) -> None:
    started = time.monotonic()
    try:
        decoded = decode(profile_id, f_port, payload)
    except DecodeError as error:
        refused = "refused the payload" in error.detail
        decoded = Decoded(fields={}, measurements=[], warnings=[])
    else:
        refused = True
    assert refused, "the codec threw instead of refusing"
    for found in decoded.measurements:
        assert (found.value is None) == (found.quality == "invalid")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("profile_id", PROFILES)
def test_no_prefix_of_an_example_gives_another_value(profile_id: str) -> None:
    """A truncated frame is refused or gives a part of the measurements, never other ones."""
    for example in PROFILES[profile_id].examples:
        if example.error is not None or (profile_id, example.f_port) == ("dragino/ldds75", 2):
            continue  # the LDDS75 has shorter frames of its own
        if any(found.reason == "device tilted" for found in example.measurements or []):
            continue  # the EM410-RDL says so in the last item of its frame
        if any(found.reason == "probe could not be read" for found in example.measurements or []):
            continue  # the EM500-SMTC says so in all items together
        whole = decode(profile_id, example.f_port, example.payload, **example.parameters)
        for length in range(len(example.payload)):
            start = example.payload[:length]
            try:
                part = decode(profile_id, example.f_port, start, **example.parameters)
            except DecodeError:
                continue
            assert all(found in whole.measurements for found in part.measurements)


#: Their checksum stands at the end: a longer frame is a broken one.
CHECKSUM_LAST = frozenset({"seeed/sensecap-s2105"})


@pytest.mark.parametrize("profile_id", sorted(CHECKSUM_LAST))
def test_trailing_bytes_break_a_checksum(profile_id: str) -> None:
    example = next(e for e in PROFILES[profile_id].examples if e.measurements)
    with pytest.raises(DecodeError):
        decode(profile_id, example.f_port, example.payload + b"\xaa\xbb", **example.parameters)


@pytest.mark.parametrize("profile_id", sorted(set(PROFILES) - CHECKSUM_LAST))
def test_trailing_bytes_add_no_measurement(profile_id: str) -> None:
    example = next(e for e in PROFILES[profile_id].examples if e.measurements)
    whole = decode(profile_id, example.f_port, example.payload, **example.parameters)
    longer = decode(profile_id, example.f_port, example.payload + b"\xaa\xbb", **example.parameters)
    assert longer.measurements == whole.measurements
    assert longer.warnings


def test_a_port_without_data() -> None:
    decoded = decode("dragino/lse01", 4, bytes(11))
    assert (decoded.fields, decoded.measurements) == ({}, [])
    assert decoded.warnings == ["port 4 carries no data of dragino/lse01"]


def test_unknown_profile() -> None:
    with pytest.raises(ProfileError) as raised:
        decode("acme/one", 1, b"\0")
    assert raised.value.detail == f"no device profile acme/one (known: {', '.join(PROFILES)})"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("{errors: ['short', 5]}", "refused the payload: short; 5"),
        ("{errors: 'short'}", "refused the payload: short"),
        ("{data: {error: 'version'}}", "refused the payload: version"),
        ("{data: [1]}", "data that is not an object"),
        ("{data: 'text'}", "data that is not an object"),
    ],
)
def test_answers_that_are_refused(answer: str, words: str) -> None:
    profile = PROFILES["milesight/em300-th"].model_copy(
        update={"codec": f"function decodeUplink() {{ return {answer} }}"}
    )
    with pytest.raises(DecodeError, match=words):
        Codecs({"a/b": profile}).decode("a/b", f_port=1, payload=b"\0", parameters={}, time_ns=0)


def test_warnings_are_kept() -> None:
    profile = PROFILES["milesight/em300-th"].model_copy(
        update={
            "codec": "function decodeUplink() {return {data: {temperature: NaN}, warnings: ['w']}}"
        }
    )
    decoded = Codecs({"a/b": profile}).decode(
        "a/b", f_port=1, payload=b"\0", parameters={}, time_ns=0
    )
    assert decoded.measurements == []
    assert decoded.warnings == ["w", "field temperature is not a finite number"]


def test_codecs_are_found_beside_the_profiles() -> None:
    root = Path(__file__).parents[2] / "device_profiles"
    assert {file.parent.relative_to(root).as_posix() for file in root.rglob("codec.js")} == set(
        shipped.PROFILES
    )
