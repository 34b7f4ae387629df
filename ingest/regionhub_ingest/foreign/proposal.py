"""Which quantities the fields of a decoded payload are, proposed from names, units and values.

For codecs of others, and for devices whose network server decodes. A person looks at the proposal
beside the last values and confirms it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isclose
from typing import Any

from regionhub.profiles.paths import Path, Where, path_text
from regionhub.quantities import load_vocabulary
from regionhub.yaml_text import is_text
from regionhub_ingest.foreign.names import NO_VALUES, NORMALIZED, QUANTITIES, unit_of, words

_NUMBER_WITH_UNIT = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*([^\d\s.,+-]*)\s*")
#: Fields that name an item of a list, and the one with its value.
_KEYS = ("measurementId", "type", "id", "name", "channel")
_VALUES = ("measurementValue", "value")
#: Words of what a device is for: where its temperature and conductivity are measured.
_ABOUT = {
    "soil": {"soil", "moisture", "dielectric", "permittivity", "tension", "vwc"},
    "water": {"depth", "conductivity", "ec", "salinity", "groundwater"},
}
_ELSEWHERE = {
    ("air_temperature", "soil"): "soil_temperature",
    ("air_temperature", "water"): "water_temperature",
    ("soil_ec", "water"): "water_ec",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A field, what it may be, and the last value that was seen in it."""

    field: str
    quantity: str
    unit: str
    position: str = ""
    numbers_as_text: bool = False
    last: float | None = None
    why: str

    def entry(self) -> dict[str, Any]:
        """As a profile writes it."""
        entry: dict[str, Any] = {"field": self.field, "quantity": self.quantity, "unit": self.unit}
        if self.position:
            entry["position"] = self.position
        if self.numbers_as_text:
            entry["numbers_as_text"] = True
        return entry


@dataclass(frozen=True, slots=True)
class _Value:
    path: Path
    number: float
    is_text: bool
    unit: str | None


def propose(
    samples: Sequence[Mapping[str, Any]],
    *,
    normalized: Sequence[Any] = (),
    about: Sequence[str] = (),
    unknown: bool = False,
) -> list[Proposed]:
    """What the fields of decoded payloads may be, in their order.

    Args:
        samples: payloads as a codec decoded them, the newest last.
        normalized: of each what its `normalizeUplink` made of it, if it has one.
        about: words of what the device is for ("soil", "moisture").
        unknown: also fields of which nobody knows, with an empty quantity.
    """
    seen: dict[str, list[_Value]] = {}
    told: dict[str, tuple[str, str]] = {}
    for number, sample in enumerate(samples):
        values = [value for value in _values(sample, ()) if is_text(path_text(value.path))]
        for value in values:
            seen.setdefault(path_text(value.path), []).append(value)
        for name, known in _normalized(normalized[number] if number < len(normalized) else None):
            for value in values:
                if isclose(value.number, known, rel_tol=1e-6, abs_tol=1e-6):
                    told.setdefault(path_text(value.path), NORMALIZED[name])
                    break
    said = {word for text in (*about, *seen) for word in words(text)}
    place = next((place for place, signs in _ABOUT.items() if signs & said), "")
    found = []
    for field, values in seen.items():
        what = told.get(field)
        why = "normalizeUplink"
        if what is None:
            what, why = _by_name(values[-1], place), "its name"
        if what is not None and _believable(values, *what):
            found.append(_proposed(field, values, *what, why=why))
        elif unknown:
            found.append(_proposed(field, values, "", values[-1].unit or "", why=""))
    return _positioned(found)


