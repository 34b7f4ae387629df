"""How statements of requests are planned, and what becomes of their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, dataclass
from datetime import UTC, datetime

import pytest

from regionhub.registry.tenants import create_tenant
from regionhub.series.datastreams import latest
from regionhub.store.database import Connection, Database, connect, select_all, select_one


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A row."""

    name: str
    value: float | None
    time: datetime
    more: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """How often statements were planned for all values, and for those at hand."""

    generic: int
    custom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Measured):
    """A row with fields of its base."""

    tags: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A row that looks at its values."""

    value: int

    def __post_init__(self) -> None:
        if self.value > 1:
            raise ValueError("too large")


@pytest.fixture(scope="module")
def url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    with connect(url) as opened:
        yield opened


def test_a_row_is_what_its_constructor_makes(connection: Connection) -> None:
    time = datetime(2026, 5, 1, 6, 0, 0, 123456, UTC)
    rows = select_all(
        connection,
        Derived,
        "select n as more, %(time)s::timestamptz as time, 1.5::float8 / n as value, "
        "array['a', 'b'] as tags, 'row ' || n as name from generate_series(1, 2) n",
        {"time": time},
    )
    assert rows == [
        Derived(name="row 1", value=1.5, time=time, more=1, tags=["a", "b"]),
        Derived(name="row 2", value=0.75, time=time, more=2, tags=["a", "b"]),
    ]
    with pytest.raises(FrozenInstanceError):
        rows[0].name = "other"  # type: ignore[misc]


def test_a_column_that_is_not_selected_takes_its_default(connection: Connection) -> None:
    row = select_one(
        connection, Measured, "select 'x' as name, null::float8 as value, now() as time"
    )
    assert row is not None
    assert (row.name, row.value, row.more) == ("x", None, 7)


@pytest.mark.parametrize(
    "columns", ["'x' as name, 1::float8 as value", "'x' as name, 1 as value, now() as time, 2 as y"]
)
def test_columns_that_do_not_fit_are_an_error(connection: Connection, columns: str) -> None:
    with pytest.raises(TypeError):
        select_all(connection, Measured, f"select {columns}")


def test_a_row_that_looks_at_its_values_does_so(connection: Connection) -> None:
    assert select_all(connection, Checked, "select 1 as value") == [Checked(value=1)]
    with pytest.raises(ValueError, match="too large"):
        select_all(connection, Checked, "select 2 as value")


def test_each_request_is_planned_for_its_own_values(url: str) -> None:
    """A plan for all values may suit none: with one a list took a hundred times as long."""
    with connect(url) as owner:
        create_tenant(owner, slug="olpe", name="Olpe")
    api = url.replace("postgres@", "rh_api@")
    with Database(api, size=1, role="api") as database:
        for _ in range(12):
            with database.as_role("rh_t_olpe") as town:
                assert latest(town) == []
        with database.transaction() as api_connection:
            plans = select_one(
                api_connection,
                Plans,
                "select sum(generic_plans)::int as generic, sum(custom_plans)::int as custom "
                "from pg_prepared_statements where statement like '%%api.latest%%'",
            )
    assert plans is not None
    assert plans.generic == 0
    assert plans.custom >= 10
