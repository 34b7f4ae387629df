"""The form of one site or device: its fields, what was typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from regionhub.features.onboarding.columns import FIELDS, JOIN_FIELDS, Column, Field, reader
from regionhub.features.onboarding.drafts import Draft, Needed, Usual, draft, parameter
from regionhub.profiles import DeviceProfile
from regionhub.web.api.registration import Profiles
from regionhub.web.tables.faults import Fault

#: Of a field, in the form and in addresses; a site and a device both have a name.
_OWN_NAMES = {("site", "name"): "standort", ("device", "name"): "geraet"}
_LONGEST = 2000


def form_name(part: str, key: str) -> str:
    """What the field is called in the form."""
    return _OWN_NAMES.get((part, key), key)


async def _posted(request: Request) -> dict[str, str]:
    """The texts of a form; files are no texts."""
    form = await request.form(max_fields=100)
    return {name: value[:_LONGEST] for name, value in form.items() if isinstance(value, str)}


#: An endpoint that takes any form.
Posted = Annotated[dict[str, str], Depends(_posted)]


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, by the names of the form, and what is wrong, by the same names."""

    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[Fault] = ()

    def value(self, name: str) -> str:
        """What was typed into a field."""
        return self.typed.get(name, "")

    def fault(self, label: str, language: str) -> str:
        """What is wrong with the field of this label, without the label."""
        for one in self.faults:
            if one.field == label:
                return one.en if language == "en" else one.de
        return ""

    def others(self, labels: Sequence[str], language: str) -> list[str]:
        """What is wrong with none of these fields."""
        return [one.text(language) for one in self.faults if one.field not in labels]


def form_draft(typed: Mapping[str, str], profiles: Profiles, needed: Needed) -> Draft:
    """What a form says of a site or a device; parameters of its model are named with `p_`.

    What it joins with is read where a network server is chosen.
    """
    join = bool(typed.get("netzserver")) and needed == "device"
    known = [
        (_column(one), typed.get(form_name(one.part, one.key), ""))
        for one in (*FIELDS, *(JOIN_FIELDS if join else ()))
        if needed == "device" or one.part == "site"
    ]
    profile = profiles.get(typed.get("profile_id", ""))
    parameters = [
        (_column(Field("parameter", name, name, "")), typed.get(f"p_{name}", ""))
        for name in (profile.parameters if profile and needed == "device" else ())
    ]
    return draft([*known, *parameters], profiles, Usual(needed=needed, join=join))


def _column(entry: Field) -> Column:
    return Column(0, entry.label, entry, reader(entry))


def parameter_values(profile: DeviceProfile, typed: Mapping[str, str]) -> dict[str, object]:
    """The parameters of a model that a form holds."""
    return {
        name: parameter(profile, name, typed[f"p_{name}"])
        for name in profile.parameters
        if typed.get(f"p_{name}", "").strip()
    }
