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
    interval_seconds: int = Field(description="How often it sends as delivered.")
    quantities: list[str]
    parameters: list[ProfileParameter]
