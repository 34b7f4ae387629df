"""Messages that come afterwards: from a file, or fetched from a network server.

They go the way of live ones, through the same pipeline into the same store, so that a frame that is
there already stays once and every message has its counted fate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from regionhub.archive.items import Item, NewDeadLetter, Outcome
from regionhub.archive.write.ingest import IngestStore
from regionhub.devices import Source
from regionhub.envelope import Envelope
from regionhub.errors import InputError, ParseError
from regionhub_ingest.pipeline import Pipeline

BATCH_SIZE = 1000


@dataclass(frozen=True, slots=True)
class Imported:
    """One message, where it stood, and why it cannot be read if it cannot."""

    place: str
    envelope: Envelope
    problem: ParseError | None = None


def store_imported(
    messages: Iterable[Imported], *, source: Source, pipeline: Pipeline, store: IngestStore
) -> Iterator[Counter[Outcome]]:
    """Store messages in batches; tells of each batch how many ended how, once it is committed.

    Run again after an interruption: what is stored already counts as duplicate.

    Raises:
        InputError: the messages broke off; those before are stored.
        StoreUnavailable: the batches before this one are stored.
    """
    batch: list[Imported] = []

    def committed() -> Counter[Outcome]:
        return Counter(store.commit(_prepare(batch, source, pipeline)))

    try:
        for message in messages:
            batch.append(message)
            if len(batch) == BATCH_SIZE:
                yield committed()
                batch.clear()
    except InputError:
        yield committed()
        raise
    if batch:
        yield committed()


def _prepare(batch: Sequence[Imported], source: Source, pipeline: Pipeline) -> list[Item]:
    readable = [(source, message.envelope) for message in batch if message.problem is None]
    prepared = iter(pipeline.prepare_all(readable))
    items: list[Item] = []
    for message in batch:
        item = next(prepared) if message.problem is None else _unreadable(message, source)
        if isinstance(item, NewDeadLetter):
            item = replace(item, detail=f"{message.place}: {item.detail}")
        items.append(item)
    return items


def _unreadable(message: Imported, source: Source) -> NewDeadLetter:
    problem = message.problem
    assert problem is not None
    return NewDeadLetter(
        source=source, envelope=message.envelope, reason=problem.reason, detail=problem.detail
    )
