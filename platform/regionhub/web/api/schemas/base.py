"""What all answers share."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Row = TypeVar("Row")


class Answer(BaseModel):
    """Something the API answers; numbers that are not finite become null."""

    model_config = ConfigDict(ser_json_inf_nan="null")


class Given(BaseModel):
    """Something the API accepts; names that it does not know are refused.

    Nothing becomes another kind of value: true is no number, and neither is "51".
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)


def _without_defaults(schema: dict[str, Any]) -> None:
    for value in schema["properties"].values():
        value.pop("default", None)


class Changes(Given):
    """What is to change: a value that is not named stays.

    So no value has a default, whatever its field says; read it with `exclude_unset`.
    """

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class Page(Answer, Generic[Row]):
    """A page of a list."""

    items: list[Row]
    next: str | None = Field(
        default=None,
        description="Address of the following page; null on the last one.",
        examples=["/api/v1/sites?limit=100&after=100"],
    )


class Items(Answer, Generic[Row]):
    """A list that comes in one piece."""

    items: list[Row]
