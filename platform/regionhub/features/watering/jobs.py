"""What `regionhub work` does about waterings."""

from __future__ import annotations

from datetime import UTC, datetime

from regionhub.features.watering import reactions
from regionhub.features.watering.log import hide_names
from regionhub.store.jobs import Job, Work


def judge(work: Work) -> None:
    """Ask the sensors of what was watered."""
    with work.owner() as connection:
        reactions.judge_reactions(connection, datetime.now(UTC))


def hide(work: Work) -> None:
    """Let names become pseudonyms after a month."""
    with work.owner() as connection:
        hide_names(connection, datetime.now(UTC))


JOBS = (
    Job(name="watering_reactions", every_seconds=300, run=judge),
    Job(name="watering_names", every_seconds=3600, run=hide),
)
