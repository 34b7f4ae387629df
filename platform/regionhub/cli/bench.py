"""The test bench of profiles, with the codecs of ingest."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import fields

import orjson

from regionhub.errors import InputError, RegionhubError
from regionhub.features.device_profiles.bench import (
    Suggestion,
    Trial,
    Tried,
    TriedExample,
    Written,
)
from regionhub.profiles import DeviceProfile
from regionhub.uplinks import Uplink
from regionhub_ingest.codec import Frame
from regionhub_ingest.decode import Codecs
from regionhub_ingest.examples import run_examples
from regionhub_ingest.foreign import Proposed
from regionhub_ingest.foreign.convert import convert
from regionhub_ingest.foreign.found import ForeignDevice
from regionhub_ingest.foreign.learn import intervals, learn, profile_text
from regionhub_ingest.foreign.ttn import examples_of

_LONGEST_SHOWN = 300


class CodecBench:
    """Tries profiles, one at a time: each trial has a process of its own, which then ends."""

    def __init__(self) -> None:
        self._one = threading.Lock()

    def decode(self, profile: DeviceProfile, frames: Sequence[Tried]) -> list[Trial]:
        """See `Bench`."""
        with self._one, closing(Codecs({profile.id: profile})) as codecs:
            return [_trial(codecs, profile, tried) for tried in frames]

    def examples(self, profile: DeviceProfile) -> list[TriedExample]:
        """See `Bench`."""
        with self._one:
            found = []
            for outcome in run_examples(profile):
                expected, got = ("", "") if outcome.passed else map(_shown, outcome.differences())
                found.append(
                    TriedExample(
                        description=outcome.example.description,
                        passed=outcome.passed,
                        expected=expected,
                        got=got,
                    )
                )
            return found

    def suggest(self, uplinks: Sequence[Uplink]) -> list[Suggestion]:
        """See `Bench`."""
        return [
            Suggestion(**{each.name: getattr(one, each.name) for each in fields(Suggestion)})
            for one in learn(uplinks, unknown=True)
        ]

    def mapped(
        self, profile_id: str, name: str, chosen: Sequence[Suggestion], uplinks: Sequence[Uplink]
    ) -> Written:
        """See `Bench`."""
        proposed = [
            Proposed(**{each.name: getattr(one, each.name) for each in fields(Suggestion)})
            for one in chosen
        ]
        text = profile_text(profile_id, proposed, uplinks, intervals(uplinks), name=name)
        return Written(text=text, codec="")

    def foreign(self, profile_id: str, name: str, codec: str, examples: str) -> Written:
        """See `Bench`."""
        device = ForeignDevice(
            profile_id=profile_id,
            vendor=name.split(" ", 1)[0],
            name=name,
            description=name,
            codec=codec,
            origin=name,
            examples=examples_of(examples) if examples.strip() else (),
        )
        with self._one:
            made = convert(device)
        if isinstance(made, str):
            raise InputError(made, de=f"Der Decoder ist nicht verwendbar: {made}")
        wrong = [f"{one.description}: {one.why}" for one in made.examples if one.why]
        notes = (*made.notes, *wrong)
        return Written(text=made.profile.text, codec=made.profile.codec, notes=notes)


def _trial(codecs: Codecs, profile: DeviceProfile, tried: Tried) -> Trial:
    try:
        known: Mapping[str, object] = profile.read_parameters(tried.parameters)
        frame = Frame(tried.payload, tried.f_port, tried.time_ns, known, decoded=tried.decoded)
        (answer,) = codecs.decode_all([(profile.id, frame)])
    except RegionhubError as error:
        answer = error  # type: ignore[assignment]
    if isinstance(answer, RegionhubError):
        return Trial(tried=tried, fields={}, measurements=(), warnings=(), error=answer.detail)
    return Trial(
        tried=tried,
        fields=answer.fields,
        measurements=answer.measurements,
        warnings=answer.warnings,
    )


def _shown(side: object) -> str:
    text = side if isinstance(side, str) else orjson.dumps(side).decode()
    return text[:_LONGEST_SHOWN]
