"""What towns have of rivers beside levels."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def a_curve(tenant_id: int, site: int, text: str = "anna") -> dict[str, Any]:
    """Columns of a rating curve up to 1 m, since the year 2000."""
    return {
        "tenant_id": tenant_id,
        "site_id": site,
        "from_time": datetime(2000, 1, 1, tzinfo=UTC),
        "form": "linear",
        "levels_cm": [0.0, 100.0],
        "discharges_m3s": [0.0, 5.0],
        "source": text,
        "entered_by": text,
    }
