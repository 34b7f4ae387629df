"""Files as people send them: separators, encodings, workbooks, names of columns, numbers."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from regionhub.errors import InputError
from regionhub.features.onboarding.columns import columns, known
from regionhub.web.tables import cells
from regionhub.web.tables.sheets import MOST_ROWS, Cell, read_table

HEAD = "DevEUI;Modell;Standort;Tiefe\n"
ROW = "a84041fff0000001;LSE01;Linde am Möhnesee;30\n"


def workbook(*rows: list[object], empty_first: bool = False) -> bytes:
    book = Workbook()
    sheet = book.active
    if empty_first:
        sheet = book.create_sheet("Geräte")
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_text_in_any_separator_and_encoding(encoding: str, delimiter: str) -> None:
    text = (HEAD + ROW).replace(";", delimiter).replace("\n", "\r\n")
    table = read_table(text.encode(encoding), known)
    assert table.head == ["DevEUI", "Modell", "Standort", "Tiefe"]
    assert [row.cells for row in table.rows] == [
        ["a84041fff0000001", "LSE01", "Linde am Möhnesee", "30"]
    ]


def test_titles_above_and_empty_rows_between_are_passed_over() -> None:
    text = f"Lieferschein 4711\n;;\n{HEAD}\n{ROW}\n;;;\n{ROW}"
    assert [row.number for row in read_table(text.encode(), known).rows] == [5, 8]


def test_the_sheet_with_the_devices_is_read() -> None:
    content = workbook(
        ["Bestellung"], ["DevEUI", "Breite"], ["a84041fff0000001", 51.39], empty_first=True
    )
    table = read_table(content, known)
    assert [row.cells for row in table.rows] == [["a84041fff0000001", 51.39]]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "Keine Zeile mit Spaltennamen"),
        (b"a;b\n1;2", "Keine Zeile mit Spaltennamen"),
        (b"\xd0\xcf\x11\xe0 old", "alten Excel"),
        (b"PK\x03\x04 broken", "lässt sich nicht lesen"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "weder eine CSV-Tabelle noch"),
        ((HEAD + ROW * (MOST_ROWS + 1)).encode(), "teilen Sie die Datei auf"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(InputError) as refused:
        read_table(content, known)
    assert says in (refused.value.de or "")


@given(content=st.binary(max_size=300), at=st.integers(0, 5000))
def test_no_bytes_break_the_reader(content: bytes, at: int) -> None:
    book = workbook(["DevEUI"], ["a84041fff0000001"])
    damaged = book[:at] + content + book[at + len(content) :]
    for broken in (content, b"PK\x03\x04" + content, damaged):
        try:
            read_table(broken, known)
        except InputError as refused:
            assert refused.de  # noqa: PT017 - either is right


def altered(part: str, change: Callable[[str], str]) -> bytes:
    """A small workbook, one part of which somebody has written by hand."""
    made = io.BytesIO()
    small = workbook(["DevEUI", "Modell"], ["a84041fff0000001", "LSE01"])
    with zipfile.ZipFile(io.BytesIO(small)) as packed, zipfile.ZipFile(made, "w") as again:
        for name in packed.namelist():
            text = packed.read(name)
            again.writestr(
                name,
                change(text.decode()).encode() if name == part else text,
                compress_type=zipfile.ZIP_DEFLATED,
            )
    return made.getvalue()


def sheet_with(row: str) -> Callable[[str], str]:
    """More rows in a sheet that does not say how large it is."""

    def change(text: str) -> str:
        return re.sub("<dimension[^>]*>", "", text).replace("</sheetData>", row + "</sheetData>")

    return change


_SHEET = "xl/worksheets/sheet1.xml"
_ENTITIES = f'<!DOCTYPE x [<!ENTITY a "{"x" * 1000}">]>'


@pytest.mark.parametrize(
    ("part", "change"),
    [
        (_SHEET, lambda text: _ENTITIES + text.replace("LSE01", "&a;")),
        (_SHEET, sheet_with(f'<row><c t="inlineStr"><is><t>{" " * 32_768}</t></is></c></row>')),
    ],
)
def test_a_workbook_that_grows_when_it_is_read_is_refused(
    part: str, change: Callable[[str], str]
) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_table(altered(part, change), known)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        (_SHEET, lambda text: text + " " * 12_000_000),
        ("xl/styles.xml", lambda text: text.replace("<cellXfs", "<xf/>" * 100_001 + "<cellXfs")),
    ],
)
def test_a_workbook_that_is_too_large_says_so_and_what_to_do(
    part: str, change: Callable[[str], str]
) -> None:
    with pytest.raises(InputError, match="too large") as refused:
        read_table(altered(part, change), known)
    assert refused.value.de is not None
    assert "zu groß" in refused.value.de
    assert "als CSV" in refused.value.de


@pytest.mark.parametrize("row", ['<row r="99999999999"/>', '<row r="9"><c r="XFD9"/></row>'])
def test_what_is_empty_below_and_beside_the_rows_is_passed_over(row: str) -> None:
    table = read_table(altered(_SHEET, sheet_with(row)), known)
    assert [found.cells for found in table.rows] == [["a84041fff0000001", "LSE01"]]


def test_columns_by_their_names() -> None:
    found = columns(
        ["Dev EUI", "AppKey", "Serien-Nr.", "Geräte-Typ", "Breitengrad", "LON", "Höhe [m]",
         "Einbautiefe in mm", "Farbe", "Name", "vented"],
        ["vented"],
    )  # fmt: skip
    assert {(one.field.part, one.field.key) for one in found.read} == {
        *(("device", key) for key in ("dev_eui", "serial", "profile_id", "name")),
        *(("site", key) for key in ("latitude", "longitude")),
        *(("installation", key) for key in ("mounting_height_cm", "depth_cm")),
        ("parameter", "vented"),
    }
    assert list(found.secret) == ["AppKey"]
    assert list(found.unknown) == ["Farbe"]
    by_key = {one.field.key: one.read for one in found.read}
    assert by_key["mounting_height_cm"]("3,5") == 350
    assert by_key["depth_cm"]("300") == 30


def test_name_is_of_the_site_where_no_devices_are() -> None:
    [name, _] = columns(["Name", "Art"]).read
    assert name.field.part == "site"


@pytest.mark.parametrize(
    "name", ["AppKey", "app_key", "NwkKey", "Network Key", "AppSKey", "NwkSKey", "Root Key"]
)
def test_keys_are_never_read(name: str) -> None:
    found = columns(["DevEUI", name])
    assert list(found.secret) == [name]
    assert len(found.read) == 1


@pytest.mark.parametrize(
    ("read", "cell", "value"),
    [
        (cells.degrees, "51,3967", 51.3967),
        (cells.degrees, "51.3967", 51.3967),
        (cells.degrees, "51,3967° N", 51.3967),
        (cells.degrees, "51°23'48\"N", 51.3966667),
        (cells.degrees, "8°3′52,2″O", 8.0645),
        (cells.degrees, 8.0645, 8.0645),
        (cells.position, "51,3967; 8,0645", (51.3967, 8.0645)),
        (cells.position, "51.3967, 8.0645", (51.3967, 8.0645)),
        (cells.position, "51.3967,8.0645", (51.3967, 8.0645)),
        (cells.position, "51,3967 8,0645", (51.3967, 8.0645)),
        (cells.kind, "Bäume", "tree"),
        (cells.kind, "PEGEL", "gauge"),
        (cells.kind, "road", "road"),
        (cells.whole, "1987", 1987),
        (cells.whole, 1987.0, 1987),
        (cells.text, 4711.0, "4711"),
        (cells.text, "  Linde \n am  Markt ", "Linde am Markt"),
        (cells.moment, "24.11.2026", "2026-11-23T23:00:00+00:00"),
        (cells.moment, "24.07.2026 14:30 Uhr", "2026-07-24T12:30:00+00:00"),
        (cells.moment, "2026-07-24T14:30:00+02:00", "2026-07-24T12:30:00+00:00"),
        (cells.moment, datetime(2026, 7, 24, 14, 30), "2026-07-24T12:30:00+00:00"),  # noqa: DTZ001
        (cells.dev_eui, "A8-40-41-FF-F0-00-00-01", "a84041fff0000001"),
    ],
)
def test_cells(read: Callable[[Cell], object], cell: Cell, value: object) -> None:
    assert read(cell) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [("30", 30), ("1,2 m", 120), ("300mm", 30), ("1.234,5", 1234.5), ("1,234.5", 1234.5),
     ("−5", -5), (30, 30), ("12.5", 12.5)],
)  # fmt: skip
def test_measures(cell: Cell, value: float) -> None:
    assert cells.measure(cell, cells.CENTIMETRES, "cm") == pytest.approx(value)


@pytest.mark.parametrize(
    ("read", "cell", "says"),
    [
        (cells.dev_eui, 8.404100018123456e15, "formatieren Sie die Spalte als Text"),
        (cells.dev_eui, "8,4041E+15", "formatieren Sie die Spalte als Text"),
        (cells.dev_eui, "A84041", "16 Stellen"),
        (cells.dev_eui, "0000000000000000", "Etikett"),
        (cells.kind, "Haus", "Baum, Beet, Pegel"),
        (cells.degrees, "nördlich", "Zahl"),
        (cells.degrees, True, "Zahl"),
        (cells.whole, "19,5", "Zahl"),
        (cells.position, "51,3967", "Breite und Länge"),
        (cells.moment, "gestern", "24.11.2026"),
        (cells.moment, "31.02.2026", "24.11.2026"),
        (lambda cell: cells.measure(cell, cells.CENTIMETRES, "cm"), "1.200", "nicht eindeutig"),
        (lambda cell: cells.measure(cell, cells.CENTIMETRES, "cm"), "1.200 cm", "nicht eindeutig"),
        (lambda cell: cells.measure(cell, cells.CENTIMETRES, "cm"), "+1.200", "nicht eindeutig"),
        (cells.moment, "01.01.0001", "Tag oder eine Zeit"),
        (cells.moment, "0202-07-01", "Tag oder eine Zeit"),
        (lambda cell: cells.measure(cell, cells.CENTIMETRES, "cm"), "3 Zoll", "cm, m, mm"),
    ],
)
def test_what_a_cell_cannot_mean(read: Callable[[Cell], object], cell: Cell, says: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - of any field
        read(cell)
    assert says in getattr(refused.value, "de", "")


@given(cell=st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.booleans()))
def test_no_cell_breaks_a_reader(cell: Cell) -> None:
    readers: list[Callable[[Cell], object]] = [
        *(cells.text, cells.dev_eui, cells.kind, cells.whole, cells.degrees, cells.position),
        *(cells.moment, lambda cell: cells.measure(cell, cells.SECONDS, "min")),
    ]
    for read in readers:
        try:
            read(cell)
        except ValueError as refused:
            assert getattr(refused, "de", "")  # noqa: PT017 - either is right
