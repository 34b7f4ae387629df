"""Kinds of values that requests hold: ids, texts, times."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from regionhub.errors import DEAD_LETTER_REASONS, InputError
from regionhub.euis import read_dev_eui
from regionhub.lines import LONGEST_LINE, read_line, read_lines
from regionhub.quantities import load_vocabulary
from regionhub.times import from_rfc3339, to_datetime

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_LOST_PLUS = re.compile(r"(T\d\d:\d\d:\d\d(?:\.\d+)?) (\d\d:?\d\d)$")

_MAX_ID = 2**31 - 1
_WHOLE = re.compile(r"0|-?[1-9][0-9]*")


def read_whole(given: object) -> object:
    """Refuse what stands for a whole number and is not its one spelling: 1.0, +1, 01, 1_0.

    Raises:
        ValueError: it is another spelling; one address has one answer.
    """
    if isinstance(given, str) and not _WHOLE.fullmatch(given):
        raise ValueError("must be a whole number, in digits only")
    return given


#: A whole number in an address.
Whole = Annotated[int, BeforeValidator(read_whole)]
#: An id of this hub.
Id = Annotated[Whole, Field(ge=1, le=_MAX_ID)]
#: Where a page starts; 0 is the beginning.
After = Annotated[
    Whole, Query(ge=0, le=_MAX_ID, description="Rows after this id; `next` of a page holds it.")
]
Limit = Annotated[Whole, Query(ge=1, le=1000, description="Rows on a page.")]
#: One line for people.
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_LINE),
    AfterValidator(read_line),
]
#: Several lines for people.
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=2000),
    AfterValidator(read_lines),
]
#: A word that names something, such as a quantity.
Word = Annotated[str, StringConstraints(max_length=80, pattern=r"^[A-Za-z0-9_/.-]+$")]


def _known_quantity(word: str) -> str:
    if word not in load_vocabulary().quantities:
        raise ValueError("is no quantity of this hub; see /api/v1/quantities")
    return word


def _known_reason(word: str) -> str:
    if word not in DEAD_LETTER_REASONS:
        raise ValueError(f"must be one of {', '.join(DEAD_LETTER_REASONS)}")
    return word


#: A quantity of the vocabulary.
QuantityName = Annotated[Word, AfterValidator(_known_quantity)]
#: Why a message could not be processed.
LetterReason = Annotated[Word, AfterValidator(_known_reason)]
#: A number that means something: JSON can hold larger ones, and nobody can measure or read them.
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]


def read_time(given: object) -> datetime:
    """Return the moment of an ISO 8601 time with an offset.

    Raises:
        ValueError: something else, or before 1970 or after 2199.
    """
    if not isinstance(given, str):
        raise ValueError("must be a time such as 2026-05-01T06:00:00Z")  # noqa: TRY004 - becomes a 422
    try:
        # a + that was not written as %2B arrives as a space
        moment = to_datetime(from_rfc3339(_LOST_PLUS.sub(r"\1+\2", given)))
    except (ValueError, OverflowError):
        raise ValueError(
            "must be a time that exists, with an offset: 2026-05-01T06:00:00Z or "
            "2026-05-01T08:00:00+02:00"
        ) from None
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError("must lie between 1970 and 2199")
    return moment


#: A moment, given with its offset.
Time = Annotated[datetime, BeforeValidator(read_time)]


def period(
    start: datetime | None, end: datetime | None, default: timedelta = timedelta(hours=24)
) -> tuple[datetime, datetime]:
    """Fill in what is not given: until now, and `default` long.

    Raises:
        InputError: it ends before it starts.
    """
    end = end or max(datetime.now(UTC), start or _EARLIEST)
    start = start or max(end - default, _EARLIEST)
    if start >= end:
        raise InputError("The period must start before it ends: `from` < `to`.")
    return start, end


#: A DevEUI in any spelling.
DevEui = Annotated[str, BeforeValidator(read_dev_eui)]
