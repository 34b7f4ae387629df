"""What ingest counts about itself can be read."""

from __future__ import annotations

from math import inf

from regionhub_ingest.inbox import BATCH_SIZE
from regionhub_ingest.metrics import BATCH_MESSAGES


def finite_buckets() -> dict[float, float]:
    (metric,) = BATCH_MESSAGES.collect()
    buckets = {
        float(sample.labels["le"]): sample.value
        for sample in metric.samples
        if sample.name.endswith("_bucket")
    }
    return {bound: count for bound, count in buckets.items() if bound < inf}


def test_the_last_bucket_ends_with_a_full_batch() -> None:
    before = finite_buckets()
    BATCH_MESSAGES.observe(BATCH_SIZE)
    grown = [bound for bound, count in finite_buckets().items() if count > before[bound]]
    assert grown == [max(before)] == [BATCH_SIZE]
