"""When `regionhub work` makes outlooks; what they need (pandas) is loaded where that happens."""

from __future__ import annotations

from regionhub.store.jobs import Job, Work


def _make_outlooks(work: Work) -> None:
    from regionhub.features.irrigation.jobs import make_outlooks  # noqa: PLC0415

    make_outlooks(work)


JOB = Job(name="irrigation_outlook", every_seconds=60, run=_make_outlooks)
