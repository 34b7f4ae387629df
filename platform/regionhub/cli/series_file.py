"""Time series from CSV files that a person made: for trying forecasts at a desk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from regionhub.errors import InputError


def read_series(
    file: Path,
    *,
    index: str,
    required: Sequence[str],
    optional: Sequence[str] = (),
    days: bool = False,
) -> pd.DataFrame:
    """Read columns of numbers by time, in rising order.

    Columns are separated by commas with decimal points, or by semicolons or tabs with decimal
    commas; an empty cell is a missing value. Names of columns may have capitals. Times are ISO
    8601; without an offset they are UTC. An optional name that ends with `_` stands for all columns
    that begin with it. With `days` only the day that is written counts, whatever hour and offset
    stand behind it. A row that is written twice counts once.

    Raises:
        InputError: the file cannot be read, a column is missing, a cell is no number or no time,
            or a time comes twice with different values.
    """
    table = _read(file)
    missing = [name for name in (index, *required) if name not in table]
    if missing:
        raise InputError(
            f"{file} has no column {' and no column '.join(missing)}; "
            f"its columns are {', '.join(map(str, table))}"
        )
    others = [name for name in map(str, table) if _is_one_of(name, optional)]
    wanted = [*required, *(name for name in others if name not in required)]
    numbers = pd.DataFrame({name: _numbers(file, table[name]) for name in wanted})
    numbers.index = pd.DatetimeIndex(_times(file, table[index], days=days), name=index)
    numbers = numbers[~table.duplicated().to_numpy()]
    if numbers.index.has_duplicates:
        twice = numbers.index[numbers.index.duplicated()][0]
        raise InputError(
            f"{file}: {twice.isoformat()} comes twice with different values; "
            "give times with their offset where clocks were put back"
        )
    if not numbers.index.is_monotonic_increasing:
        numbers = numbers.sort_index()
    return numbers


def _read(file: Path) -> pd.DataFrame:
    try:
        with file.open(encoding="utf-8-sig") as lines:
            header = lines.readline()
        separator = next((sign for sign in ";\t" if sign in header), ",")
        table = pd.read_csv(
            file, sep=separator, dtype=str, encoding="utf-8-sig", skipinitialspace=True
        )
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, pd.errors.ParserError) as error:
        raise InputError(f"{file} is no CSV file: {error}") from error
    if table.empty:
        raise InputError(f"{file} has no rows")
    if not isinstance(table.index, pd.RangeIndex):  # pandas takes the first cells for an index
        raise InputError(
            f"{file} has rows with more cells than its head names columns; "
            "numbers with decimal commas need semicolons between the columns"
        )
    table.columns = table.columns.str.strip().str.lower()
    if separator != ",":
        table = table.apply(lambda column: column.str.replace(",", ".", regex=False))
    return table


def _is_one_of(name: str, names: Sequence[str]) -> bool:
    return any(name == one or (one.endswith("_") and name.startswith(one)) for one in names)


def _numbers(file: Path, column: pd.Series[str]) -> pd.Series[float]:
    numbers = pd.to_numeric(column, errors="coerce")
    _complain(file, column, numbers.isna() & column.notna(), "no number")
    finite = numbers.abs() < float("inf")
    _complain(file, column, ~finite & numbers.notna(), "no finite number")
    return numbers


def _times(file: Path, column: pd.Series[str], *, days: bool) -> pd.Series[pd.Timestamp]:
    written = column.str.split("[T ]", regex=True).str[0] if days else column
    times = pd.to_datetime(written, errors="coerce", utc=True, format="ISO8601")
    _complain(
        file, column.fillna(""), times.isna(), "no time (ISO 8601, such as 2026-07-14T06:00Z)"
    )
    return times


def _complain(file: Path, column: pd.Series[str], wrong: pd.Series[bool], what: str) -> None:
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(f"{file}, line {row + 2}, {column.name}: {column.iloc[row]!r} is {what}")
