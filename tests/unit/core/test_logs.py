"""A log record is one line, whatever a caller's name holds."""

import logging
import sys

from apps.core.logs import LineFormatter, RefusedInOneLine


def test_newline_in_a_value_does_not_forge_a_line() -> None:
    record = logging.LogRecord(
        "calls", logging.INFO, __file__, 1, "caller %s", ("a\r\nERROR forged\0",), None
    )
    record.linkedid = "pbx1-1.1"
    line = LineFormatter().format(record)
    assert "\n" not in line
    assert "\r" not in line
    assert line.endswith("[linkedid=pbx1-1.1]")


def test_a_refused_page_is_one_line_and_a_fault_keeps_its_trace() -> None:
    try:
        raise PermissionError("no")
    except PermissionError:
        exc_info = sys.exc_info()
    for status, lines in ((403, 1), (500, 2)):
        record = logging.LogRecord(
            "django.request", logging.WARNING, "x", 1, "%s", ("page",), exc_info
        )
        record.status_code = status
        assert RefusedInOneLine().filter(record)
        assert len(LineFormatter().format(record).splitlines()) >= lines
        assert ("Traceback" in LineFormatter().format(record)) is (status != 403)
