"""Three versions of a dashboard become one: as it was applied, as the town has it, as it is new.

What the town left alone becomes new; what the town added, changed, moved or removed stays. Where
both changed the same part the town's stays and the conflict is listed. A panel is one part: its
query, unit and colours belong together. Where it stands is another one, and the town's place wins
without a word, since nothing is lost by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from regionhub_dashboards.clone.canonical import Json, canonical
from regionhub_dashboards.clone.panels import (
    arranged,
    contents,
    numbered,
    places,
    renumbered,
    rows,
)

Why = Literal["both_changed", "town_removed", "template_removed"]
#: Each conflict in words of the town.
WORDS: Mapping[Why, str] = {
    "both_changed": "von der Kommune und in der neuen Fassung geändert; das der Kommune bleibt",
    "town_removed": "von der Kommune entfernt, in der neuen Fassung geändert; es bleibt entfernt",
    "template_removed": "von der Kommune geändert, in der neuen Fassung entfernt; es bleibt",
}
#: Lists of a dashboard whose entries have a name, with the key of the name and the word for one.
_LISTS = {
    "templating": ("name", "Auswahl"),
    "annotations": ("name", "Markierung"),
    "links": ("title", "Verweis"),
}
_REST = {"title": "Titel", "description": "Beschreibung", "time": "Zeitraum"}


@dataclass(frozen=True, slots=True)
class Conflict:
    """A part that both changed; the town's stays."""

    part: str
    why: Why

    def __str__(self) -> str:
        return f"{self.part}: {WORDS[self.why]}"


@dataclass(frozen=True, slots=True)
class Merged:
    """The dashboard to write, and what could not be decided."""

    board: Json
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """Compared by what it means, written as it stands."""

    form: Any
    raw: Any = field(compare=False)


Parts = Mapping[Any, _Part]


def merge(base: Mapping[str, Any], live: Mapping[str, Any], new: Mapping[str, Any]) -> Merged:
    """Bring `live` to the version `new`, given that it once was `base`."""
    before, town, template = numbered(base), numbered(live), numbered(new)
    town = renumbered(canonical(before), canonical(town), canonical(template), town)
    boards = (before, town, template)
    merger = _Merger()
    board = merger.raw((_rest(board) for board in boards), lambda key: _REST.get(key, key))
    board["tags"] = _tags(*(board.get("tags") or [] for board in boards))
    for key, (name, word) in _LISTS.items():
        lists = (_entries(board, key, name) for board in boards)
        entries = merger.raw(lists, partial("{} „{}“".format, word))
        listed = list(entries.values())
        board[key] = listed if key == "links" else {"list": listed}
    board["panels"] = _panels(merger, boards)
    board["uid"] = new["uid"]
    board["schemaVersion"] = max(each.get("schemaVersion", 0) for each in (live, new))
    return Merged(board, tuple(merger.conflicts))


class _Merger:
    """Merges part by part and remembers the conflicts."""

    def __init__(self) -> None:
        self.conflicts: list[Conflict] = []

    def raw(self, versions: Iterable[Parts], named: Callable[[Any], str]) -> dict[Any, Any]:
        """Parts by key: in the order of the town, those of the new version behind.

        Args:
            versions: as it was applied, as the town has it, the new one.
            named: what a part is called in a conflict.
        """
        base, town, new = versions
        merged = {
            key: self._one(named(key), base.get(key), town.get(key), new.get(key))
            for key in dict.fromkeys((*town, *new))
        }
        return {key: part.raw for key, part in merged.items() if part is not None}

    def _one(
        self, part: str, base: _Part | None, town: _Part | None, new: _Part | None
    ) -> _Part | None:
        if town in (base, new):
            return new
        if new == base:
            return town
        why: Why = "both_changed"
        if town is None:
            why = "town_removed"
        elif new is None:
            why = "template_removed"
        self.conflicts.append(Conflict(part, why))
        return town


def _rest(board: Json) -> Parts:
    """What is neither a list nor a panel."""
    apart = {"tags", "panels", *_LISTS}
    return {
        key: _Part(form, board[key]) for key, form in canonical(board).items() if key not in apart
    }


def _entries(board: Json, key: str, name: str) -> Parts:
    forms, raws = (_listed(each, key) for each in (canonical(board), board))
    raw = {each.get(name, ""): each for each in raws}
    return {each.get(name, ""): _Part(each, raw[each.get(name, "")]) for each in forms}


def _listed(board: Json, key: str) -> list[Json]:
    value = board.get(key) or {}
    return list(value.get("list") or []) if isinstance(value, dict) else list(value)


def _tags(base: Iterable[str], town: Iterable[str], new: Iterable[str]) -> list[str]:
    """The new version's, and those that the town added; less those that it removed."""
    before, own = set(base), list(town)
    added = [tag for tag in own if tag not in before and not tag.startswith("template:")]
    removed = {tag for tag in before if not tag.startswith("template:")} - set(own)
    return [tag for tag in dict.fromkeys((*new, *added)) if tag not in removed]


def _panels(merger: _Merger, boards: tuple[Json, Json, Json]) -> list[Json]:
    """All panels, each at its place."""
    parts: list[Parts] = []
    titles: dict[int, str] = {}
    for board in boards:
        raws = contents(board)
        titles |= {number: panel.get("title") or "" for number, panel in raws.items()}
        forms = contents(canonical(board))
        parts.append({number: _Part(form, raws[number]) for number, form in forms.items()})
    merged = merger.raw(parts, lambda number: f"Feld {number} „{titles[number]}“")
    grids = [places(board) for board in boards]
    inside = [rows(board) for board in boards]
    return arranged(
        {
            number: (
                panel,
                _townward(*(each.get(number) for each in grids)),
                _townward(*(each.get(number) for each in inside)),
            )
            for number, panel in merged.items()
        }
    )


def _townward(base: Any, town: Any, new: Any) -> Any:
    """Where a panel stands: where the town put it, else where the new version has it."""
    if town is None or new is None:
        return town or new
    return new if town == base else town
