"""LibreOffice without a screen: reckons a workbook's formulas and says its cells as CSV."""

import csv
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path

MISSING = (
    "LibreOffice is missing (soffice). Install it: apt-get install libreoffice-calc-nogui\n"
    "(Debian; it is needed for this command alone.)"
)
SHEET = "xl/worksheets/sheet1.xml"
# Comma, quotation mark, UTF-8, from the first row, cells as they are and not as they look,
# formulas' values, the first sheet. Source: LibreOffice Help, "Filter Options for CSV".
TO_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,1"
PLAIN = "0.000000000000"
LONGEST_S = 120


def found() -> str | None:
    """Return where LibreOffice is."""
    return shutil.which("soffice")


def letters(column: int) -> str:
    """Return how a spreadsheet calls a column, 0 is A."""
    text = ""
    while column >= 0:
        text, column = chr(ord("A") + column % 26) + text, column // 26 - 1
    return text


def with_sums(source: Path, target: Path, *, rows: int, columns: Iterable[int]) -> None:
    """Copy a workbook with a row more: SUM of each column's cells in rows 2 to `rows` + 1.

    The sums have no value kept beside them, so that whoever opens it must reckon them. They are
    told as plain numbers: a sum of times would be a time of the clock.
    """
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == SHEET:
                content = _summed(content.decode(), rows, columns).encode()
            new.writestr(name, content)


def _summed(sheet: str, rows: int, columns: Iterable[int]) -> str:
    last = max(int(at) for at in re.findall(r'<row r="(\d+)"', sheet))
    cells = "".join(
        f'<c r="{letters(one)}{last + 1}">'
        f'<f>TEXT(SUM({letters(one)}2:{letters(one)}{rows + 1}),"{PLAIN}")</f></c>'
        for one in columns
    )
    row = f'<row r="{last + 1}">{cells}</row></sheetData>'
    assert sheet.count("</sheetData>") == 1
    return sheet.replace("</sheetData>", row)


def reckoned(workbook: Path) -> list[list[str]]:
    """Return the cells of a workbook's first sheet as LibreOffice has them after it reckoned."""
    program = found()
    assert program is not None, MISSING
    # A profile of its own: another LibreOffice of this person would take the work over.
    profile = f"-env:UserInstallation=file://{workbook.parent}/profile"
    command = [program, profile, "--headless", "--convert-to", TO_CSV, "--outdir"]
    done = subprocess.run(
        [*command, str(workbook.parent), str(workbook)],
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    made = sorted(workbook.parent.glob(f"{workbook.stem}*.csv"))
    assert len(made) == 1, (done.returncode, done.stdout, done.stderr)
    with made[0].open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))
