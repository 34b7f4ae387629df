"""Who sees which rows of the views of observations; for tests/integration/test_view_matrix.py."""

from __future__ import annotations

from tests.integration.matrix import DAILY, RAW, Expected, Place, Reader, Rows, newest, site


def observed(place: Place, reader: Reader) -> Rows:
    own, kind = place.sight(reader) == "own", place.kind
    if kind == "gauge" or (own and kind in {"tree", "road"}):
        return []
    if place.sight(reader) in RAW:
        return site(place, "measuring", newest(place), None)
    return site(place, "no_data", None, "not_shared")


EXPECTED = {
    "observation_signal": Expected("site_id, tenant_id, state, value, reason", DAILY, observed),
}
