"""Rating curves: discharge of a gauge at each level, as long as a curve holds.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import isfinite
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "curves")
MOST_POINTS = 500
Form = Literal["linear", "power"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingCurve:
    """Points of level and discharge, and from when to when they hold."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    curve_id: int
    site_id: int
    from_time: datetime
    to_time: Annotated[datetime | None, Field(description="Null: it holds now.")]
    form: Annotated[
        Form,
        Field(
            description="Between two points a straight line, or a power of the height above "
            "zero_flow_cm."
        ),
    ]
    zero_flow_cm: Annotated[float | None, Field(description="Level at which nothing flows, cm.")]
    levels_cm: Annotated[list[float], Field(description="cm above gauge zero, rising.")]
    discharges_m3s: Annotated[list[float], Field(description="m³/s, of each level.")]
    source: Annotated[str | None, Field(description="Who measured it.")]
    entered_by: str | None
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCurve:
    """A curve to enter; `zero_flow_cm` makes it one of powers.

    `from_time` None is now; `why` is needed where another curve held in the past.
    """

    points: list[tuple[float, float]]
    zero_flow_cm: float | None = None
    from_time: datetime | None = None
    source: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _InTheWay:
    curve_id: int
    from_time: datetime


def rating_curves(connection: Connection, site_id: int) -> list[RatingCurve]:
    """Curves of a gauge, the newest first.

    Raises:
        NotFound: this role sees no such gauge.
    """
    if not select_value(connection, bool, _SQL["is_gauge"], {"site_id": site_id}):
        raise NotFound("There is no such gauge.", de="Diesen Pegel gibt es nicht.")
    return select_all(connection, RatingCurve, _SQL["curves"], {"site_id": site_id})


def enter_curve(connection: Connection, site_id: int, new: NewCurve, *, by: str) -> RatingCurve:
    """Enter a curve; the one that held until then ends where it begins.

    Args:
        connection: under the role of the town that has the gauge.
        site_id: the gauge.
        new: the curve.
        by: who enters it.

    Raises:
        NotFound: this role sees no such gauge.
        NotAllowed: it belongs to another town.
        InputError: the points make no curve, or it begins in the future.
        Conflict: a later curve is in the way, or it changes what was known of the past and nobody
            says why.
    """
    check_points(new)
    rating_curves(connection, site_id)
    tenant_id = select_value(connection, int, _SQL["own_gauge"], {"site_id": site_id})
    if tenant_id is None:
        raise NotAllowed(
            "This gauge belongs to another town.", de="Dieser Pegel gehört einer anderen Stadt."
        )
    now = datetime.now(UTC)
    if new.from_time is not None and new.from_time > now:
        raise InputError(
            "A rating curve begins to hold in the past or now.",
            de="Eine Schlüsselkurve gilt ab jetzt oder seit einem Tag in der Vergangenheit.",
        )
    values: dict[str, object] = {"site_id": site_id, "from_time": new.from_time or now}
    _make_room(connection, values, new, now)
    values |= {"tenant_id": tenant_id, "source": new.source, "why": new.why, "by": by}
    values["form"] = "linear" if new.zero_flow_cm is None else "power"
    values["zero_flow_cm"] = new.zero_flow_cm
    values["levels_cm"], values["discharges_m3s"] = map(list, zip(*new.points, strict=True))
    curve_id = select_value(connection, int, _SQL["enter"], values)
    [made] = [c for c in rating_curves(connection, site_id) if c.curve_id == curve_id]
    return made


def remove_curve(connection: Connection, site_id: int, curve_id: int) -> None:
    """Take a curve away; for its time there is no discharge then.

    Raises:
        NotFound: the town has no such curve.
    """
    values = {"site_id": site_id, "curve_id": curve_id}
    if select_value(connection, int, _SQL["remove"], values) is None:
        raise NotFound("There is no such rating curve.", de="Diese Schlüsselkurve gibt es nicht.")


def check_points(new: NewCurve) -> None:
    """Refuse what is no rating curve.

    Raises:
        InputError: too few or too many points, or levels and discharges that do not rise.
    """
    if not 2 <= len(new.points) <= MOST_POINTS:
        raise InputError(
            f"A rating curve has 2 to {MOST_POINTS} points.",
            de=f"Eine Schlüsselkurve hat 2 bis {MOST_POINTS} Punkte: je Zeile Wasserstand in cm "
            "und Abfluss in m³/s.",
        )
    if not all(isfinite(number) for point in new.points for number in point):
        raise InputError("Points are numbers.", de="Punkte sind Zahlen.")
    rising = all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(new.points))
    if not rising or new.points[0][1] < 0:
        raise InputError(
            "Levels and discharges rise from point to point, and no discharge is negative.",
            de="Wasserstand und Abfluss steigen von Punkt zu Punkt, und kein Abfluss ist negativ.",
        )
    if new.zero_flow_cm is not None and (
        new.zero_flow_cm >= new.points[0][0] or new.points[0][1] <= 0
    ):
        raise InputError(
            "The level at which nothing flows lies below the first point, which has a discharge.",
            de="Der Wasserstand ohne Abfluss liegt unter dem ersten Punkt, und dort fließt etwas.",
        )


def _make_room(
    connection: Connection, values: dict[str, object], new: NewCurve, now: datetime
) -> None:
    begins = new.from_time or now
    others = select_all(connection, _InTheWay, _SQL["in_the_way"], values)
    if any(other.from_time >= begins for other in others):
        raise Conflict(
            "A later curve is there already: remove it first.",
            de="Es gibt schon eine spätere Schlüsselkurve: entfernen Sie diese zuerst.",
        )
    if others and begins < now and not new.why:
        raise Conflict(
            "Another curve held in that time: say why it is corrected.",
            de="In dieser Zeit galt eine andere Schlüsselkurve: geben Sie an, warum Sie die "
            "Vergangenheit berichtigen.",
        )
    connection.execute(_SQL["end"], values)
