"""From a device of a checkout to a profile of ours: its codec runs, its examples are tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from regionhub.errors import DecodeError, ProfileError
from regionhub.profiles import DeviceProfile, measurements, read_profile
from regionhub_ingest.codec import Codec, Frame
from regionhub_ingest.codec_host import CodecHost
from regionhub_ingest.examples import as_expected
from regionhub_ingest.foreign.compare import of_another_device, same
from regionhub_ingest.foreign.found import (
    ForeignDevice,
    ForeignExample,
    as_line,
    as_script,
)
from regionhub_ingest.foreign.proposal import Proposed, propose

#: As `regionhub profile test`: 2026-01-01 00:00 UTC.
_EXAMPLE_TIME_NS = 1_767_225_600_000_000_000
#: A repository does not say how often a device sends; a town sets it for each device.
_INTERVAL_MINUTES = 60
# `normalizeUplink` beside what it was made from; both run in a scope of their own.
_WITH_NORMALIZED = """
var codec = (function () {
CODEC
;return {
  decode: typeof decodeUplink === "function" ? decodeUplink : null,
  normalize: typeof normalizeUplink === "function" ? normalizeUplink : null,
};
})();
function decodeUplink(input) {
  var answer = codec.decode(input);
  if (!codec.normalize || !answer || !answer.data) return {};
  return { data: { normalized: codec.normalize({ data: answer.data }) } };
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of one example; `why` is empty where it came out right."""

    description: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A profile, what it maps, and how its examples did."""

    profile: DeviceProfile
    proposed: tuple[Proposed, ...]
    examples: tuple[Checked, ...]
    notes: tuple[str, ...]

    @property
    def right(self) -> int:
        """How many examples came out right."""
        return sum(not example.why for example in self.examples)


def convert(device: ForeignDevice) -> Converted | str:
    """Make a profile; a text says why its codec is of no use."""
    host = CodecHost()
    try:
        return _converted(device, host)
    finally:
        host.close()


def _converted(device: ForeignDevice, host: CodecHost) -> Converted | str:
    device = replace(
        device,
        vendor=as_line(device.vendor) or "?",
        name=as_line(device.name) or "?",
        description=as_line(device.description, 2000),
        origin=as_line(device.origin),
        mac_version=as_line(device.mac_version),
        region=as_line(device.region),
    )
    script = as_script(device.codec)
    if script != device.codec:
        device = replace(device, codec=script, notes=(*device.notes, "its codec was a module"))
    codec = Codec(device.profile_id, device.codec, host)
    first = codec.run_all([Frame(b"", 1, _EXAMPLE_TIME_NS, {})])[0]
    if isinstance(first, DecodeError) and (unusable := _unusable(first)):
        return unusable
    checked: list[Checked] = []
    good: list[ForeignExample] = []
    for example in device.examples:
        outcome = _check(codec, example)
        checked.append(outcome)
        if not outcome.why:
            good.append(example)
    with_fields = [example for example in good if isinstance(example.data, Mapping)]
    proposed = propose(
        [example.data for example in with_fields],
        normalized=_normalized(device, with_fields, host),
        about=(device.description, *device.sensors),
    )
    notes = [*device.notes]
    if not device.examples:
        notes.append("no examples: nothing proves its codec, and no mapping can be proposed")
    elif not proposed:
        notes.append("no field was recognised: write its mapping")
    try:
        profile = _profile(device, proposed, good)
    except (ProfileError, DecodeError) as error:
        return f"cannot become a profile: {error.detail}"
    return Converted(
        profile=profile,
        proposed=tuple(proposed),
        examples=tuple(checked),
        notes=tuple(notes),
    )


def _unusable(error: DecodeError) -> str | None:
    """Whether a codec can never decode anything."""
    never = ("does not compile", "it has none of the functions")
    return error.detail if any(words in error.detail for words in never) else None


def _check(codec: Codec, example: ForeignExample) -> Checked:
    if example.problem is not None:
        return Checked(description=example.description, why=example.problem)
    answer = codec.run_all([_frame(example)])[0]
    if isinstance(answer, DecodeError):
        return Checked(description=example.description, why=answer.detail)
    errors = _texts(answer.get("errors"))
    if example.errors or errors:
        right = sorted(errors) == sorted(example.errors)
        why = "" if right else f"errors {errors} instead of {list(example.errors)}"
        return Checked(description=example.description, why=why)
    data = answer.get("data")
    if same(example.data if example.data is not None else {}, data if data is not None else {}):
        return Checked(description=example.description)
    if of_another_device(example.data, data):
        return Checked(description=example.description, why="is of another device")
    return Checked(description=example.description, why=_difference(example.data, data))


def _difference(expected: Any, got: Any) -> str:
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        for key in [*expected, *got]:
            if not same(expected.get(key), got.get(key)):
                return f"{key} is {got.get(key)!r:.80} instead of {expected.get(key)!r:.80}"
    return f"gave {got!r:.80} instead of {expected!r:.80}"


def _texts(value: Any) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list) else [str(value)] * bool(value)


def _frame(example: ForeignExample) -> Frame:
    time_ns = _EXAMPLE_TIME_NS if example.time_ns is None else example.time_ns
    return Frame(example.payload, example.f_port, time_ns, example.variables)


def _normalized(
    device: ForeignDevice, examples: Sequence[ForeignExample], host: CodecHost
) -> list[Any]:
    if "normalizeUplink" not in device.codec:
        return []
    codec = Codec(device.profile_id, _WITH_NORMALIZED.replace("CODEC", device.codec), host)
    answers = codec.run_all(list(map(_frame, examples)))
    return [
        None if isinstance(answer, DecodeError) else (answer.get("data") or {}).get("normalized")
        for answer in answers
    ]


def _profile(
    device: ForeignDevice, proposed: Sequence[Proposed], examples: Sequence[ForeignExample]
) -> DeviceProfile:
    content: dict[str, Any] = {
        "vendor": device.vendor,
        "model": device.name,
        "name": device.name if device.vendor in device.name else f"{device.vendor} {device.name}",
        "description": {"de": device.description, "en": device.description},
        **({"datasheet": device.datasheet} if device.datasheet else {}),
        "lorawan": {
            "mac_version": device.mac_version,
            "region": device.region,
            "class": device.device_class,
            "activation": device.activation,
        },
        "interval_minutes": _INTERVAL_MINUTES,
        "measurements": [one.entry() for one in proposed],
        "examples": [],
    }
    made = _made(device, content)
    content["examples"] = [
        _example(made, example)
        for example in examples
        if example.f_port in range(1, 256) and not example.variables
    ]
    return _made(device, content)


def _example(profile: DeviceProfile, example: ForeignExample) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "description": as_line(example.description),
        "f_port": example.f_port,
        "bytes": example.payload.hex(" ").upper(),
    }
    if example.errors:
        return {**shown, "error": as_line(example.errors[0])[:100]}
    fields = example.data if isinstance(example.data, dict) else {}
    return {
        **shown,
        "measurements": list(map(as_expected, measurements(profile, fields))),
    }


def _made(device: ForeignDevice, content: dict[str, Any]) -> DeviceProfile:
    head = f"# Imported: {device.origin}\n"
    text = head + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
    # as it will be read, so that nothing is kept that cannot be
    return read_profile(device.profile_id, text, device.codec)
