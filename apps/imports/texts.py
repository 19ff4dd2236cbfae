"""What is wrong with rows and runs, in words."""

from django.utils.translation import gettext as _

from apps.imports.engine import csv_rows
from apps.imports.errors import FILE_ERRORS

HAS_FAULTS, BROKE, TOO_LONG = "has_faults", "broke", "too_long"


def row_fault(code: str) -> str:
    """Return what is wrong with a whole row."""
    texts = {
        csv_rows.OPEN_QUOTE: _('A quotation mark (") is opened and never closed.'),
        csv_rows.TOO_LONG: _("The line is too long: at most %(most)s characters.")
        % {"most": csv_rows.MAX_LINE},
        csv_rows.TOO_MANY: _("The row has too many columns: at most %(most)s.")
        % {"most": csv_rows.MAX_COLUMNS},
        csv_rows.CELL_TOO_LONG: _("A cell is too long: at most %(most)s characters.")
        % {"most": csv_rows.MAX_CELL},
        csv_rows.BAD_ENCODING: _("Some characters cannot be read. Is the encoding right?"),
        csv_rows.NUL: _("A cell holds characters that no text has."),
    }
    return texts.get(code, code)


def run_problem(code: str) -> str:
    """Return why a run failed, '' when it did not."""
    if code in FILE_ERRORS:
        return str(FILE_ERRORS[code].text)
    texts = {
        "": "",
        HAS_FAULTS: _(
            "Some rows are wrong, and all rows or none were asked for: nothing was imported."
        ),
        BROKE: _(
            "Something went wrong on our side. What was imported until then is counted below."
        ),
        TOO_LONG: _("It took too long and was stopped."),
    }
    return texts.get(code, code)


def not_yours() -> str:
    """Return why a row of somebody else's is not changed."""
    return _("It is there already, and you may not change it.")
