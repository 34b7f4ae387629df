"""Forecasts of a gauge as rows, for tests of who sees them."""

from __future__ import annotations

from datetime import datetime

from tests.rows import Rows


def furnish(rows: Rows, tenant_id: int, site_id: int, time: datetime) -> None:
    """A forecast from a level of this time for an hour ahead, and its skill."""
    same = {"tenant_id": tenant_id, "site_id": site_id}
    made = {"model": "trend", "trained_at": time, "hours": 99, "upstream": [], "rain": False}
    made |= {"reason": "too_little_history"}
    lead = {"lead_hours": 1, "mean_cm": 3.0}
    quantiles = {f"p{name}_cm": float(name) for name in ("05", "25", "50", "75", "95")}
    rows.add("core.gauge_model", **same, lead_hours=1, **made, learnt=b"")
    run = {"level_time": time, "level_cm": 3.0, "outside": False}
    rows.add("core.gauge_forecast", **same, **made, **run)
    rows.add("core.gauge_forecast_lead", **same, level_time=time, **lead, **quantiles)
    period = {"basis": "backtest", "from_time": time, "to_time": time, "model": "trend", "n": 1}
    rows.add("core.gauge_skill", **same, lead_hours=1, **period)
    counts = {"hits": 1, "misses": 0, "false_alarms": 0}
    rows.add("core.gauge_stage_skill", **same, lead_hours=1, stage=1, **counts)
