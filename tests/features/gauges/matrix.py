"""Who sees which rows of the views of gauges; for tests/integration/test_view_matrix.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from tests.integration.matrix import (
    DAILY,
    HOURLY,
    OWN,
    RAW,
    Expected,
    Place,
    Reader,
    Rows,
    day,
    hour,
    newest,
    site,
    site_of,
)


def level(value: float) -> float:
    """Of a distance sensor 5 m above gauge zero, to a tenth of a millimetre."""
    exact = Decimal(f"{500 - value / 10:.15g}")
    return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


def levels(place: Place, _: Reader) -> Rows:
    if place.kind != "gauge":
        return []
    return [row for time, value in place.readings for row in site(place, time, level(value))]


def level_buckets(start: Callable[[datetime], datetime]) -> Callable[[Place, Reader], Rows]:
    def rows(place: Place, _: Reader) -> Rows:
        found = place.buckets(start) if place.kind == "gauge" else []
        return [
            row
            for _, bucket, count, total, low, high, _ in found
            for row in site(place, bucket, level(total / count), level(high), level(low))
        ]

    return rows


def gauge(place: Place, _: Reader) -> Rows:
    if place.kind != "gauge":
        return []
    return site(place, 1, level(newest(place)), False)


def crest(place: Place, reader: Reader) -> Rows:
    """Of another town's gauge there is no event, and the water stood."""
    if place.kind != "gauge":
        return []
    return site(place, 1 if place.sight(reader) == "own" else None)


def curve(place: Place, reader: Reader) -> Rows:
    """Who entered it is for the own town."""
    if place.kind != "gauge":
        return []
    return site(place, "linear", "anna" if place.sight(reader) == "own" else None)


EXPECTED = {
    "rating_curve": Expected("site_id, tenant_id, form, entered_by", DAILY, curve),
    "gauge_crest": Expected("site_id, tenant_id, crest_stage", RAW, crest),
    "gauge_link": Expected("site_id, tenant_id, entered_by", OWN, site_of("gauge", "anna")),
    "gauge_upstream": Expected("site_id, tenant_id, steps", OWN, site_of("gauge", 1)),
    "gauge_forecast_run": Expected("site_id, tenant_id, refused", RAW, site_of("gauge", None)),
    "gauge_forecast": Expected("site_id, tenant_id, p95_cm", RAW, site_of("gauge", 95.0)),
    "gauge_forecast_skill": Expected("site_id, tenant_id, n", RAW, site_of("gauge", 1)),
    "gauge_stage_skill": Expected("site_id, tenant_id, hits", RAW, site_of("gauge", 1)),
    "water_level": Expected("site_id, tenant_id, time, level_cm", RAW, levels),
    "water_level_hourly": Expected(
        "site_id, tenant_id, bucket, avg_cm, min_cm, max_cm", HOURLY, level_buckets(hour)
    ),
    "water_level_daily": Expected(
        "site_id, tenant_id, bucket, avg_cm, min_cm, max_cm", DAILY, level_buckets(day)
    ),
    "gauge": Expected("site_id, tenant_id, stage, level_cm, stale", RAW, gauge),
    "gauge_signal": Expected("site_id, tenant_id, state", RAW, site_of("gauge", "stage_1")),
}
