"""Open the XLSX of each kind of report in LibreOffice, and let it add the columns up.

    python3 -m tests.spreadsheets

Of the tests' own data: each workbook is fetched as its page's reader fetches it, a SUM goes below
each column that adds up, LibreOffice reckons it, and it has to be the page's total. Not a part of
`make test`: LibreOffice is 300 MB. Its tests are in `with_libreoffice.py`, which pytest finds only
by its name.
"""

import subprocess
import sys

from tests.spreadsheets.libreoffice import MISSING, found
from tools.paths import ROOT


def main() -> int:
    """Run them against real services, as `tools.test` does; return 1 where one failed."""
    if found() is None:
        print(MISSING, file=sys.stderr)  # noqa: T201 - a command says what is missing
        return 1
    tests = "tests/spreadsheets/with_libreoffice.py"
    command = [sys.executable, "-m", "tools.test", "--streams", "1", tests, *sys.argv[1:]]
    return subprocess.call(command, cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
