"""The watering log: what was poured where, when and by whom; each entry once.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from regionhub.errors import NotFound
from regionhub.store.database import Connection, select_all, select_values
from regionhub.store.statements import queries

_SQL = queries(__package__, "log")

Source = Literal["round", "csv", "api", "portal"]
#: Why an entry is refused: the town has no such tree or bed, or a part of the entry is unusable.
Reason = Literal["no_site", "bad_time", "bad_litres", "bad_entry"]
Reaction = Literal["arrived", "not_arrived", "silent"]
#: A clock may be ahead by this; what lies later is taken for a wrong clock.
_CLOCK_AHEAD = timedelta(minutes=10)
#: For how long names are kept.
NAMES_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something poured, as somebody says it; `undone` if it was a mistake."""

    watering_id: UUID
    site_id: int
    time: datetime
    litres: float
    undone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watering:
    """An entry of the log."""

    watering_id: UUID
    tenant_id: int
    site_id: int
    time: datetime
    litres: float
    who: Annotated[str, Field(description="A pseudonym after 30 days.")]
    source: Source
    entered_at: datetime
    undone_at: Annotated[datetime | None, Field(description="It was entered by mistake.")]
    undone_by: str | None
    reaction: Annotated[
        Reaction | None,
        Field(description="What the site's own soil sensor said; null while it is waited for."),
    ]
    quantity: Annotated[str | None, Field(description="What the sensor measures.")]
    rise: Annotated[
        float | None,
        Field(description="Percentage points, or kPa by which the tension fell."),
    ]
    reacted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Somebody else's watering at the place of an entry, within half a day."""

    entry_id: UUID
    watering_id: UUID
    time: datetime
    litres: float
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an entry: stored now, known from before, or refused for a reason.

    `others` are waterings of the same site within half a day: both count, and people should know.
    """

    watering_id: UUID
    became: Literal["stored", "known", "refused"]
    reason: Annotated[Reason | None, Field(description="Of what is refused.")] = None
    others: Sequence[Other] = ()


def enter(
    connection: Connection,
    tenant_id: int,
    entries: Sequence[Entry],
    *,
    who: str,
    source: Source,
    now: datetime,
) -> list[Outcome]:
    """Write entries down, each once however often it comes; exactly one outcome for each.

    A time that lies ahead is that of a wrong clock, and becomes now.
    """
    values = {"tenant_id": tenant_id, "site_ids": [one.site_id for one in entries]}
    own = set(select_values(connection, int, _SQL["own_sites"], values))
    good = [one for one in entries if one.site_id in own]
    rows = {
        "ids": [one.watering_id for one in good],
        "tenant_ids": [tenant_id] * len(good),
        "site_ids": [one.site_id for one in good],
        "times": [now if one.time > now + _CLOCK_AHEAD else one.time for one in good],
        "litres": [one.litres for one in good],
        "whos": [who] * len(good),
        "sources": [source] * len(good),
    }
    stored = set(select_values(connection, UUID, _SQL["enter"], rows))
    _undo(connection, tenant_id, [one.watering_id for one in good if one.undone], who)
    others = _others(connection, tenant_id, [one.watering_id for one in good])
    outcomes = []
    for one in entries:
        if one.site_id not in own:
            outcomes.append(
                Outcome(watering_id=one.watering_id, became="refused", reason="no_site")
            )
            continue
        became: Literal["stored", "known"] = "stored" if one.watering_id in stored else "known"
        stored.discard(one.watering_id)
        outcomes.append(
            Outcome(
                watering_id=one.watering_id, became=became, others=others.get(one.watering_id, ())
            )
        )
    return outcomes


def _others(connection: Connection, tenant_id: int, ids: Sequence[UUID]) -> dict[UUID, list[Other]]:
    values = {"tenant_id": tenant_id, "ids": list(ids)}
    found = defaultdict(list)
    for row in select_all(connection, Other, _SQL["others"], values):
        found[row.entry_id].append(row)
    return dict(found)


def undo(connection: Connection, tenant_id: int, watering_id: UUID, *, by: str) -> Watering:
    """Take an entry back; it stays in the log as undone, and doing it again changes nothing.

    Raises:
        NotFound: this town has no such entry.
    """
    if not _undo(connection, tenant_id, [watering_id], by):
        raise NotFound("There is no such watering.", de="Diesen Eintrag gibt es nicht.")
    values = {"tenant_id": tenant_id, "ids": [watering_id]}
    [found] = select_all(connection, Watering, _SQL["entered"], values)
    return found


def _undo(connection: Connection, tenant_id: int, ids: Sequence[UUID], by: str) -> list[UUID]:
    values = {"tenant_id": tenant_id, "ids": list(ids), "by": by}
    return select_values(connection, UUID, _SQL["undo"], values)


def waterings(
    connection: Connection,
    *,
    site_id: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int | None = None,
) -> list[Watering]:
    """The log, the newest first; a period includes its start and not its end."""
    values = {"site_id": site_id, "start": start, "end": end, "limit": limit}
    return select_all(connection, Watering, _SQL["page"], values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A site and its name."""

    name: str
    site_id: int


def named(connection: Connection, site_ids: Sequence[int]) -> dict[int, str]:
    """Names of sites by id."""
    rows = select_all(connection, Named, _SQL["named"], {"site_ids": list(site_ids)})
    return {row.site_id: row.name for row in rows}


def sites_named(connection: Connection, tenant_id: int, names: Sequence[str]) -> dict[str, int]:
    """Trees and beds of a town by name."""
    values = {"tenant_id": tenant_id, "names": list(names)}
    rows = select_all(connection, Named, _SQL["site_ids"], values)
    return {row.name: row.site_id for row in rows}


def hide_names(connection: Connection, now: datetime) -> None:
    """Let names that are older than `NAMES_KEPT` become pseudonyms; of all towns, as the owner."""
    connection.execute(_SQL["hide"], {"before": now - NAMES_KEPT})
