"""Macros in SQL."""

from __future__ import annotations

import pytest

from regionhub.errors import SchemaError
from regionhub.store.statements import expand

SEEN = "array(select tenant_id from core.role_tenant where role_name = current_user)"
GRANTED = "select datastream_id from api.granted_datastream"


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        (":seen(tenant_id)", f"tenant_id = any ({SEEN})"),
        (":own(tenant_id)", f"tenant_id = any ({SEEN[:-1]} and may_write))"),
        ("where not :seen(d.tenant_id) or x", f"where not d.tenant_id = any ({SEEN}) or x"),
        (":granted(d.datastream_id, raw)", f"d.datastream_id = any (array({GRANTED} where raw))"),
        (":granted(x,hourly)", f"x = any (array({GRANTED} where hourly))"),
        (":granted( x , daily )", f"x = any (array({GRANTED}))"),
        ("(:believed(a.quality) and b)", "(a.quality not in (4, 9) and b)"),
    ],
)
def test_a_macro_is_a_phrase(text: str, sql: str) -> None:
    assert expand(text) == sql


@pytest.mark.parametrize(
    "text",
    [
        "select x::text, coalesce(y::numeric(6, 2), 0)",
        "select '12:30(x)'::time(0)",
        "a[1:cardinality(a)]",
        "%(site)s::integer is null",
        "select array[1]::int[]",
    ],
)
def test_casts_and_slices_stay_as_they_are(text: str) -> None:
    assert expand(text) == text


@pytest.mark.parametrize(
    "text",
    [
        ":sees(tenant_id)",
        ":granted(datastream_id, weekly)",
        ":granted(datastream_id)",
        ":granted(datastream_id, raw, hourly)",
        ":seen(a, b)",
        ":believed(a, b)",
    ],
)
def test_what_is_no_macro_is_refused(text: str) -> None:
    with pytest.raises(SchemaError, match="no macro"):
        expand(f"select x where {text}")
