"""A town with dry trees and crews; for tests of watering."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from tests.town import Town

from regionhub.features.watering.log import Entry, Watering, waterings
from regionhub.features.watering.rounds import save_crew

#: Of a loamy soil: near the wilting point, and what roots like.
DRY, MOIST = 16.0, 29.0


def tree(town: Town, number: int, *, moisture: float | None = DRY, minutes: int = 5) -> int:
    """A young tree at its own place, with a soil sensor unless nothing is measured."""
    site = town.site(
        "tree",
        f"Baum {number}",
        latitude=51.4 + number % 7 / 500,
        longitude=8.06 + number % 11 / 500,
        address=f"Ringstraße {number}",
        soil_texture="Ls3",
        planted_year=2024,
    )
    if moisture is not None:
        town.sensor(site, "soil_moisture_vwc", (town.world.ago(minutes=minutes), moisture))
    return site


def crew(town: Town, name: str = "Kolonne 1", tank: int = 1000) -> None:
    """A crew that fills up at the yard."""
    save_crew(
        town.world.owner,
        town.tenant_id,
        name=name,
        tank_litres=tank,
        depot="Bauhof",
        latitude=51.4,
        longitude=8.06,
    )


def entry(site_id: int, time: datetime, litres: float = 100, key: UUID | None = None) -> Entry:
    """Something poured."""
    return Entry(watering_id=key or uuid4(), site_id=site_id, time=time, litres=litres)


def logged(town: Town, site_id: int | None = None) -> list[Watering]:
    """The log as the town sees it."""
    with town.acting(decided=False) as connection:
        return waterings(connection, site_id=site_id)
