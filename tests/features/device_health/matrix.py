"""Who sees which rows of the views of device health; for tests/integration/test_view_matrix.py."""

from __future__ import annotations

from tests.integration.matrix import OWN, Expected, device, site

EXPECTED = {
    "device_health": Expected(
        "device_id, tenant_id, site_id, state", OWN, lambda p, _: device(p, p.site, "never")
    ),
    "device_health_signal": Expected(
        "site_id, tenant_id, state, reason", OWN, lambda p, _: site(p, "never", "never")
    ),
}
