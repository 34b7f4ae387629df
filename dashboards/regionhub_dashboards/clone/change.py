"""What was done to the organisation of a town, or would be done, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["create", "change", "delete", "keep", "conflict", "refuse", "wait"]
WORDS: Mapping[Kind, str] = {
    "create": "anlegen",
    "change": "ändern",
    "delete": "entfernen",
    "keep": "bleibt",
    "conflict": "Konflikt",
    "refuse": "nicht möglich",
    "wait": "noch nicht",
}
#: These write something.
WRITES: frozenset[Kind] = frozenset({"create", "change", "delete"})


@dataclass(frozen=True, slots=True)
class Change:
    """One of them."""

    kind: Kind
    what: str

    def __str__(self) -> str:
        return f"{WORDS[self.kind]}: {self.what}"


@dataclass(slots=True)
class Pen:
    """Writes what is to be done and does it, or only writes it."""

    dry: bool
    changes: list[Change] = field(default_factory=list)

    def do(self, kind: Kind, what: str) -> bool:
        """Write a change of the organisation down; whether it is to be done now."""
        self.changes.append(Change(kind, what))
        return not self.dry

    def say(self, kind: Kind, what: str) -> None:
        """Something that is not changed."""
        self.changes.append(Change(kind, what))

    @property
    def writes(self) -> int:
        """How many changes write something."""
        return sum(change.kind in WRITES for change in self.changes)
