"""Dead letters once more: through the same pipeline, as if they arrived when they did."""

from __future__ import annotations

from collections.abc import Callable

from regionhub.archive.letters.waiting import DeadLetters, Letter
from regionhub.archive.runs import Archive, Replay, Run
from regionhub.archive.write.ingest import IngestStore
from regionhub.errors import StoreUnavailable
from regionhub.observability import get_logger
from regionhub.store.database import Database
from regionhub_ingest.decode import Codecs
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry

_log = get_logger(__name__)

BATCH_SIZE = 500
_ATTEMPTS = 3


class Reprocessor:
    """Works on runs over dead letters; belongs to one thread, as its codecs do."""

    def __init__(self, database: Database, codecs: Codecs) -> None:
        self._database = database
        self._archive = Archive(database)
        self._store = IngestStore(database)
        self._registry = Registry(self._store)
        self._pipeline = Pipeline(self._registry, codecs)

    def work(self, run: Run, progress: Callable[[int, int], None] = lambda *_: None) -> Replay:
        """Process the waiting messages of a run, each once.

        A message that is stored (or is a copy, or says nothing we keep) is resolved in the same
        transaction; one that still cannot pass waits on, with its present reason. Whoever is
        killed in between leaves no half: the run goes on behind its last batch.

        Args:
            run: which ones.
            progress: told how many of how many are done.

        Returns:
            The run with its counts.

        Raises:
            StoreUnavailable: the database is away; what was done stays done.
        """
        letters = DeadLetters(self._database, run)
        self._registry.refresh()
        total = letters.count()
        self._archive.begin(run, total)
        last_id, handled = run.last_id, 0
        while batch := self._persist(letters, last_id):
            last_id = batch[-1].dead_letter_id
            handled += len(batch)
            progress(handled, max(total, handled))
        finished = self._archive.finish(run)
        _log.info(
            "dead_letters_processed",
            replay=run.replay_id,
            by=run.requested_by,
            handled=finished.handled,
            stored=finished.stored,
            duplicate=finished.duplicate,
            ignored=finished.ignored,
            failed=finished.failed,
        )
        return finished

    def _persist(self, letters: DeadLetters, last_id: int) -> list[Letter]:
        """Process the next batch; read it again if somebody else changed it meanwhile."""
        for attempt in range(1, _ATTEMPTS + 1):
            batch = letters.after(last_id, BATCH_SIZE)
            if not batch:
                return []
            try:
                self._process(letters, batch)
            except StoreUnavailable:
                if attempt == _ATTEMPTS:
                    raise
            else:
                return batch
        raise AssertionError("the last attempt returned or raised")

    def _process(self, letters: DeadLetters, batch: list[Letter]) -> None:
        # read for each batch: the letters of a source that is set up meanwhile come along
        sources = {s.source_id: s for s in self._store.sources(also_disabled=True)}
        whole = [letter for letter in batch if letter.complete]
        items = self._pipeline.prepare_all(
            [(sources[letter.source_id], letter.envelope) for letter in whole]
        )
        cut = [letter for letter in batch if not letter.complete]
        self._store.commit(items, letters.settle(whole, cut))
