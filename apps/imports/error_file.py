"""The rows that failed, as a file that can be corrected and uploaded again."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from apps.imports.models import ImportRun
from apps.imports.selectors import import_errors


def error_rows(run: ImportRun) -> Iterator[list[str]]:
    """Yield a header and each failed row: what is wrong, then the row as it came.

    The names of our own columns begin with #, which no mapping takes for a field.
    """
    names = [_("#Row"), _("#Column"), _("#Value"), _("#Reason")]
    header = [
        name or _("Column %(number)s") % {"number": at} for at, name in enumerate(run.header, 1)
    ]
    return _rows([*names, *header], run)


def _rows(header: list[str], run: ImportRun) -> Iterator[list[str]]:
    yield header
    for number, cells, faults in import_errors(run):
        yield [str(number), *_columns(faults), *cells]


def _columns(faults: list[Any]) -> list[str]:
    return ["\n".join(str(fault[at]) for fault in faults if fault[at]) for at in range(3)]
