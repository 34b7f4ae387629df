"""What a solution says of itself: its `solution.yaml`.

A solution is what a town adopts as one piece: dashboards, alert rules and texts, or a service that
others have proven and that needs no sensor. Its texts are German, since people of towns read them.
Keys that the standard publiccode.yml has too are named as there, so that an entry can be exported
for openCoDE's catalogue.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from regionhub.errors import InputError
from regionhub.quantities import load_vocabulary
from regionhub.sites import SiteKind
from regionhub.yaml_text import load_yaml

_NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
_VERSION = r"^\d+\.\d+\.\d+$"
Text = Annotated[str, Field(min_length=1, max_length=2000)]
ParameterKind = Literal["number", "text", "email", "url"]
#: Which parameter values are plausible, and what they are called where one is not.
_SHAPES: dict[ParameterKind, tuple[str, str]] = {
    "number": (r"-?\d+([.,]\d+)?", "keine Zahl"),
    "text": (r"[^\x00-\x1f]{1,200}", "kein Text von höchstens 200 Zeichen"),
    "email": (r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+", "keine E-Mail-Adresse"),
    "url": (r"https?://[^\s/]+\S*", "keine Adresse, die mit http:// oder https:// beginnt"),
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Contact(_Part):
    """Who answers questions, as in publiccode.yml."""

    name: Text
    email: str | None = None
    affiliation: str | None = None


class Maintenance(_Part):
    """Who looks after it, as in publiccode.yml."""

    type: Literal["internal", "contract", "community", "none"]
    contacts: tuple[Contact, ...] = ()

    @model_validator(mode="after")
    def _has_somebody(self) -> Self:
        if self.type in {"internal", "community"} and not self.contacts:
            raise ValueError(f"maintenance {self.type} needs a contact")
        return self


class Legal(_Part):
    """Under which licence it may be used (SPDX), as in publiccode.yml."""

    license: Text


class Localisation(_Part):
    """Languages of its texts, as in publiccode.yml."""

    availableLanguages: tuple[str, ...] = ("de",)  # noqa: N815  (the standard's spelling)
    localisationReady: bool = False  # noqa: N815  (the standard's spelling)


class Needs(_Part):
    """What a town needs before a solution shows anything."""

    features: tuple[str, ...] = Field(default=(), description="Features of the hub it stands on.")
    sites: tuple[SiteKind, ...] = Field(default=(), description="At least one site of these kinds.")
    quantities: tuple[str, ...] = Field(default=(), description="At least one is measured.")
    attributes: tuple[str, ...] = Field(default=(), description="Said of the sites.")
    devices: int = Field(default=0, ge=0, description="How many devices report, at least.")
    feeds: tuple[Text, ...] = Field(default=(), description="Weather or state data, in words.")
    other: tuple[Text, ...] = Field(default=(), description="What no database can check.")

    @model_validator(mode="after")
    def _are_known(self) -> Self:
        known = load_vocabulary().quantities
        for quantity in self.quantities:
            if quantity not in known:
                raise ValueError(f"{quantity} is no quantity")
        return self


class Parameter(_Part):
    """What a town says when it adopts a solution."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    kind: ParameterKind
    unit: str | None = None
    default: str = ""
    required: bool = False

    def read(self, value: str) -> str:
        """A value as it is kept; an absent one is the default.

        Raises:
            InputError: it is not of this kind, or missing.
        """
        value = value.strip() or self.default
        pattern, fault = _SHAPES[self.kind]
        if not value and self.required:
            raise InputError(f"„{self.title}“ fehlt.")
        if value and not re.fullmatch(pattern, value):
            raise InputError(f"„{self.title}“: {value!r} ist {fault}.")
        return value.replace(",", ".") if self.kind == "number" else value


class Report(_Part):
    """How it is run. What no town has reported is empty, and is shown so."""

    operation: Text
    effort: Text | None = None
    benefit: Text | None = None


class Document(_Part):
    """Something to read on."""

    title: Text
    url: Annotated[str, Field(pattern=r"^https://")]


