"""The test bench: a profile tried before anything depends on it.

Codecs run where ingest runs them, in a process of their own; the portal and the API only ask. What
does so is put together at the start (`app.state.bench`), as the core knows nothing of ingest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from regionhub.errors import InputError
from regionhub.profiles import DeviceProfile
from regionhub.readings import Measurement
from regionhub.uplinks import Uplink


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A frame to decode. `decoded` is what the network server made of it, `time_ns` when it was."""

    f_port: int | None
    payload: bytes
    time_ns: int
    parameters: Mapping[str, object]
    decoded: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of a frame; with an `error` nothing else did."""

    tried: Tried
    fields: Mapping[str, Any]
    measurements: Sequence[Measurement]
    warnings: Sequence[str]
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedExample:
    """An example of a profile, and how what came differs from what it says."""

    description: str
    passed: bool
    expected: str = ""
    got: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A field that a network server decoded, and what it may be: "" where nobody knows."""

    field: str
    quantity: str
    unit: str
    position: str
    numbers_as_text: bool
    last: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Both files of a profile that is not saved yet, and what is odd about it."""

    text: str
    codec: str
    notes: Sequence[str] = ()


class Bench(Protocol):
    """What tries profiles."""

    def decode(self, profile: DeviceProfile, frames: Sequence[Tried]) -> list[Trial]:
        """Decode frames, or map what the network server decoded."""

    def examples(self, profile: DeviceProfile) -> list[TriedExample]:
        """Run the examples of a profile."""

    def suggest(self, uplinks: Sequence[Uplink]) -> list[Suggestion]:
        """What the fields may be that the network server decoded; the newest frame last."""

    def mapped(
        self, profile_id: str, name: str, chosen: Sequence[Suggestion], uplinks: Sequence[Uplink]
    ) -> Written:
        """The profile that maps the chosen fields, with some of the frames as its examples."""

    def foreign(self, profile_id: str, name: str, codec: str, examples: str) -> Written:
        """A profile of somebody else's codec, with its examples as The Things Network writes them.

        Raises:
            InputError: the codec is of no use.
        """


def check(bench: Bench, profile: DeviceProfile) -> None:
    """Refuse a profile that contradicts its own examples, or whose codec cannot run.

    Raises:
        InputError: it does; the text names the first such example.
    """
    for example in bench.examples(profile):
        if not example.passed:
            detail = f"{example.description}: {example.got} instead of {example.expected}"
            raise InputError(
                f"An example fails: {detail}", de=f"Ein Beispiel stimmt nicht: {detail}"
            )
    if profile.maps_decoded:
        return
    empty = Tried(f_port=1, payload=b"", time_ns=0, parameters={})
    error = bench.decode(profile, [empty])[0].error
    for never in ("does not compile", "it has none of the functions"):
        if never in error:
            raise InputError(error, de=f"Der Decoder läuft nicht: {error}")
