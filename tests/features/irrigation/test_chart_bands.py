"""The grounds and lines of a soil chart say what the decision says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.town import Town
from tests.world import World

from regionhub.features.irrigation import FEATURE
from regionhub.features.irrigation.states import STATES
from regionhub.registry.sites import site
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.parts import SiteCharts, SiteQuestion

MOISTURE, TENSION = "soil_moisture_vwc", "soil_water_tension"


def charts(town: Town, site_id: int) -> SiteCharts:
    """What the charts of a site get from irrigation."""
    assert FEATURE.site_charts is not None
    now = datetime.now(UTC)
    with town.acting() as connection:
        place = site(connection, site_id)
        assert place is not None
        found = FEATURE.site_charts(
            SiteQuestion(
                connection=connection,
                site=place,
                streams=(),
                start=now,
                end=now,
                language="en",
                formats=Formats("en", now),
                gettext=lambda text: text,
            )
        )
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("quantity", "values"),
    [
        (MOISTURE, (-5, 3, 19, 20.1, 20.2, 23, 23.3, 23.5, 31, 31.4, 31.6, 40)),
        (TENSION, (-5, 0, 6.1, 6.3, 20, 32.9, 33.1, 60, 80.9, 81.1, 239)),
    ],
)
def test_a_value_lies_on_the_ground_of_its_level(
    world: World, quantity: str, values: tuple[float, ...]
) -> None:
    town = world.town("olpe")
    for value in values:
        tree = town.tree(soil_texture="Ls3")
        town.sensor(tree, quantity, (world.now, value))
        level = town.row("irrigation", site_id=tree)["irrigation_level"]
        bands = charts(town, tree).bands[quantity]
        tones = [
            band.tone
            for band in bands
            if (band.low is None or band.low <= value) and (band.high is None or value < band.high)
        ]
        assert tones == [STATES[level].tone], value


def test_lines_stand_where_levels_begin(world: World) -> None:
    town = world.town("olpe")
    tree = town.tree(soil_texture="Ls3")
    limits = charts(town, tree).limits
    assert limits[TENSION] == [
        (81, "water now", STATES["now"].tone),
        (33, "water soon", STATES["soon"].tone),
        (6.2, "wet", STATES["wet"].tone),
    ]
    for quantity in (MOISTURE, TENSION):
        lines = {line.value: line.tone for line in limits[quantity]}
        bands = charts(town, tree).bands[quantity]
        assert {band.high for band in bands[:-1]} == set(lines)
