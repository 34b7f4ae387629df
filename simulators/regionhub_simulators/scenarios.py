"""What kind of weather the region has around the reference moment.

The reference moment is the "now" of a simulation: where a back-fill ends and live traffic begins.
Everything here is counted from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from regionhub.errors import InputError

from .model import Fault


@dataclass(frozen=True, slots=True)
class Storm:
    """Rain on top of the random weather: begins `start_h` hours from the reference moment."""

    start_h: float
    hours: float
    mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`dry_days`: no rain from so many days before the reference until half as long after it.

    `warmer_k` is added to the air temperature on those days (or always, without dry days).
    `day_of_year`: the season that the weather of the reference moment has, whatever its date is.
    `smoke_h`: one smoke sensor in a forest smells a fire from so many hours from it on.
    `watering`: crews water young trees that get dry. `gauge_fault` is what a gauge has.
    """

    name: str
    title: str
    dry_days: float = 0.0
    warmer_k: float = 0.0
    day_of_year: int | None = None
    storms: tuple[Storm, ...] = ()
    watering: bool = True
    gauge_fault: Fault | None = None
    smoke_h: float | None = None


_FLOOD = (
    Storm(-33 * 24, 10, 38),
    Storm(-17 * 24, 8, 55),
    Storm(-5 * 24, 12, 30),
    Storm(-14, 9, 90),
)
SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(name="normal", title="changeable weather, now and then a watering"),
        Scenario(
            name="drought",
            title="a July after five weeks without rain, hot, nobody waters",
            dry_days=35,
            warmer_k=6.0,
            day_of_year=205,
            watering=False,
        ),
        Scenario(
            name="flood",
            title="heavy rain; a flood wave is on its way down the rivers",
            storms=_FLOOD,
        ),
        Scenario(
            name="flood-fault",
            title="the same flood, and a gauge that has stuck days before it",
            storms=_FLOOD,
            gauge_fault=Fault.STUCK,
        ),
        Scenario(
            name="fire",
            title="a July after three dry weeks, very hot: forests burn easily",
            dry_days=25,
            warmer_k=9.0,
            day_of_year=200,
            smoke_h=-1.5,
        ),
        Scenario(
            name="ice",
            title="a January with nights below freezing: roads ice over",
            warmer_k=-2.5,
            day_of_year=15,
        ),
    )
}


def scenario(name: str) -> Scenario:
    """Return the scenario of that name.

    Raises:
        InputError: there is none.
    """
    try:
        return SCENARIOS[name]
    except KeyError:
        known = ", ".join(SCENARIOS)
        raise InputError(f"There is no scenario {name!r}; there are {known}.") from None
