"""What the database refuses, said in the words of whoever asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from psycopg import errors as pg

from regionhub.errors import RegionhubError

__all__ = ["Refusals", "explained", "pg"]

#: The driver's errors (`pg.UniqueViolation`) and what they mean to whoever asked.
Refusals = Mapping[type[pg.Error], RegionhubError]


@contextmanager
def explained(refusals: Refusals) -> Iterator[None]:
    """Turn these errors of the driver into the given ones; the transaction is lost either way."""
    try:
        yield
    except tuple(refusals) as error:
        meaning = refusals[type(error)]
        # a new one each time: an exception carries the traceback of the request that raised it
        raise type(meaning)(meaning.detail, de=meaning.de) from error
