"""One line a log record, with the ids that tie a call together."""

import logging
from datetime import UTC, datetime

FORBIDDEN = 403
IDS = ("tenant", "linkedid", "uniqueid", "agent", "node")


class RefusedInOneLine(logging.Filter):
    """Take the stack trace off a refused page: Django logs one for each, and real faults drown."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through."""
        if getattr(record, "status_code", None) == FORBIDDEN:
            record.exc_info = None
        return True


class LineFormatter(logging.Formatter):
    """Format as `time level logger message [tenant=… linkedid=…]`; control characters escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a caller's newline cannot forge a second one."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n").replace("\0", "\\0")
        ids = " ".join(
            f"{name}={getattr(record, name)!s}" for name in IDS if getattr(record, name, None)
        )
        line = f"{at} {record.levelname} {record.name} {message}" + (f" [{ids}]" if ids else "")
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line
