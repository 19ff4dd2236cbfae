"""A log record is one line, whatever a caller's name holds."""

import logging

from apps.core.logs import LineFormatter


def test_newline_in_a_value_does_not_forge_a_line() -> None:
    record = logging.LogRecord(
        "calls", logging.INFO, __file__, 1, "caller %s", ("a\r\nERROR forged\0",), None
    )
    record.linkedid = "pbx1-1.1"
    line = LineFormatter().format(record)
    assert "\n" not in line
    assert "\r" not in line
    assert line.endswith("[linkedid=pbx1-1.1]")
