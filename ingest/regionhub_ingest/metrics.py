"""What one ingest process counts about itself; the fates of all processes are in the database."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from regionhub_ingest.inbox import BATCH_SIZE

MESSAGES = Counter(
    "regionhub_ingest_messages_total",
    "Messages by their one fate.",
    ["tenant", "source", "fate", "reason"],
)
DECODE_ERRORS = Counter(
    "regionhub_ingest_decode_errors_total",
    "Messages that the codec of their device's profile could not read.",
    ["profile", "reason"],
)
READINGS = Counter("regionhub_ingest_readings_total", "Readings stored.")
MISPLACED = Counter(
    "regionhub_ingest_misplaced_readings_total",
    "Readings left out because the device put them at an impossible time.",
    ["profile"],
)
COMMIT_SECONDS = Histogram("regionhub_ingest_commit_seconds", "Time of one batch in the database.")
BATCH_MESSAGES = Histogram(
    "regionhub_ingest_batch_messages",
    "Messages in one batch.",
    buckets=[1, 10, 100, BATCH_SIZE // 8, BATCH_SIZE // 4, BATCH_SIZE // 2, BATCH_SIZE],
)
WAITING = Gauge("regionhub_ingest_waiting_messages", "Messages received and not yet committed.")
LAG = Gauge(
    "regionhub_ingest_lag_seconds",
    "How long the oldest message that is received and not acknowledged yet has been waiting.",
    ["tenant", "source", "session"],
)
CONNECTED = Gauge(
    "regionhub_ingest_source_connected",
    "1 while a session of a source is connected.",
    ["tenant", "source", "session"],
)
RETRIES = Counter(
    "regionhub_ingest_commit_retries_total", "Batches that had to wait for the database."
)
