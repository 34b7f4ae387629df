"""Who sees which rows of the views of device health; for tests/integration/test_view_matrix.py."""

from __future__ import annotations

from tests.integration.matrix import OWN, Expected, device

EXPECTED = {
    "device_condition": Expected(
        "device_id, tenant_id, site_id, state", OWN, lambda p, _: device(p, p.site, "never")
    ),
    # 3, 5, 7 and one that waits
    "device_health": Expected(
        "device_id, tenant_id, site_id, state, received, expected",
        OWN,
        lambda p, _: device(p, p.site, "never", *((4, 6) if p.archived else (0, None))),
    ),
}
