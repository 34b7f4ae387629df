"""Forecasts of a gauge as rows, for tests of who sees them and what is made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.rows import Rows

_MODEL: dict[str, Any] = {
    "model": "trend",
    "reason": "too_little_history",
    "hours": 99,
    "upstream": [],
    "rain": False,
    "rain_forecast": False,
}
#: A forecast but for its times.
RUN = _MODEL | {"level_cm": 3.0, "outside": False}
#: What it says of a lead.
QUANTILES: dict[str, Any] = {
    "mean_cm": 3.0,
    **{f"p{name}_cm": float(name) for name in ("05", "25", "50", "75", "95")},
}


def furnish(rows: Rows, tenant_id: int, site_id: int, time: datetime) -> None:
    """A forecast from a level of this time for an hour ahead, and its skill."""
    same: dict[str, Any] = {"tenant_id": tenant_id, "site_id": site_id}
    lead = {"lead_hours": 1}
    rows.add("core.gauge_model", **same, **lead, **_MODEL, trained_at=time, learnt=b"")
    rows.add("core.gauge_forecast_turn", **same, level_time=time)
    rows.add("core.gauge_forecast", **same, **RUN, trained_at=time, level_time=time)
    rows.add("core.gauge_forecast_lead", **same, **lead, **QUANTILES, level_time=time)
    period = {"basis": "backtest", "from_time": time, "to_time": time, "model": "trend", "n": 1}
    rows.add("core.gauge_skill", **same, **lead, **period)
    counts = {"hits": 1, "misses": 0, "false_alarms": 0}
    rows.add("core.gauge_stage_skill", **same, **lead, stage=1, **counts)
