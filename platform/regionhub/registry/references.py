"""Zero and stages of a gauge over time.

A change of the site holds from now on (a trigger keeps what was before). What held in the past is
put right here, with a trace; levels, stages and what is decided from them follow. Every function
takes a connection under a town's role.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from regionhub.errors import InputError, NotAllowed, NotFound
from regionhub.registry.sites import check_levels, site
from regionhub.sites import DEFAULT_DATUM, GaugeDatum
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "references")
#: Where what always was so begins.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = ("gauge_zero_m", "gauge_datum", "stage_1_cm", "stage_2_cm", "stage_3_cm")
_REFUSALS: Refusals = {
    pg.CheckViolation: InputError(
        "Stages rise from 1 to 3 without a gap.",
        de="Die Stufen steigen von 1 bis 3, und keine bleibt dazwischen leer.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeReference:
    """What levels of a gauge were judged by for a time."""

    reference_id: int
    site_id: int
    from_time: Annotated[datetime, Field(description="1970-01-01: it always was so.")]
    to_time: Annotated[datetime | None, Field(description="Null: it holds now.")]
    gauge_zero_m: Annotated[float | None, Field(description="Gauge zero, m above `gauge_datum`.")]
    gauge_datum: GaugeDatum
    stage_1_cm: float | None
    stage_2_cm: float | None
    stage_3_cm: float | None

    @property
    def stages(self) -> list[tuple[int, float]]:
        """The stages that were set, with their levels in cm above gauge zero."""
        levels = ((1, self.stage_1_cm), (2, self.stage_2_cm), (3, self.stage_3_cm))
        return [(stage, level) for stage, level in levels if level is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceCorrection:
    """What was kept of a time in the past before somebody corrected it."""

    correction_id: int
    site_id: int
    corrected_at: datetime
    corrected_by: str
    why: str
    from_time: datetime
    to_time: datetime | None
    gauge_zero_m: float | None
    gauge_datum: GaugeDatum
    stage_1_cm: float | None
    stage_2_cm: float | None
    stage_3_cm: float | None


def gauge_references(connection: Connection, site_id: int) -> list[GaugeReference]:
    """What held at a gauge and from when to when, the newest first; none of other sites."""
    return select_all(connection, GaugeReference, _SQL["references"], {"site_id": site_id})


def reference_corrections(connection: Connection, site_id: int) -> list[ReferenceCorrection]:
    """What was corrected of the past of a gauge, the last first."""
    values = {"site_id": site_id}
    return select_all(connection, ReferenceCorrection, _SQL["reference_corrections"], values)


def correct_references(
    connection: Connection,
    site_id: int,
    values: Mapping[str, float | str | None],
    *,
    start: datetime | None,
    end: datetime | None,
    by: str,
    why: str,
) -> list[GaugeReference]:
    """Put right what held from `start` to `end`; returns all that holds and held.

    Args:
        connection: under the role of the town that has the gauge.
        site_id: the gauge.
        values: gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm; what is not named
            stays as it was at each time, None empties (of the datum: the usual one).
        start: None: from the beginning.
        end: None: until now and from now on.
        by: who corrects it, for the trace.
        why: for the trace.

    Raises:
        NotFound: this role sees no such gauge.
        NotAllowed: it belongs to another town.
        InputError: the time has not come yet or has no length, stages contradict each other, or
            zero or stages lie where no river does.
    """
    _require_own(connection, site_id)
    begins, now = start or BEGINNING, datetime.now(UTC)
    if begins >= (end or now) or max(begins, end or begins) > now:
        raise InputError(
            "What is corrected lies in the past, and begins before it ends.",
            de="Berichtigt wird, was war: der Beginn liegt vor dem Ende und beide nicht in der "
            "Zukunft.",
        )
    check_levels(values)
    row: dict[str, object] = {column: values.get(column) for column in _COLUMNS}
    row["gauge_datum"] = row["gauge_datum"] or DEFAULT_DATUM
    row |= {"site_id": site_id, "start": begins, "end": end, "by": by, "why": why}
    row["named"] = [column for column in _COLUMNS if column in values]
    for time in (begins, end):
        if time is not None:
            connection.execute(_SQL["split"], {"site_id": site_id, "time": time})
    connection.execute(_SQL["note"], row)
    with explained(_REFUSALS):
        connection.execute(_SQL["correct"], row)
        connection.execute(_SQL["follow"], row)
    return gauge_references(connection, site_id)


def _require_own(connection: Connection, site_id: int) -> None:
    if select_value(connection, int, _SQL["own_gauge"], {"site_id": site_id}) is not None:
        return
    found = site(connection, site_id)
    if found is None or found.kind != "gauge":
        raise NotFound("There is no such gauge.", de="Diesen Pegel gibt es nicht.")
    raise NotAllowed(
        "This gauge belongs to another town.", de="Dieser Pegel gehört einer anderen Stadt."
    )