class Manifest(_Part):
    """A solution."""

    name: Annotated[str, Field(pattern=_NAME, max_length=32)]
    title: Annotated[str, Field(min_length=1, max_length=60)]
    version: Annotated[str, Field(pattern=_VERSION)]
    kind: Literal["sensors", "service"]
    summary: Annotated[str, Field(min_length=1, max_length=150)]
    description: Annotated[str, Field(min_length=150, max_length=10_000)]
    audience: tuple[Text, ...] = Field(min_length=1)
    for_region: bool = Field(default=False, description="For the hub's region, not for a town.")
    legal: Legal
    maintenance: Maintenance
    localisation: Localisation = Localisation()
    needs: Needs = Needs()
    parameters: tuple[Parameter, ...] = ()
    report: Report
    documents: tuple[Document, ...] = ()

    @model_validator(mode="after")
    def _parameters_differ(self) -> Self:
        for name, times in Counter(parameter.name for parameter in self.parameters).items():
            if times > 1:
                raise ValueError(f"the parameter {name} stands there twice")
        return self

    def completed(self, kept: Mapping[str, str]) -> dict[str, str]:
        """Parameters as they were kept, with the defaults of those that came since."""
        return {each.name: kept.get(each.name, each.default) for each in self.parameters}

    def read_parameters(self, given: dict[str, str]) -> dict[str, str]:
        """The parameters as they are kept.

        Raises:
            InputError: one is unknown, missing or not of its kind.
        """
        known = {parameter.name for parameter in self.parameters}
        if unknown := sorted(set(given) - known):
            raise InputError(f"„{self.title}“ hat keine Angabe {', '.join(unknown)}.")
        return {each.name: each.read(given.get(each.name, "")) for each in self.parameters}


def read_manifest(text: str, *, place: str) -> Manifest:
    """The manifest that a text is.

    Args:
        text: YAML.
        place: what the text comes from, for the words of an error.

    Raises:
        InputError: it is none; says where and why.
    """
    try:
        return Manifest.model_validate(load_yaml(text))
    except yaml.YAMLError as error:
        raise InputError(f"{place} is no YAML: {error}") from None
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'all'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise InputError(f"{place}: {faults}") from None


def read_catalogue(folder: Path) -> dict[str, Manifest]:
    """The manifests below a folder by name: first what shows sensors, then services, by title.

    Raises:
        InputError: one of them is none.
    """
    found = [
        read_manifest(path.read_text("utf-8"), place=f"{path.parent.name}/{path.name}")
        for path in folder.glob("*/solution.yaml")
    ]
    return {each.name: each for each in sorted(found, key=lambda each: (each.kind, each.title))}


def as_publiccode(
    manifest: Manifest, *, url: str, used_by: Sequence[str] = ()
) -> dict[str, object]:
    """The entry of a solution for catalogues that read publiccode.yml 0.5, such as openCoDE's.

    Args:
        manifest: the solution.
        url: of the repository that it is in.
        used_by: names of those who use it.
    """
    contacts = [each.model_dump(exclude_none=True) for each in manifest.maintenance.contacts]
    entry: dict[str, object] = {
        "publiccodeYmlVersion": "0.5",
        "name": manifest.title,
        "url": url,
        "softwareVersion": manifest.version,
        "platforms": ["web"],
        "developmentStatus": "beta",
        "softwareType": "configurationFiles",
        "description": {
            "de": {
                "shortDescription": manifest.summary,
                "longDescription": manifest.description,
                "features": [f"für {audience}"[:100] for audience in manifest.audience],
            }
        },
        "legal": {"license": manifest.legal.license},
        "maintenance": {"type": manifest.maintenance.type}
        | ({"contacts": contacts} if contacts else {}),
        "localisation": {
            "localisationReady": manifest.localisation.localisationReady,
            "availableLanguages": list(manifest.localisation.availableLanguages),
        },
    }
    return entry | ({"usedBy": list(used_by)} if used_by else {})
