"""Who sees which rows of the views of watering; for tests/integration/test_view_matrix.py."""

from __future__ import annotations

from tests.integration.matrix import OWN, Expected, site_of

EXPECTED = {
    "watering": Expected("site_id, tenant_id, who", OWN, site_of("tree", "Anna Weber")),
    "watering_stop": Expected("site_id, tenant_id, litres", OWN, site_of("tree", 100.0)),
    "watering_round": Expected(
        "split_part(crew, ' ', 3)::integer, tenant_id, planned_by",
        OWN,
        site_of("tree", "Anna Weber"),
    ),
    "watering_pause": Expected("site_id, tenant_id, litres", OWN, site_of("tree", 100.0)),
}
