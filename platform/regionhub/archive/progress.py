"""Long work that is under way, such as filling in history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "progress")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is."""

    task: str
    label_de: str
    label_en: str
    done: int
    total: int
    started_at: datetime
    updated_at: datetime


def progress(connection: Connection) -> list[Progress]:
    """What is not finished yet; of any role."""
    return select_all(connection, Progress, _SQL["progress"])


def write_progress(
    connection: Connection, *, task: str, label_de: str, label_en: str, done: int, total: int
) -> None:
    """Say how far long work is; it is finished when done reaches total. As the owner."""
    connection.execute(
        _SQL["write_progress"],
        {"task": task, "label_de": label_de, "label_en": label_en, "done": done, "total": total},
    )
