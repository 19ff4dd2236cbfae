"""Files that are made to harm: refused, or every row of them accounted for, in little memory."""

import csv
import io
import struct
import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.services import customer_create
from apps.imports import files, services
from apps.imports.choices import FileKind
from apps.imports.engine.csv_rows import MAX_COLUMNS, OPEN_QUOTE, TOO_LONG, TOO_MANY
from apps.imports.engine.formulas import STARTS
from apps.imports.errors import (
    BombError,
    BrokenWorkbookError,
    FileRefusedError,
    MacroError,
    NotATableError,
)
from apps.imports.exports import export_ask, export_fetched
from apps.imports.models import ImportRun
from apps.imports.selectors import import_errors
from apps.imports.xlsx import MAX_PARTS, RATIO_FROM, sheet_rows
from tests.integration.imports.import_rows import (
    HEADER,
    counts,
    csv_bytes,
    person,
    started,
    uploaded,
    worked,
    xlsx_bytes,
)

pytestmark = pytest.mark.django_db
MILLION = 1_000_000
# What reading may take beside the file itself: a line, a piece of XML, tables of the parser.
LITTLE_BYTES = 24 * 1024**2
SHEET = "xl/worksheets/sheet1.xml"


def workbook(**parts: bytes) -> bytes:
    """Return a workbook of one row, with parts replaced or added; `__` stands for `/`."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes([HEADER, ["13900000001", "spam"]]))) as book:
        found = {name: book.read(name) for name in book.namelist()}
    found |= {name.replace("__", "/").replace("_dot_", "."): data for name, data in parts.items()}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in found.items():
            book.writestr(name, data)
    return target.getvalue()


def sheet_of(rows: bytes) -> bytes:
    name = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return b'<worksheet xmlns="' + name + b'"><sheetData>' + rows + b"</sheetData></worksheet>"


def refused(data: bytes, error: type[FileRefusedError], name: str = "a.xlsx") -> None:
    """Say that the upload is refused, and nothing of it stays."""
    user = person()
    with pytest.raises(error):
        uploaded(user, data, name=name)
    with all_tenants("test"):
        assert not ImportRun.objects.filter(tenant=user.tenant).exists()


def test_a_workbook_that_unpacks_to_far_more_than_it_weighs_is_not_opened() -> None:
    bomb = workbook(xl__worksheets__sheet1_dot_xml=sheet_of(b" " * (RATIO_FROM + 1)))
    assert len(bomb) < MILLION
    refused(bomb, BombError)


def test_a_workbook_of_thousands_of_parts_is_not_opened() -> None:
    refused(workbook(**{f"xl__part{at}": b"" for at in range(MAX_PARTS)}), BombError)


def test_a_workbook_that_lies_about_its_size_is_cut_at_what_it_says() -> None:
    """The table of contents says 1 kB; the part is 80 MB of blanks."""
    data = workbook(xl__worksheets__sheet1_dot_xml=sheet_of(b" " * 80 * MILLION))
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        true = struct.pack("<I", book.getinfo(SHEET).file_size)
    begin = data.index(b"PK\x01\x02")
    lie = data[:begin] + data[begin:].replace(true, struct.pack("<I", 1000))
    assert lie != data
    tracemalloc.start()
    try:
        run = uploaded(person(), lie, name="a.xlsx")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (run.state, run.problem) == ("failed", BrokenWorkbookError.code)
    assert most < LITTLE_BYTES


def test_a_workbook_with_entities_that_grow_is_refused() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    data = workbook(xl__worksheets__sheet1_dot_xml=laughs + sheet_of(b"&b;"))
    run = uploaded(person(), data, name="a.xlsx")
    assert (run.state, run.problem) == ("failed", BrokenWorkbookError.code)


@pytest.mark.parametrize("name", ["a.xlsm", "a.xlsx", "a.csv"])
def test_a_workbook_with_macros_is_refused_whatever_its_name(name: str) -> None:
    refused(workbook(xl__vbaProject_dot_bin=b"\xd0\xcf\x11\xe0"), MacroError, name)
    refused(workbook(xl__macrosheets__sheet1_dot_xml=b"<x/>"), MacroError, name)


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("../../etc/cron.d/evil", "* * * * * root true")
    refused(target.getvalue(), NotATableError)


def little(path: Path, kind: FileKind) -> Counter[str]:
    """Return how often each fault is in a file's rows; it was read in little memory."""
    found: Counter[str] = Counter()
    widest = 0
    tracemalloc.start()
    try:
        for row in files.file_rows(path, kind, "utf-8", ","):
            found[row.fault] += 1
            widest = max(widest, len(row.cells))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < LITTLE_BYTES, most
    assert widest <= MAX_COLUMNS
    return found


@pytest.mark.parametrize("cell", [b",", b"1,", b'"1",'])
def test_a_line_of_a_million_columns_costs_itself_alone(cell: bytes, tmp_path: Path) -> None:
    data = b",".join([b"13900000001,spam,\n", cell * MILLION, b"\n13900000002,spam,"])
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    assert little(path, FileKind.CSV) == {"": 2, TOO_LONG: 1}


