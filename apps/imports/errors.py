"""What can go wrong with imports and exports."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class ImportsError(HuawuError):
    """The root of this app's errors."""

    code = "imports.error"


class FileRefusedError(ImportsError):
    """The file is not taken."""

    code = "imports.file"
    text = _("This file cannot be read. Save it as CSV or XLSX and upload it again.")


class FileEmptyError(FileRefusedError):
    """There is nothing in it."""

    code = "imports.file_empty"
    text = _("The file is empty.")


class FileTooBigError(FileRefusedError):
    """It weighs more than the installation allows."""

    code = "imports.file_big"
    status = 413
    text = _("The file is larger than allowed. Split it, or ask the operator for a higher limit.")


class TooManyRowsError(FileRefusedError):
    """It has more rows than the installation allows."""

    code = "imports.rows_many"
    text = _("The file has more rows than allowed. Split it into several files.")


class NotATableError(FileRefusedError):
    """It is a program, a picture, a PDF or the like, whatever its name says."""

    code = "imports.not_a_table"
    text = _("This is no CSV and no XLSX file, whatever its name says.")


class OldExcelError(FileRefusedError):
    """An .xls, or an XLSX with a password."""

    code = "imports.old_excel"
    text = _(
        "This is an old Excel file (.xls) or has a password. Save it as XLSX without a password."
    )


class MacroError(FileRefusedError):
    """A workbook with macros."""

    code = "imports.macros"
    text = _("The workbook has macros. Save it as an ordinary XLSX without them.")


class BombError(FileRefusedError):
    """A small file that unpacks to an enormous one."""

    code = "imports.bomb"
    text = _("The file unpacks to far more than its size. It is not opened.")


class BrokenWorkbookError(FileRefusedError):
    """The parts of a workbook are missing or damaged."""

    code = "imports.broken"
    text = _("The workbook is damaged. Open it in a spreadsheet and save it again.")


class FileGoneError(ImportsError):
    """Its days are over."""

    code = "imports.file_gone"
    status = 410
    text = _("The file was removed because it is old. Upload or export it again.")


class MappingError(ImportsError):
    """The columns do not fit the fields."""

    code = "imports.mapping"
    text = _("The columns do not fit: a field that is needed has none, or one has two.")


class NotReadyError(ImportsError):
    """Something else is under way with it, or it is over."""

    code = "imports.not_ready"
    status = 409
    text = _("This is not possible now. Load the page again to see how far it is.")


class TooManyOpenError(ImportsError):
    """The company has many under way already."""

    code = "imports.busy"
    status = 429
    text = _("Too many imports or exports wait already. Try again when one is done.")


FILE_ERRORS: dict[str, type[FileRefusedError]] = {
    error.code: error
    for error in (
        FileRefusedError,
        FileEmptyError,
        FileTooBigError,
        TooManyRowsError,
        NotATableError,
        OldExcelError,
        MacroError,
        BombError,
        BrokenWorkbookError,
    )
}
