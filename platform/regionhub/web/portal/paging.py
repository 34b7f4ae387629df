"""Lists that are shown a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Query

from regionhub.web.api.values import Whole

#: Rows on a page.
ROWS = 100

Row = TypeVar("Row")
#: The page of a list that an address asks for.
PageNumber = Annotated[Whole, Query(ge=1, le=100_000)]


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """One page of a list of `found` rows."""

    rows: Sequence[Row]
    number: int
    found: int
    most: int = ROWS

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.found // self.most))

    @property
    def first(self) -> int:
        """The place of the first row in the list, from 1 on."""
        return (self.number - 1) * self.most + 1

    @property
    def last(self) -> int:
        """The place of the last row."""
        return self.first + len(self.rows) - 1


def listing(
    read: Callable[[int, int], Sequence[Row]],
    count: Callable[[Row], int],
    number: int,
    *,
    most: int = ROWS,
) -> Listing[Row]:
    """Read a page; a list that has become shorter than that is shown from its beginning.

    Args:
        read: gives rows for a limit and an offset.
        count: how many rows the whole list has, as each of them knows.
        number: of the page.
        most: rows on a page.
    """
    rows = read(most, (number - 1) * most)
    if not rows and number > 1:
        number = 1
        rows = read(most, 0)
    return Listing(rows, number, count(rows[0]) if rows else 0, most)
