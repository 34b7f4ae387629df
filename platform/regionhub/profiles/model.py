"""What a `profile.yaml` says, checked."""

from __future__ import annotations

import builtins
import math
import re
import sys
from collections import abc
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from regionhub.errors import BadValue, ProfileError, VocabularyError
from regionhub.profiles.paths import Path, many, parse_path
from regionhub.quantities import load_vocabulary
from regionhub.readings import DeviceWord

ParameterValue = str | float | bool


def _read_path(text: object) -> object:
    return parse_path(text) if isinstance(text, str) else text


def parse_hex(text: str) -> bytes:
    """Read a payload as people write it: either case, with spaces or colons.

    Raises:
        ValueError: it is not hexadecimal.
    """
    try:
        return bytes.fromhex(re.sub(r"[\s:]", "", text))
    except ValueError:
        raise ValueError("not whole bytes in hexadecimal digits") from None


def _check_hex(text: str) -> str:
    parse_hex(text)
    return text


FieldPath = Annotated[Path, BeforeValidator(_read_path)]
Hex = Annotated[StrictStr, AfterValidator(_check_hex)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Said = Annotated[str, Field(max_length=2000)]
#: From once a second to once a year.
_SHORTEST_INTERVAL, _LONGEST_INTERVAL = 1 / 60, 366 * 24 * 60  # minutes
#: What a device measures; the richest weather stations have some thirty.
_MOST_MAPPINGS = 500


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Texts(_Entry):
    """One text in both languages."""

    de: Said
    en: Said


class LoRaWAN(_Entry):
    """What the network server must know. Text throughout: 1.0 is a version, not a number."""

    mac_version: StrictStr
    region: str = "EU863-870"
    device_class: Annotated[Literal["A", "B", "C"], Field(alias="class")] = "A"
    activation: Literal["OTAA", "ABP"] = "OTAA"


class Parameter(_Entry):
    """Something the codec must know about the single device, such as its firmware."""

    type: Literal["text", "number", "boolean"]
    default: StrictBool | StrictInt | StrictFloat | StrictStr
    values: list[StrictBool | StrictInt | StrictFloat | StrictStr] | None = None
    min: float | None = None
    max: float | None = None
    description: Texts

    def read(self, given: object) -> ParameterValue:
        """Return the value, from its own type or from text.

        Raises:
            ValueError: it is not allowed.
        """
        value = self._typed(given)
        if self.values is not None and value not in self.values:
            known = ", ".join(map(str, self.values))
            raise BadValue(
                f"must be one of {known}, not {value}", de=f"erlaubt sind {known}, nicht {value}"
            )
        if isinstance(value, float) and not (
            (self.min is None or self.min <= value) and (self.max is None or value <= self.max)
        ):
            low, high = (end if end is not None else "any" for end in (self.min, self.max))
            raise BadValue(
                f"must lie between {low} and {high}, not {value:g}",
                de=f"muss zwischen {low} und {high} liegen, nicht {value:g}",
            )
        return value

    def _typed(self, given: object) -> ParameterValue:
        if self.type == "text" and isinstance(given, str):
            return given
        if self.type == "boolean":
            if isinstance(given, bool):
                return given
            if given in ("true", "false"):
                return given == "true"
        if self.type == "number" and type(given) in {int, float, str}:  # true is an int, too
            try:
                number = float(str(given))
            except ValueError:
                number = math.nan
            if math.isfinite(number):
                return number
        word = {"text": "ein Text", "number": "eine Zahl", "boolean": "ja oder nein"}[self.type]
        raise BadValue(
            f"must be a {self.type}, not {str(given)[:40]!r}",
            de=f"muss {word} sein, nicht „{str(given)[:40]}“",
        )

    @model_validator(mode="after")
    def _default_is_allowed(self) -> Parameter:
        self.read(self.default)
        return self


class Marker(_Entry):
    """A number that means "no measurement"."""

    value: float
    reason: str


class ValidRange(_Entry):
    """What the sensor can measure; anything else is no measurement."""

    min: float = float("-inf")
    max: float = float("inf")
    reason: str | None = None


class Mapping(_Entry):
    """One field of the codec's answer, and which quantity it is.

    `position` tells several like sensors apart; `{n}` in it counts the items of a `[*]` from 1.
    `time` leads to the time of a stored reading: seconds since 1970 or RFC 3339. `reason` leads
    to a text that says what is wrong with the value: with a value it is suspect, without one
    invalid. `bound` leads to a text that says why the true value lies beyond this one, the end of
    what the sensor can measure. A `[*]` in `time`, `reason` and `bound` is the item that `field` is
    at.
    """

    field: FieldPath
    quantity: str
    unit: StrictStr
    position: Annotated[str, Field(max_length=80)] = ""
    numbers_as_text: bool = False
    invalid: list[Marker] = []
    valid: ValidRange | None = None
    time: FieldPath | None = None
    reason: FieldPath | None = None
    bound: FieldPath | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Mapping:
        try:
            load_vocabulary().convert(0.0, self.unit, self.quantity)
        except VocabularyError as error:
            raise ValueError(error.detail) from None
        if "{n}" in self.position and not many(self.field):
            raise ValueError("{n} in position needs a [*] in field")
        return self


#: A mapping made ready for the usual case, a number at the top of the answer: its field, the lowest
#: and the highest value, markers, field of the reason, quantity, unit, position, and the mapping.
#: A number in that range that is none of the markers is the value, if no reason is given. All else
#: is for the mapping to say. A plain tuple, because those are taken apart in a third of the time.
#: The field that a mapping reads, and what to do with it; apart, as most fields are in no frame.
Rule = tuple[str, tuple[float, float, tuple[float, ...], str | None, str, str, str, Mapping]]


def _rule(mapping: Mapping) -> Rule:
    # nothing lies in the first range, and neither NaN nor an infinity in the others
    low, high = 0.0, -1.0
    if len(mapping.field) == 1 and mapping.time is None and mapping.bound is None:
        valid = mapping.valid or ValidRange()
        # in this order a NaN in the profile stays one
        low = max(valid.min, -sys.float_info.max)
        high = min(valid.max, sys.float_info.max)
    return (
        str(mapping.field[0]),
        (
            low,
            high,
            tuple(marker.value for marker in mapping.invalid),
            None if mapping.reason is None else str(mapping.reason[0]),
            mapping.quantity,
            mapping.unit,
            mapping.position,
            mapping,
        ),
    )


class ExpectedMeasurement(_Entry):
    """A measurement that an example must give."""

    quantity: str
    value: float | None
    unit: StrictStr
    quality: DeviceWord = "ok"
    reason: str | None = None
    position: str = ""
    time: StrictStr | None = None


class Example(_Entry):
    """A payload and what must come out of it: measurements, or an error that contains a text.

    `decoded` is what the network server made of it, for profiles that map that.
    """

    description: str
    f_port: Annotated[int, Field(ge=1, le=255)]
    bytes: Hex = ""
    decoded: dict[str, Any] | None = None
    parameters: dict[str, ParameterValue] = {}
    measurements: list[ExpectedMeasurement] | None = None
    error: str | None = None

    @property
    def payload(self) -> builtins.bytes:
        """The bytes."""
        return parse_hex(self.bytes)

    @model_validator(mode="after")
    def _expects_one_thing(self) -> Example:
        if (self.measurements is None) == (self.error is None):
            raise ValueError("needs either measurements or error")
        return self


class DeviceProfile(_Entry):
    """A kind of device. `id` is its folder (vendor/model), `codec` the JavaScript beside it.

    With `decoder: network_server` there is no codec: the fields that the network server's own one
    gave are mapped.
    `use` says what a town takes it for, `mounting` how it is put up; both are for people.
    `version` is a hash of both files: readings keep it, so a later correction can be told apart.
    `text` is profile.yaml as it stands in its file; empty for a profile that was made in code.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$")]
    version: str
    codec: Annotated[str, Field(repr=False)]
    text: Annotated[str, Field(repr=False)] = ""

    vendor: Title
    model: Title
    name: Title
    description: Texts
    use: Texts | None = None
    mounting: Texts | None = None
    datasheet: Annotated[str, Field(pattern=r"^https://\S+$")] | None = None
    decoder: Literal["codec", "network_server"] = "codec"
    lorawan: LoRaWAN
    interval_minutes: Annotated[float, Field(ge=_SHORTEST_INTERVAL, le=_LONGEST_INTERVAL)]
    f_ports: list[Annotated[int, Field(ge=1, le=255)]] | None = None
    parameters: dict[Name, Parameter] = {}
    measurements: Annotated[list[Mapping], Field(max_length=_MOST_MAPPINGS)]
    examples: list[Example]

    @property
    def maps_decoded(self) -> bool:
        """Whether it maps what the network server decoded."""
        return self.decoder == "network_server"

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The mappings in their order, as `measurements` takes them."""
        return tuple(map(_rule, self.measurements))

    @cached_property
    def _defaults(self) -> dict[str, ParameterValue]:
        return {name: entry.read(entry.default) for name, entry in self.parameters.items()}

    def read_parameters(self, given: abc.Mapping[str, object]) -> dict[str, ParameterValue]:
        """Return all parameters of a device: the given ones checked, the others by default.

        Raises:
            ProfileError: an unknown parameter, or a value that is not allowed.
        """
        values = dict(self._defaults)
        for name, value in given.items():
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise ProfileError(
                    f"{self.id} has no parameter {name} (known: {known})",
                    de=f"Das Profil {self.id} hat keinen Parameter {name}"
                    + (f", aber: {known}" if self.parameters else ""),
                )
            try:
                values[name] = self.parameters[name].read(value)
            except ValueError as error:
                german = error.de if isinstance(error, BadValue) else str(error)
                raise ProfileError(
                    f"parameter {name} of {self.id} {error}",
                    de=f"Parameter {name} von {self.id}: {german}",
                ) from None
        return values
