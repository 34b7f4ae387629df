"""What can be measured: one vocabulary of quantities and units (`vocabulary.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Literal

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import ConfigDict, TypeAdapter, ValidationError

from regionhub.errors import VocabularyError
from regionhub.yaml_text import load_yaml

Theme = Literal["soil", "water", "air", "road", "device"]
Range = tuple[float, float]
#: Up to the 22nd they are exact in a float, as whole numbers of twelve digits are: the quotient of
#: the two is then the float that is nearest to the decimal.
_POWERS_OF_TEN = np.array([float(f"1e{power}") for power in range(23)])

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit: value in `base` = value * `factor` + `offset`; without `base` it is one itself."""

    __pydantic_config__ = _STRICT

    name: str
    ucum: str
    symbol: str
    base: str | None = None
    factor: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatLine:
    """No change beyond `tolerance` for `hours`; values not in `above` .. `below` never count."""

    __pydantic_config__ = _STRICT

    hours: float
    tolerance: float
    above: float = float("-inf")
    below: float = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where quality tests start to doubt, in the canonical unit. None: that test is not made."""

    __pydantic_config__ = _STRICT

    fail: Range | None = None
    suspect: Range | None = None
    rate_per_hour: float | None = None
    flat_line: FlatLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What a reading is a reading of. `unit` is canonical; names are by language (de, en)."""

    __pydantic_config__ = _STRICT

    name: str
    unit: str
    names: Mapping[Literal["de", "en"], str]
    theme: Theme
    decimals: int
    #: smallest span that a drawing covers, in the canonical unit; changes within a tenth are noise
    span: float = 0.0
    #: a gauge computes its water level from it
    measures_level: bool = False
    physical: Range | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def range_fail(self) -> Range | None:
        """Outside is a failed reading."""
        return self.limits.fail or self.physical


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """(value * factor + offset) / divisor, rounded to 12 significant digits."""

    factor: float
    offset: float
    divisor: float

    def of(self, value: float) -> float:
        """The value in the other unit."""
        return float(f"{(value * self.factor + self.offset) / self.divisor:.12g}")

    def of_all(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same of many, much faster."""
        with np.errstate(all="ignore"):
            exact = (values * self.factor + self.offset) / self.divisor
            size = np.abs(exact)
            power = 11 - np.floor(np.log10(size))
            small = (power >= 0) & (power < len(_POWERS_OF_TEN))
            scale = _POWERS_OF_TEN[np.where(small, power, 0).astype(np.intp)]
            scaled = size * scale
            rounded: NDArray[np.float64] = np.copysign(np.rint(scaled) / scale, exact)
            # twelve digits, and not so near to the middle between two decimals that the error of
            # the product decides
            sure = small & (scaled >= 1e11) & (scaled < 1e12) & (np.abs(scaled % 1 - 0.5) > 0.001)
        for place in np.flatnonzero(~(sure | (exact == 0) | np.isnan(exact))).tolist():
            rounded[place] = self.of(float(values[place]))
        return rounded


class Vocabulary:
    """All quantities and units, and the only place that converts between units.

    `conversions` has what `convert` does for a unit and a quantity, None where the unit is the
    canonical one; what is not in it cannot be converted.
    """

    def __init__(self, units: Mapping[str, Unit], quantities: Mapping[str, Quantity]) -> None:
        """Take units and quantities by name.

        Raises:
            VocabularyError: a unit or quantity refers to a unit that is not there.
        """
        self.units = units
        self.quantities = quantities
        conversions: dict[tuple[str, str], Conversion | None] = {}
        self.conversions: Mapping[tuple[str, str], Conversion | None] = conversions
        for unit in units.values():
            if unit.base is not None and (unit.base not in units or units[unit.base].base):
                raise VocabularyError(f"unit {unit.name}: {unit.base} is no base unit")
        for quantity in quantities.values():
            if quantity.unit not in units:
                raise VocabularyError(f"quantity {quantity.name}: unknown unit {quantity.unit}")
            target = units[quantity.unit]
            for unit in units.values():
                if (unit.base or unit.name) == (target.base or target.name):
                    conversions[unit.name, quantity.name] = _conversion(unit, target)

    def quantity(self, name: str) -> Quantity:
        """Return the quantity of this name.

        Raises:
            VocabularyError: there is none.
        """
        try:
            return self.quantities[name]
        except KeyError:
            raise VocabularyError(f"unknown quantity {name}") from None

    def span(self, name: str) -> float:
        """The smallest span that a drawing of a quantity covers; 0 where nothing is known of it."""
        quantity = self.quantities.get(name)
        return 0.0 if quantity is None else quantity.span

    def convert(self, value: float, unit: str, quantity: str) -> float:
        """Return a value in the canonical unit of a quantity.

        A value that is already canonical comes back untouched. A converted one is rounded to 12
        significant digits: 0.27415 m³/m³ is 27.415 %, not 27.415000000000003 %. Sensors have at
        most 24 bits (8 digits), so nothing a device measured is lost.

        Raises:
            VocabularyError: unknown quantity or unit, or one cannot be the other.
        """
        try:
            conversion = self.conversions[unit, quantity]
        except KeyError:
            raise self._cannot_convert(unit, quantity) from None
        return value if conversion is None else conversion.of(value)

    def _cannot_convert(self, unit: str, quantity: str) -> VocabularyError:
        if quantity not in self.quantities:
            return VocabularyError(f"unknown quantity {quantity}")
        if unit not in self.units:
            return VocabularyError(f"unknown unit {unit}")
        return VocabularyError(f"{quantity} cannot be measured in {unit}")


def _conversion(unit: Unit, target: Unit) -> Conversion | None:
    if unit is target:
        return None
    return Conversion(factor=unit.factor, offset=unit.offset - target.offset, divisor=target.factor)


@dataclass(frozen=True, kw_only=True)
class _File:
    __pydantic_config__ = _STRICT

    units: Mapping[str, Unit]
    quantities: Mapping[str, Quantity]


def parse_vocabulary(text: str) -> Vocabulary:
    """Read a vocabulary file.

    Raises:
        VocabularyError: the text is not what the head of `vocabulary.yaml` says.
    """
    try:
        content = {
            section: {name: {"name": name, **entry} for name, entry in entries.items()}
            for section, entries in load_yaml(text).items()
        }
        file = TypeAdapter(_File).validate_python(content)
    except (yaml.YAMLError, ValidationError, AttributeError, TypeError) as error:
        raise VocabularyError(f"the vocabulary cannot be read: {error}") from error
    return Vocabulary(file.units, file.quantities)


@cache
def load_vocabulary() -> Vocabulary:
    """Return the vocabulary that comes with regionhub."""
    return parse_vocabulary((resources.files(__name__) / "vocabulary.yaml").read_text("utf-8"))
