"""Who sees which rows of the views of irrigation; for tests/integration/test_view_matrix.py."""

from __future__ import annotations

from tests.integration.matrix import OWN, Expected, site_of

EXPECTED = {
    "irrigation": Expected("site_id, tenant_id, sensors", OWN, site_of("tree", 1)),
    "irrigation_signal": Expected("site_id, tenant_id, reason", OWN, site_of("tree", None)),
    "irrigation_need": Expected(
        "site_id, tenant_id, basis",
        OWN,
        site_of("tree", "measured"),
    ),
    "irrigation_ground": Expected("site_id, tenant_id", OWN, site_of("tree")),
    "irrigation_outlook": Expected("site_id, tenant_id", OWN, lambda place, reader: []),
    "irrigation_forecast": Expected("site_id, tenant_id", OWN, lambda place, reader: []),
    "irrigation_limit": Expected("distinct site_id, tenant_id, young", OWN, site_of("tree", False)),
}
FOR_ALL = ("irrigation_level", "soil_texture")