def _values(data: Any, path: Path) -> Iterator[_Value]:
    """Every number in a decoded payload, and where it is."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if isinstance(value, Mapping) and type(value.get("value")) in (int, float):
                unit = value.get("unit")
                text = unit_of(unit) if isinstance(unit, str) else None
                yield _Value((*path, key, "value"), float(value["value"]), False, text)
            elif isinstance(value, Mapping | list):
                yield from _values(value, (*path, key))
            else:
                yield from _value((*path, key), value, data.get(f"{key}_unit"))
    elif isinstance(data, list):
        yield from _items(data, path)


def _items(items: list[Any], path: Path) -> Iterator[_Value]:
    """Items of a list that name themselves; others have no fixed meaning."""
    for item in items:
        if isinstance(item, list):
            yield from _items(item, path)
        if not isinstance(item, Mapping) or not path:
            continue
        key = next((key for key in _KEYS if isinstance(item.get(key), int | str)), None)
        value = next((name for name in _VALUES if name in item), None)
        if key is not None and value is not None:
            yield from _value((*path, Where(key, str(item[key])), value), item[value], None)


def _value(path: Path, value: Any, unit: Any) -> Iterator[_Value]:
    unit = unit_of(unit) if isinstance(unit, str) else None
    if type(value) in (int, float):
        yield _Value(path, float(value), False, unit)
    elif isinstance(value, str) and (match := _NUMBER_WITH_UNIT.fullmatch(value)):
        yield _Value(path, float(match[1]), True, unit_of(match[2]) or unit)


def _by_name(value: _Value, place: str) -> tuple[str, str] | None:
    names = [step for step in value.path if isinstance(step, str) and step != "value"]
    keys = [step.value for step in value.path if isinstance(step, Where)]
    spoken = [word for name in (*names, *keys) for word in words(name)]
    if not spoken or NO_VALUES & set(spoken):
        return None
    said = {*spoken, *(_LONG.get(word, word) for word in spoken)}
    for wanted, quantity, usual in QUANTITIES:
        if wanted <= said:
            in_air = bool(said & {"air", "ambient"})
            chosen = quantity if in_air else _ELSEWHERE.get((quantity, place), quantity)
            unit = value.unit or _unit_in_name(names, chosen) or usual
            return (chosen, unit if _fits(chosen, unit) else usual)

    return None


_LONG = {
    "temp": "temperature",
    "hum": "humidity",
    "lux": "light",
    "pct": "percent",
    "batt": "battery",
}


def _unit_in_name(names: Sequence[str], quantity: str) -> str | None:
    """A unit at the end of a name: `Battery(%)`, `distance_mm`, `TempC_SHT`."""
    for name in reversed(names):
        for text in (*re.findall(r"[(\[]([^)\]]+)[)\]]", name), *re.split(r"[_\s]", name)[1:]):
            unit = unit_of(text)
            if unit is not None and _fits(quantity, unit):
                return unit
    return None


def _fits(quantity: str, unit: str) -> bool:
    return (unit, quantity) in load_vocabulary().conversions


def _believable(values: Sequence[_Value], quantity: str, unit: str) -> bool:
    """Whether most of the values can be of the quantity; one that never is, is none."""
    vocabulary = load_vocabulary()
    physical = vocabulary.quantity(quantity).range_fail
    if physical is None:
        return True
    able = [
        physical[0] <= vocabulary.convert(value.number, unit, quantity) <= physical[1]
        for value in values
    ]
    return any(able)


def _proposed(
    field: str, values: Sequence[_Value], quantity: str, unit: str, *, why: str
) -> Proposed:
    return Proposed(
        field=field,
        quantity=quantity,
        unit=unit,
        numbers_as_text=any(value.is_text for value in values),
        last=values[-1].number,
        why=why,
    )


def _positioned(found: list[Proposed]) -> list[Proposed]:
    """Of several fields of one quantity all but the first have a position: their name."""
    taken: set[str] = set()
    result = []

    for one in found:
        name = re.sub(r"[^A-Za-z0-9]+", "_", one.field).strip("_")[:40]
        several = bool(one.quantity) and one.quantity in taken
        result.append(replace(one, position=name) if several else one)
        taken.add(one.quantity)
    return result


def _normalized(answer: Any) -> Iterator[tuple[str, float]]:
    """Numbers of a normalised payload by their path; of several measurements each."""
    data = answer.get("data") if isinstance(answer, Mapping) else answer
    for one in data if isinstance(data, list) else [data]:
        for value in _values(one, ()) if isinstance(one, Mapping) else ():
            name = path_text(value.path)
            if name in NORMALIZED:
                yield name, value.number