def test_a_header_of_a_million_columns_is_shown_as_wrong() -> None:
    header = b",".join(b"c%d" % at for at in range(MILLION))
    run = uploaded(person(), header + b"\n13900000001,spam\n")
    assert (run.state, run.rows_all) == ("ready", 2)
    assert run.sample[0][2] == TOO_LONG
    assert len(run.sample[0][1]) <= MAX_COLUMNS


@pytest.mark.parametrize("cell", [b"<c><v>1</v></c>", b"<c><v></v></c>", b"<c/>"])
def test_a_sheet_of_a_million_columns_costs_a_row(cell: bytes, tmp_path: Path) -> None:
    row = b"<row>" + cell * MILLION + b"</row>"
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        workbook(
            xl__worksheets__sheet1_dot_xml=sheet_of(row + b"<row><c><v>13900000002</v></c></row>")
        )
    )
    is_wide = b"1" in cell
    assert little(path, FileKind.XLSX) == ({"": 1, TOO_MANY: 1} if is_wide else {"": 2})


def test_a_sheet_that_names_a_column_far_away_takes_no_room_for_those_before() -> None:
    number = b"<c><v>13900000002</v></c>"
    far = b'<row><c r="ZZZ1"><v>1</v></c><c r="AAAAAAAA1"><v>2</v></c></row>'
    rows = b"<row>" + number + b"</row>" + far + b'<row r="99999999999999">' + number + b"</row>"
    run = uploaded(person(), workbook(xl__worksheets__sheet1_dot_xml=sheet_of(rows)), name="a.xlsx")
    assert (run.state, [row[0] for row in run.sample]) == ("ready", [1, 2, 3])
    assert [row[2] for row in run.sample] == ["", TOO_MANY, ""]


def test_an_endless_line_is_one_row_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as target:
        for _at in range(60):
            target.write(b"x" * MILLION)
        target.write(b"\n13900000001,spam,\n")
    assert little(path, FileKind.CSV) == {TOO_LONG: 1, "": 1}
    # A cell in each line that opens a quote and closes none.
    path.write_bytes(b'"x\n' * MILLION)
    assert little(path, FileKind.CSV) == {OPEN_QUOTE: MILLION}


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (csv_bytes([HEADER, ["13900000001", "骚扰", ""]] * 40, "gb18030"), "utf-8"),
        (csv_bytes([HEADER, ["13900000001", "骚扰", ""]] * 40, "utf-8"), "big5"),
        # Cut in the middle of a sign; half a surrogate pair; 一 has a NUL on the other side.
        (csv_bytes([HEADER, ["13900000001", "骚扰", ""]] * 40, "utf-16-le") + b"\x00", "utf-16-le"),
        ("号码,原因\n13900000001,".encode("utf-16-le") + b"\x00\xd8", "utf-16-le"),
        (csv_bytes([HEADER, ["13900000001", "一再骚扰", ""]] * 40, "utf-16-be"), "utf-16-be"),
        (b"number,reason\n13900000001,\xff\xfe\x81\n13900000002,spam\n", "utf-8"),
    ],
)
def test_a_file_read_in_the_wrong_encoding_loses_no_row(data: bytes, encoding: str) -> None:
    user = person()
    run = uploaded(user, data)
    with tenant_scope(run.tenant_id):
        run = services.import_read_as(run=run, encoding=encoding, has_header=True)
    run = worked(run)
    assert run.state == "ready"
    run = worked(started(run, user, mapping={0: "number", 1: "reason"}))
    assert run.state == "done"
    read, _created, _updated, _skipped, failed = counts(run)
    assert read == run.rows_all
    with tenant_scope(run.tenant_id):
        # What cannot be read is reported in text that can be kept and sent.
        told = list(import_errors(run))
        assert len(told) == failed
        assert str(told).encode()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_nothing_in_an_export_is_a_formula(kind: str, tmp_path: Path) -> None:
    user = person()
    names = [f"{start}cmd|' /C calc'!A0" for start in STARTS if start.strip()]
    names += ["=HYPERLINK(1)", "https://example.com/?a=1", "{=1+1}"]
    with tenant_scope(user.tenant_id or 0):
        for at, name in enumerate(names):
            values = {"name": name, "numbers": f"1390000{at:04d}", "note": f"\t={at}"}
            customer_create(tenant_id=user.tenant_id or 0, values=values)
        run = export_ask(user=user, source="customers", query="", kind=kind, language="en")
        path = export_fetched(run=run)
    if kind == "csv":
        with path.open(encoding="utf-8-sig", newline="") as source:
            cells = [cell for row in csv.reader(source) for cell in row]
        assert not [cell for cell in cells if cell.lstrip(" ").startswith(STARTS)]
    else:
        with zipfile.ZipFile(path) as book:
            sheet = book.read(SHEET)
        assert b"<f>" not in sheet
        assert b"<hyperlink" not in sheet
        cells = [cell for row in sheet_rows(path) for cell in row.cells]
    found = {cell.removeprefix("'") for cell in cells}
    assert set(names) <= found
