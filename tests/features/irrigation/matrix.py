"""Who sees which rows of the views of irrigation; for tests/integration/test_view_matrix.py."""

from __future__ import annotations

from tests.integration.matrix import OWN, Expected, site_of

EXPECTED = {
    "irrigation": Expected("site_id, tenant_id, sensors", OWN, site_of("tree", 1)),
    "irrigation_signal": Expected("site_id, tenant_id, reason", OWN, site_of("tree", None)),
    "irrigation_limit": Expected(
        "site_id, tenant_id, quantity", OWN, site_of("tree", "soil_moisture_vwc")
    ),
}
FOR_ALL = ("irrigation_level", "irrigation_threshold", "soil_texture")
