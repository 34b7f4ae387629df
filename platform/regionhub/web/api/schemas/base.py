"""What all answers share, and the words used in several of them."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

SiteKind = Literal["tree", "bed", "gauge", "forest", "road"]
Resolution = Literal["raw", "hourly", "daily"]
Row = TypeVar("Row")

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Eui = Annotated[str, Field(description="DevEUI, 16 lower-case hex digits.")]
Quality = Annotated[
    int, Field(description="QARTOD flag: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing.")
]
SiteId = Annotated[int | None, Field(description="Site where the device is now.")]
MountingHeight = Annotated[
    float | None,
    Field(
        description="Height of the sensor above gauge zero in cm: the face of a distance sensor, "
        "the membrane of a pressure probe."
    ),
]
Depth = Annotated[float | None, Field(description="Depth of the sensor below ground in cm.")]


class Answer(BaseModel):
    """Something the API answers; numbers that are not finite become null."""

    model_config = ConfigDict(ser_json_inf_nan="null")


class Given(BaseModel):
    """Something the API accepts; names that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


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
