"""Who sees which rows of the views of roads; for tests/integration/test_view_matrix.py."""

from __future__ import annotations

from tests.integration.matrix import OWN, Expected, newest, site

EXPECTED = {
    "road": Expected(
        "site_id, tenant_id, surface_degc",
        OWN,
        lambda place, _: site(place, newest(place)) if place.kind == "road" else [],
    ),
    "road_signal": Expected(
        "site_id, tenant_id, value",
        OWN,
        lambda place, _: site(place, newest(place)) if place.kind == "road" else [],
    ),
}
FOR_ALL = ("road_threshold",)
