"""Running the examples of a device profile: they are its tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isclose
from typing import Any

from regionhub.errors import RegionhubError
from regionhub.profiles import DeviceProfile, Example
from regionhub.readings import Measurement
from regionhub.times import to_rfc3339
from regionhub_ingest.decode import Codecs

#: Measurements as dicts, or the text of an error.
Side = list[dict[str, Any]] | str

#: Examples decode as if they came then: 2026-01-01 00:00 UTC.
_EXAMPLE_TIME_NS = 1_767_225_600_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one example."""

    example: Example
    expected: Side
    got: Side

    @property
    def passed(self) -> bool:
        """Whether what came is what was expected."""
        if isinstance(self.expected, str):
            return isinstance(self.got, str) and self.expected in self.got
        return not any(self.differences())

    def differences(self) -> tuple[Side, Side]:
        """What was expected and did not come, and what came and was not expected.

        If only the order is another one, the measurements that are not at their place.
        """
        if isinstance(self.expected, str) or isinstance(self.got, str):
            return self.expected, self.got
        missing = []
        surplus = list(self.got)
        for entry in self.expected:
            place = next((i for i, found in enumerate(surplus) if _same(found, entry)), None)
            if place is None:
                missing.append(entry)
            else:
                del surplus[place]
        if missing or surplus:
            return missing, surplus
        pairs = zip(self.expected, self.got, strict=True)
        moved = [(entry, found) for entry, found in pairs if not _same(found, entry)]
        return [entry for entry, _ in moved], [found for _, found in moved]


def run_examples(profile: DeviceProfile) -> Iterator[Outcome]:
    """Yield the outcome of each example of a profile."""
    codecs = Codecs({profile.id: profile})
    for example in profile.examples:
        got: Side
        try:
            decoded = codecs.decode(
                profile.id,
                f_port=example.f_port,
                payload=example.payload,
                parameters=example.parameters,
                time_ns=_EXAMPLE_TIME_NS,
                decoded=example.decoded,
            )
            got = [as_dict(measurement) for measurement in decoded.measurements]
        except RegionhubError as error:
            got = error.detail
        yield Outcome(example=example, expected=_expected(example), got=got)


def as_dict(measurement: Measurement) -> dict[str, Any]:
    """Return a measurement as people write it: without what goes without saying."""
    entry: dict[str, Any] = {
        "quantity": measurement.quantity,
        "value": measurement.value,
        "unit": measurement.unit,
        "quality": measurement.quality,
    }
    if measurement.position:
        entry["position"] = measurement.position
    if measurement.time_ns is not None:
        entry["time"] = to_rfc3339(measurement.time_ns)
    if measurement.reason is not None:
        entry["reason"] = measurement.reason
    return entry


def as_expected(measurement: Measurement) -> dict[str, Any]:
    """Return a measurement as the examples of a profile write it."""
    entry = as_dict(measurement)
    return {key: value for key, value in entry.items() if (key, value) != ("quality", "ok")}


def _expected(example: Example) -> Side:
    if example.measurements is None:
        return example.error or ""
    return [
        {
            key: value
            for key, value in entry.model_dump().items()
            if key == "value" or value not in (None, "")
        }
        for entry in example.measurements
    ]


def _same(got: dict[str, Any], expected: dict[str, Any]) -> bool:
    a, b = got["value"], expected["value"]
    if (a is None) != (b is None) or (a is not None and not isclose(a, b, rel_tol=1e-9)):
        return False
    return {**got, "value": None} == {**expected, "value": None}
