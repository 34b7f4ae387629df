"""What is wrong with a value, in both languages, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from regionhub.errors import BadValue, InputError, NotAllowed, NotFound, RegionhubError

#: What a person can mend; everything else is a fault of the hub.
MENDABLE = (InputError, NotFound, NotAllowed)

#: Of pydantic, by its word for an error; its numbers are filled in.
_GERMAN: Mapping[str, str] = {
    "missing": "fehlt",
    "string_too_short": "darf nicht leer sein",
    "string_too_long": "darf höchstens {max_length} Zeichen lang sein",
    "string_pattern_mismatch": "enthält Zeichen, die hier nicht stehen dürfen",
    "greater_than_equal": "muss mindestens {ge} sein",
    "less_than_equal": "darf höchstens {le} sein",
    "int_type": "muss eine ganze Zahl sein",
    "float_type": "muss eine Zahl sein",
    "literal_error": "ist keiner der erlaubten Werte",
}
#: Of the same kind where an error of ours has no German sentence.
_ANY = "kann nicht verwendet werden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a field, as sentences that go on after its name; "" is the whole row."""

    field: str
    de: str
    en: str

    def text(self, language: str) -> str:
        """The sentence with the name of its field."""
        said = self.en if language == "en" else self.de
        return f"{self.field}: {said}" if self.field else said


def of_value(field: str, error: BadValue) -> Fault:
    """A cell that could not be read."""
    return Fault(field=field, de=error.de, en=str(error))


def of_error(error: RegionhubError) -> Fault:
    """What the registry refused."""
    return Fault(field="", de=error.de or f"{_ANY}: {error.detail}", en=error.detail)


def of_model(error: ValidationError, names: Mapping[str, str]) -> Iterator[Fault]:
    """What a model refused; `names` of its fields as the person knows them."""
    for one in error.errors():
        key = str(one["loc"][0]) if one["loc"] else ""
        english = one["msg"].removeprefix("Value error, ")
        yield Fault(field=names.get(key, key), de=_german(one), en=english)


def _german(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    raised = context.get("error")
    if isinstance(raised, BadValue):
        return raised.de
    return _GERMAN.get(error["type"], _ANY).format_map(context)
