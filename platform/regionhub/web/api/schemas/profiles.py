"""The kinds of devices that this hub understands."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from regionhub.web.api.schemas.base import Answer


class ProfileParameter(Answer):
    """What has to be known of the single device."""

    name: str
    type: Literal["text", "number", "boolean"]
    default: bool | float | str
    values: list[bool | float | str] | None
    min: float | None
    max: float | None
    description_de: str
    description_en: str


class Profile(Answer):
    """A kind of device."""

    profile_id: str
    vendor: str
    model: str
    name: str
    description_de: str
    description_en: str
    use_de: str | None = Field(description="What a town takes it for.")
    use_en: str | None
    mounting_de: str | None = Field(description="How it is put up.")
    mounting_en: str | None
    datasheet: str | None = Field(description="Link to the maker's data sheet.")
    decoder: Literal["codec", "network_server"] = Field(
        description="Who decodes the payloads: a codec here, or the network server."
    )
    interval_seconds: int = Field(description="How often it sends as delivered.")
    quantities: list[str]
    parameters: list[ProfileParameter]
