"""What `regionhub work` does for gauges.

What a job needs to learn and to forecast is loaded where it runs: pandas takes half of the time
that a process takes to start, and no other process has a use for it.
"""

from __future__ import annotations

from regionhub.store.jobs import Job, Work


def _learn_travel_times(work: Work) -> None:
    from regionhub.features.gauges.river.learn import learn_travel_times  # noqa: PLC0415

    learn_travel_times(work)


def _forecast_gauges(work: Work) -> None:
    from regionhub.features.gauges.forecast.jobs import forecast_gauges  # noqa: PLC0415

    forecast_gauges(work)


def _learn_gauges(work: Work) -> None:
    from regionhub.features.gauges.forecast.jobs import learn_gauges  # noqa: PLC0415

    learn_gauges(work)


JOBS = (
    Job(name="gauge_travel", every_seconds=600, run=_learn_travel_times),
    # a level that comes is forecast within this time
    Job(name="gauge_forecast", every_seconds=15, run=_forecast_gauges),
    Job(name="gauge_learning", every_seconds=300, run=_learn_gauges),
)
