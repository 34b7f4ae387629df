"""Forms that change what is registered: what was there, what was typed, and what changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ValidationError

from regionhub.errors import BadValue
from regionhub.features.onboarding.columns import FIELDS, Field, reader
from regionhub.features.onboarding.forms import form_name
from regionhub.web.portal.formats import BERLIN
from regionhub.web.portal.texts import mark
from regionhub.web.tables import cells, faults
from regionhub.web.tables.faults import Fault

_TO_TIME = Field("installation", "to_time", mark("ausgebaut am"), "", cells.moment)
_BY_KEY = {(one.part, one.key): one for one in (*FIELDS, _TO_TIME)}


@dataclass(frozen=True, slots=True)
class Change:
    """What a form changes, by key, as the API takes it; or what is wrong with it."""

    values: Mapping[str, object]
    faults: Sequence[Fault] = ()


def shown(value: object) -> str:
    """A value as it stands in a form: numbers with a comma, times as in Germany."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.10g}".replace(".", ",")
        case datetime():
            return f"{value.astimezone(BERLIN):%d.%m.%Y %H:%M}"
        case _:
            return str(value)


def before(row: object, part: str, keys: Sequence[str]) -> dict[str, str]:
    """What stands in the form of a row, by the names of the form."""
    return {form_name(part, key): _shown(row, key) for key in keys}


def _shown(row: object, key: str) -> str:
    value = getattr(row, key)
    # people say it in minutes
    return shown(value / 60) if key == "interval_seconds" else shown(value)


def change(
    typed: Mapping[str, str],
    was: Mapping[str, str],
    part: str,
    keys: Sequence[str],
    model: type[BaseModel],
    **more: object,
) -> Change:
    """What was typed that did not stand there before, checked as what the API is given.

    What a form does not hold stays; an empty field empties.
    """
    values: dict[str, object] = {}
    found: list[Fault] = []
    for key in keys:
        name, entry = form_name(part, key), _BY_KEY[part, key]
        written = typed.get(name)
        if written is None or written.strip() == was.get(name, "").strip():
            continue
        try:
            value = reader(entry)(written) if written.strip() else None
        except BadValue as error:
            found.append(faults.of_value(entry.label, error))
            continue
        values[key] = round(value) if key == "interval_seconds" and value else value  # type: ignore[call-overload]
    labels = {key: _BY_KEY[part, key].label for key in keys}
    try:
        checked = model.model_validate({**values, **more})
    except ValidationError as error:
        found += faults.of_model(error, labels)
        return Change(values, found)
    return Change(checked.model_dump(exclude_unset=True), found)
