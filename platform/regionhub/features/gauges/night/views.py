"""What the page of a gauge, its sheet and the list say beyond a level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from regionhub.features.gauges.echoes import false_echoes
from regionhub.features.gauges.night.curve import Ahead, NightCurve, night_curve
from regionhub.features.gauges.river.links import upstream
from regionhub.features.gauges.states import STATES
from regionhub.features.gauges.store import Gauge, RecentLevel, gauges, recent_levels
from regionhub.levels import State
from regionhub.registry.sites import Site, sites
from regionhub.store.database import Connection

#: How far back the drawing reaches.
BACK = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Above:
    """A gauge further up; `gauge` is None where only its hours or days are shared."""

    site: Site
    gauge: Gauge | None
    state: State
    travel_minutes: float | None


def without_echoes(
    levels: Sequence[RecentLevel],
) -> Mapping[int, list[tuple[datetime, float]]]:
    """The levels of each gauge for a small chart, which has no room for doubts."""
    streams = defaultdict(list)
    for level in levels:
        streams[level.datastream_id].append(level)
    echoes = set[tuple[int, datetime]]()
    for datastream_id, rows in streams.items():
        doubted = false_echoes([row.time for row in rows], [row.level_cm for row in rows])
        echoes |= {(datastream_id, rows[place].time) for place in np.flatnonzero(doubted)}
    found = defaultdict(list)
    for level in levels:
        if (level.datastream_id, level.time) not in echoes:
            found[level.site_id].append((level.time, level.level_cm))
    return found


def curve_of(
    connection: Connection,
    gauge: Gauge,
    now: datetime,
    *,
    ahead: Sequence[Ahead] = (),
) -> NightCurve | None:
    """The drawing of a gauge, of the sensor that its level is from, and of what is forecast."""
    start = now - BACK
    levels = [
        level
        for level in recent_levels(connection, [gauge.site_id], start=start)
        if gauge.datastream_id in {None, level.datastream_id}
    ]
    stages = (gauge.stage_1_cm, gauge.stage_2_cm, gauge.stage_3_cm)
    return night_curve(
        without_echoes(levels)[gauge.site_id],
        start=start,
        now=now,
        stages=[
            (number, level, STATES[f"stage_{number}"].tone)
            for number, level in enumerate(stages, start=1)
            if level is not None
        ],
        ahead=ahead,
    )


def gauges_above(connection: Connection, site_id: int) -> list[Above]:
    """Gauges above one in the order in which their water comes."""
    found = upstream(connection, site_id)
    if not found:
        return []
    ids = [each.site_id for each in found]
    known = {gauge.site_id: gauge for gauge in gauges(connection, site_ids=ids)}
    places = {place.site_id: place for place in sites(connection, kind="gauge")}
    return [
        Above(
            places[each.site_id],
            gauge := known.get(each.site_id),
            STATES[gauge.state if gauge else "no_data"],
            each.travel_minutes,
        )
        for each in found
        if each.site_id in places
    ]
