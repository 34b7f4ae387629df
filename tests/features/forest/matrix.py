"""Who sees which rows of the views of forest; for tests/integration/test_view_matrix.py."""

from __future__ import annotations

from tests.integration.matrix import OWN, Expected, site_of

EXPECTED = {
    "forest": Expected("site_id, tenant_id, state", OWN, site_of("forest", "no_data")),
    # nothing is computed where no weather is known: see test_fire_weather.py
    "fire_weather": Expected("site_id, tenant_id, day", OWN, lambda _place, _reader: []),
    "fire_weather_signal": Expected("site_id, tenant_id, state", OWN, lambda _place, _reader: []),
    # nothing is said where nothing measures it: see test_smoke.py, test_drought.py
    "smoke_signal": Expected("site_id, tenant_id, state", OWN, lambda _place, _reader: []),
    "drought_signal": Expected("site_id, tenant_id, state", OWN, lambda _place, _reader: []),
}
FOR_ALL = ("forest_rule",)
