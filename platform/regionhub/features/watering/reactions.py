"""Whether water arrived: what a tree's own soil sensor says within a day after watering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from regionhub.features.watering.log import Reaction
from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "reactions")

#: A rise of the water content (percentage points) or a fall of the tension (kPa) that is more than
#: noise of a sensor, and the part of what is expected below which most of the water went elsewhere.
_LEAST_RISE, _LEAST_FALL_KPA = 1.0, 5.0
_LEAST_PART = 0.2
#: Share of the water that reaches the root ball, and its usual volume in litres of soil.
_ARRIVES, _ROOT_LITRES = 0.85, 1400.0
#: A sensor answers within a day; after a day and a half without values it is silent.
ANSWER, SILENCE = timedelta(hours=24), timedelta(hours=36)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one sensor measured: its median before, and the extremes of the day after.

    Each extreme is one that two of three readings in a row reach.
    """

    datastream_id: int
    quantity: str
    before: float | None
    highest: float | None
    lowest: float | None
    newest: datetime

    @property
    def rise(self) -> float | None:
        """Percentage points gained, or kPa of tension lost; None where one side is missing."""
        if self.before is None or self.highest is None or self.lowest is None:
            return None
        # tension is what is missing to the potential of free water
        falls = self.quantity == "soil_water_tension"
        return self.before - self.lowest if falls else self.highest - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    """A watering that waits, and one of its sensors if that said something."""

    tenant_id: int
    watering_id: UUID
    time: datetime
    litres: float
    datastream_id: int | None
    quantity: str | None
    before: float | None
    highest: float | None
    lowest: float | None
    newest: datetime | None

    @property
    def answer(self) -> Answer | None:
        if self.datastream_id is None or self.quantity is None or self.newest is None:
            return None
        return Answer(
            datastream_id=self.datastream_id,
            quantity=self.quantity,
            before=self.before,
            highest=self.highest,
            lowest=self.lowest,
            newest=self.newest,
        )


def expected_rise(litres: float) -> float:
    """By how many percentage points water raises the usual root ball, evenly spread."""
    return 100 * litres * _ARRIVES / _ROOT_LITRES


def judged(
    answers: Sequence[Answer], time: datetime, litres: float, now: datetime
) -> tuple[Reaction, Answer | None] | None:
    """The reaction and the sensor that showed it best; None while it is too early to say.

    Water arrived as soon as one sensor rises by a fifth of what is expected, but at least by what
    is more than noise; a tension that was lower than that already cannot fall so far.
    """
    known = [one for one in answers if one.rise is not None]
    for one in known:
        if (one.rise or 0) >= _enough(one, litres):
            return "arrived", one
    if now >= time + ANSWER and any(one.newest >= time + ANSWER / 2 for one in known):
        return "not_arrived", max(known, key=lambda one: (one.rise or 0) / _enough(one, litres))
    return ("silent", None) if now >= time + SILENCE else None


def _enough(answer: Answer, litres: float) -> float:
    if answer.quantity == "soil_moisture_vwc":
        return max(_LEAST_RISE, _LEAST_PART * expected_rise(litres))
    return max(0.5, min(_LEAST_FALL_KPA, 0.5 * abs(answer.before or 0)))


def judge_reactions(connection: Connection, now: datetime) -> None:
    """Say of waterings what the sensors said; of all towns, as the owner."""
    rows = select_all(connection, _Answered, _SQL["answers"], {"now": now})
    said: list[tuple[int, UUID, Reaction, str | None, float | None]] = []
    for (tenant_id, watering_id), group in groupby(
        rows, key=lambda row: (row.tenant_id, row.watering_id)
    ):
        own = list(group)
        answers = [row.answer for row in own if row.answer is not None]
        found = judged(answers, own[0].time, own[0].litres, now)
        if found is not None:
            reaction, best = found
            known = (best.quantity, best.rise) if best else (None, None)
            said.append((tenant_id, watering_id, reaction, *known))
    columns = ("tenant_ids", "watering_ids", "reactions", "quantities", "rises")
    kept = {name: [one[place] for one in said] for place, name in enumerate(columns)}
    connection.execute(_SQL["keep"], {"now": now, **kept})
