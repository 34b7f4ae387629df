"""A table as people send it: CSV as spreadsheets and suppliers write it, or an Excel workbook."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count, islice
from typing import Any

from openpyxl import load_workbook

from regionhub.errors import InputError
from regionhub.xml_text import has_document_type

#: More devices than any town puts up at once.
MOST_ROWS = 5000
MOST_COLUMNS = 200
#: Of a workbook when it is unpacked; a packed one can be a thousand times smaller.
_MOST_UNPACKED = 12_000_000
#: Of that the styles, which are nothing to us and the slowest to read.
_STYLES, _MOST_STYLES = "xl/styles.xml", 500_000
#: Rows that are looked at in all sheets, also empty ones; a sheet of Excel ends there.
_MOST_LOOKED_AT = 1_048_576
#: Characters of a cell in Excel.
_LONGEST_CELL = 32_767
#: Rows at the top in which the names of the columns may stand: titles come first.
_HEAD_ROWS = 10
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_DELIMITERS = ";,\t"

#: What a spreadsheet holds in one cell; a file of text holds texts only.
Cell = str | int | float | bool | datetime | date | None
#: How many of these are names of columns.
Known = Callable[[Sequence[str]], int]


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not empty; `number` counts from 1 as spreadsheets do."""

    number: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """Names of columns, and the rows below them."""

    head: Sequence[str]
    rows: Sequence[Row]


def read_table(content: bytes, known: Known, *, most: int = MOST_ROWS) -> Table:
    """Read a file; `known` tells the row with the names of the columns from titles above it.

    Raises:
        InputError: it is no table, has no such row, or more than `most` rows.
    """
    if content.startswith(_OLD_EXCEL):
        raise InputError(
            "this is a workbook of an old Excel: save it as .xlsx or as CSV",
            de="Das ist eine Datei eines alten Excel (.xls): speichern Sie sie als .xlsx oder CSV.",
        )
    sheets = _workbook(content, most) if content.startswith(_ZIP) else _texts(content, most)
    best = max((_table(sheet, known) for sheet in sheets), key=lambda found: found[0])
    if not best[0]:
        raise InputError(
            "no row with names of columns was found, such as DevEUI, Modell, Standort",
            de="Keine Zeile mit Spaltennamen gefunden, zum Beispiel DevEUI, Modell, Standort.",
        )
    if len(best[1].rows) > most:
        raise InputError(
            f"more than {most} rows: split the file",
            de=f"Mehr als {most} Zeilen: teilen Sie die Datei auf.",
        )
    return best[1]


def _table(rows: Sequence[Row], known: Known) -> tuple[int, Table]:
    """The table in a sheet, and how many of its columns are known."""
    heads = [[_name(cell) for cell in row.cells] for row in rows[:_HEAD_ROWS]]
    if not heads:
        return 0, Table([], [])
    counts = [known(head) for head in heads]
    at = counts.index(max(counts))
    return counts[at], Table(heads[at], rows[at + 1 :])


def _name(cell: Cell) -> str:
    return "" if cell is None else " ".join(str(cell).split())


def _filled(rows: Iterable[Sequence[Cell]], most: int) -> list[Row]:
    """The rows with something in them, one more than may be."""
    numbered = (
        Row(number, row[:MOST_COLUMNS])
        for number, row in enumerate(rows, 1)
        if any(cell is not None and str(cell).strip() for cell in row)
    )
    return list(islice(numbered, most + _HEAD_ROWS + 1))


def _texts(content: bytes, most: int) -> list[Sequence[Row]]:
    """The same text, cut at each sign that may stand between cells."""
    text = decoded(content)
    return [_cut(text, delimiter, most) for delimiter in _DELIMITERS]


def _cut(text: str, delimiter: str, most: int) -> Sequence[Row]:
    try:
        return _filled(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), most)
    except csv.Error:  # a cell of megabytes: an open quotation mark swallowed the rest
        return []


def decoded(content: bytes) -> str:
    """Text of a file: with a mark at its begin as that says, else UTF-8, else as Windows wrote it.

    Raises:
        InputError: it is no text.
    """
    encoding = "utf-8-sig"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\0" in text or "\ufffd" in text:
        raise InputError(
            "this file is neither a table of text (CSV) nor a workbook (.xlsx)",
            de="Diese Datei ist weder eine CSV-Tabelle noch eine Excel-Mappe (.xlsx).",
        )
    return text


def _workbook(content: bytes, most: int) -> list[Sequence[Row]]:
    broken = InputError(
        "this workbook cannot be read: save it again as .xlsx without a password, or as CSV",
        de="Diese Excel-Mappe lässt sich nicht lesen: speichern Sie sie neu als .xlsx ohne "
        "Kennwort, oder als CSV.",
    )
    try:
        _check_unpacked(content)
        looked_at = islice(count(1), _MOST_LOOKED_AT)
        with warnings.catch_warnings(action="ignore"):  # of styles and validations it leaves out
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            sheets = [_filled(_rows(sheet, looked_at), most) for sheet in book.worksheets]
            book.close()
    except InputError:
        raise
    except Exception as error:
        raise broken from error
    if not sheets:
        raise broken
    return list(sheets)


def _check_unpacked(content: bytes) -> None:
    """Look at a workbook before it is read.

    Raises:
        InputError: it becomes too large.
        ValueError: it is made to become large.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = packed.infolist()
        styles = sum(part.file_size for part in parts if part.filename == _STYLES)
        if styles > _MOST_STYLES or sum(part.file_size for part in parts) > _MOST_UNPACKED:
            raise InputError(
                f"this workbook is too large: unpacked it has more than "
                f"{_MOST_UNPACKED // 1_000_000} MB; save the sheet with the table as CSV",
                de=f"Diese Excel-Mappe ist zu groß: entpackt hat sie mehr als "
                f"{_MOST_UNPACKED // 1_000_000} MB. Speichern Sie das Blatt mit der Tabelle als "
                "CSV.",
            )
        for part in parts:
            if has_document_type(packed.read(part)):
                raise ValueError("it has a document type")


def _rows(sheet: Any, looked_at: Iterator[int]) -> Iterator[Sequence[Cell]]:
    """Rows of a sheet, as wide as may be; those that are left out in the file are empty."""
    rows = sheet.iter_rows(max_col=MOST_COLUMNS, max_row=_MOST_LOOKED_AT, values_only=True)
    for row in rows:
        if next(looked_at, None) is None:
            raise ValueError("it has more rows than Excel")
        # most rows of a sheet that was formatted down to its end
        filled = [] if row.count(None) == len(row) else [_plain(value) for value in row]
        while filled and filled[-1] is None:
            filled.pop()
        yield filled


def _plain(value: object) -> Cell:
    if isinstance(value, str) and len(value) > _LONGEST_CELL:
        raise ValueError("a cell is longer than in Excel")
    return value if isinstance(value, str | int | float | datetime | date | None) else str(value)
