"""The test files in which a fault of a room's views has to be noticed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from regionhub.cli.assembly import schema
from tests.mutants.mutate import Mutant, views_of
from tests.mutants.reads import closure, names, texts

_TESTS = Path(__file__).parents[1]
#: Who sees what in the views of all rooms.
_MATRIX = _TESTS / "integration" / "test_view_matrix.py"
#: Of the views of rooms that are no features. They are quick; interfaces are tested elsewhere.
_OF_VIEWS = (
    *sorted((_TESTS / "integration").glob("test_view_*.py")),
    _TESTS / "integration" / "test_absence.py",
)
_OF_FEATURES = sorted((_TESTS / "features").glob("*/test_*.py"))
#: What all features decide with is tested with what they decide.
_DECIDES = "regionhub.signals"


def everywhere() -> list[Path]:
    """All tests of views."""
    return [*_OF_VIEWS, *_OF_FEATURES]


def near(mutants: Collection[Mutant]) -> list[Path]:
    """The tests of the features whose views are changed or stand on what is changed; of rooms that
    are no features those of all views.
    """
    if any(mutant.room == _DECIDES for mutant in mutants):
        return everywhere()
    features = {_name(mutant.room) for mutant in mutants}
    features |= {name for m in mutants if _feature(m.room) for name in _standing_on(m.of)}
    views = [_MATRIX] if all(_feature(mutant.room) for mutant in mutants) else _OF_VIEWS
    return [*views, *(path for path in _OF_FEATURES if path.parent.name in features)]


def _standing_on(name: str) -> list[str]:
    known = texts(schema())
    return [
        _name(room)
        for room in schema().rooms
        if _feature(room) and name in closure(names(views_of(room) or ""), known)
    ]


def _feature(room: str) -> bool:
    return ".features." in room


def _name(room: str) -> str:
    return room.rpartition(".")[2]
