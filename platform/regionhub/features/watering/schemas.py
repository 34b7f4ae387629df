"""A watering as it is given."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated
from uuid import UUID

from pydantic import Field

from regionhub.features.watering.log import Entry
from regionhub.web.api.schemas.base import Given
from regionhub.web.api.values import Id, Time

#: The tank of a truck; of one tree it is hundreds.
Litres = Annotated[float, Field(gt=0, le=5000, allow_inf_nan=False, description="Litres.")]


class GivenEntry(Given):
    """Something poured at a tree or bed."""

    watering_id: Annotated[UUID, Field(strict=False)] = Field(
        description="Made by whoever sends it; the same entry sent again has the same one."
    )
    site_id: Id
    time: Time = Field(description="When it was poured; one that lies ahead becomes now.")
    litres: Litres
    undone: bool = Field(default=False, description="It was a mistake, and is kept as undone.")

    def entry(self) -> Entry:
        """As the log takes it."""
        return Entry(
            watering_id=self.watering_id,
            site_id=self.site_id,
            time=self.time.astimezone(UTC),
            litres=self.litres,
            undone=self.undone,
        )
