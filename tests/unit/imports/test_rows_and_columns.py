"""Any bytes and any text: every row comes out once, whole or with a fault; nothing raises."""

import csv
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.imports.engine import csv_rows as cut
from apps.imports.engine.accounts import Account, Outcome
from apps.imports.engine.csv_rows import csv_rows, delimiter_guess
from apps.imports.engine.encodings import ENCODINGS, encoding_guess
from apps.imports.engine.fields import Field, row_texts
from apps.imports.engine.formulas import STARTS, cell_safe, cell_unsafe
from apps.imports.engine.mapping import (
    header_is_there,
    mapping_guess,
    mapping_problems,
    template_mapping,
)
from apps.imports.errors import FileRefusedError
from apps.imports.files import file_kind, file_rows
from apps.imports.xlsx import sheet_rows

FIELDS = [
    Field("name", "姓名", ("客户姓名", "name", "customer name"), is_required=True),
    Field("numbers", "电话", ("手机", "手机号", "phone", "mobile"), is_many=True),
    Field("note", "备注", ("note", "remark")),
]
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\ufffd"), max_size=12)
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="huawu-imports-") as name:
        yield Path(name)


@given(TABLES, st.sampled_from([",", ";", "\t"]))
def test_what_a_csv_writer_writes_is_read_back(table: list[list[str]], delimiter: str) -> None:
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter).writerows(table)
    lines = io.StringIO(target.getvalue(), newline="").readlines()
    found = [row for row in csv_rows(lines, delimiter) if not row.fault]
    expected = [[cell.strip() for cell in row] for row in table]
    if len(found) == len(expected):
        for row, cells in zip(found, expected, strict=True):
            while cells and not cells[-1]:
                cells.pop()
            assert row.cells == cells


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=30))
def test_no_line_is_lost_whatever_it_holds(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    source = io.StringIO(text, newline="").readlines()
    rows = list(csv_rows(source, ","))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) <= len(source)
    said = "".join("".join(row.cells) for row in rows)
    for sign in "abcdefg0123":
        assert said.count(sign) == text.count(sign)


def test_a_quote_that_is_never_closed_costs_its_own_line() -> None:
    lines = ['a,"b\n', "c,d\n", 'e,"f ""g"" h"\n', 'i,"two\n', 'lines"\n']
    rows = list(csv_rows(lines, ","))
    assert [row.fault for row in rows] == [cut.OPEN_QUOTE, "", "", ""]
    assert rows[2].cells == ["e", 'f "g" h']
    assert rows[3].cells == ["i", "two\nlines"]


def test_a_file_of_open_quotes_is_read_in_time() -> None:
    rows = list(csv_rows(['"a,b\n'] * 20_000, ","))
    assert sum(bool(row.fault) for row in rows) > 19_000


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("x" * (cut.MAX_LINE + 1), cut.TOO_LONG),
        (",".join("x" * (cut.MAX_COLUMNS + 1)), cut.TOO_MANY),
        ("x" * (cut.MAX_CELL + 1), cut.CELL_TOO_LONG),
        ("a\x00b", cut.NUL),
        ("a\ufffdb", cut.BAD_ENCODING),
        ("x" + "," * 50_000, ""),
    ],
)
def test_what_cannot_be_kept_is_a_fault_of_its_row(line: str, fault: str) -> None:
    [row] = csv_rows([line + "\n"], ",")
    assert row.fault == fault
    assert sum(len(cell) for cell in row.cells) < 20_000


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(prefix="huawu-any-") as target:
        target.write(data)
        target.flush()
        path = Path(target.name)
        try:
            kind = file_kind(path)
            rows = list(file_rows(path, kind, encoding_guess(data), ","))
        except FileRefusedError:
            return
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_is_known_in_its_encodings(encoding: str) -> None:
    data = "姓名,电话\n王芳,13800138000\n赵磊,13700137000\n".encode(encoding)
    assert encoding_guess(data) == encoding.removesuffix("-sig")


@given(st.binary(max_size=200))
def test_an_encoding_is_guessed_for_anything(data: bytes) -> None:
    assert encoding_guess(data) in ENCODINGS


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_cuts_evenly(delimiter: str) -> None:
    assert delimiter_guess(delimiter.join("abc") + "\n" + delimiter.join("def")) == delimiter


def test_headers_are_known_in_both_languages_and_nearly() -> None:
    assert mapping_guess(["客户姓名", "手机号码", "Phone 2"], FIELDS) == {
        0: "name",
        1: "numbers",
        2: "numbers",
    }
    assert mapping_guess(["Custmer Name", "colour", "#原因"], FIELDS) == {0: "name"}
    assert header_is_there(["姓名", "x"], FIELDS)
    assert not header_is_there(["王芳", "13800138000"], FIELDS)


@given(st.lists(st.text(max_size=20), max_size=12))
def test_a_guess_is_always_a_mapping_that_could_be_chosen(header: list[str]) -> None:
    found = mapping_guess(header, FIELDS)
    assert set(found) <= set(range(len(header)))
    assert {code for code, _key in mapping_problems(found, FIELDS)} <= {"field_missing"}
    named = {header[column]: key for column, key in found.items()}
    assert set(template_mapping(named, header, FIELDS)) >= set(found)


def test_a_mapping_by_hand_is_looked_over() -> None:
    assert mapping_problems({0: "name", 1: "name"}, FIELDS) == [("field_twice", "name")]
    assert mapping_problems({0: "nonsense"}, FIELDS) == [
        ("unknown_field", "nonsense"),
        ("field_missing", "name"),
    ]


def test_several_columns_of_a_list_are_collected() -> None:
    many = frozenset({"numbers"})
    mapping = {0: "name", 1: "numbers", 2: "numbers", 9: "note"}
    assert row_texts(["a", "1", "2"], mapping, many) == {"name": "a", "numbers": "1; 2"}


@given(st.text(max_size=20))
def test_no_cell_is_a_formula_and_ours_comes_back(text: str) -> None:
    safe = cell_safe(text)
    assert not safe.lstrip(" ").startswith(STARTS)
    assert "\x00" not in safe
    if "\x00" not in text and not text.startswith("'"):
        assert cell_unsafe(safe) == text


@given(st.lists(st.sampled_from(list(Outcome)), max_size=50))
def test_an_account_always_balances(outcomes: list[Outcome]) -> None:
    account = Account()
    for outcome in outcomes:
        account = account.with_row(outcome)
    assert account.is_balanced
    assert account.read == len(outcomes)


@given(
    st.lists(
        st.lists(
            st.one_of(
                st.text(st.characters(min_codepoint=32, codec="utf-8"), max_size=8),
                st.integers(-(10**9), 10**9),
                st.none(),
            ),
            max_size=5,
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=40)
def test_a_workbook_says_what_calamine_reads(table: list[list[object]]) -> None:
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as target:
        book = xlsxwriter.Workbook(target.name, {"strings_to_urls": False})
        sheet = book.add_worksheet()
        for at, row in enumerate(table):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(at, column, value)
                elif value:
                    sheet.write_string(at, column, str(value))
        book.close()
        ours = {row.number: row.cells for row in sheet_rows(Path(target.name)) if row.cells}
        calamine = python_calamine.CalamineWorkbook.from_path(target.name).get_sheet_by_index(0)
        whole = calamine.to_python(skip_empty_area=False)
    theirs = {}
    for number, cells in enumerate(whole, 1):
        texts = [str(int(cell)) if isinstance(cell, float) else str(cell).strip() for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            theirs[number] = texts
    assert ours == theirs
