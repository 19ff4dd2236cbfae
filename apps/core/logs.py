"""One line a log record, with the ids that tie a call together."""

import logging
from datetime import UTC, datetime

IDS = ("tenant", "linkedid", "uniqueid", "agent", "node")


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
