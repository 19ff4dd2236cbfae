"""Follow a growing log file across restarts and rotation, line by whole line."""

import json
from collections.abc import Callable
from pathlib import Path

MAX_LINES = 5_000
# A restart reads this much again: what an earlier process had read but not yet written down.
REWIND_BYTES = 1_000_000
# The first time ever: an old PBX's whole history is not imported.
FIRST_BYTES = 10_000_000


class LogTail:
    """One file's reader. `read` gives new lines, `keep` remembers the place they ended at."""

    def __init__(self, path: Path, position_path: Path) -> None:
        self._path = path
        self._position_path = position_path
        self._inode, self._offset = self._load()

    def read(self, is_due: Callable[[str], bool] = lambda _line: True) -> list[str]:
        """Return up to `MAX_LINES` whole new lines, of a rotated file's rest first.

        Stops before the first line that is not due; it comes first the next time.
        """
        for path in (self._rotated(), self._path):
            if path is None or not path.exists():
                continue
            status = path.stat()
            if status.st_ino != self._inode or self._offset > status.st_size:
                self._inode, self._offset = status.st_ino, 0
            lines, is_end = self._lines(path, is_due)
            if lines or not is_end:
                return lines
        return []

    def keep(self) -> None:
        """Remember on disk how far was read; call when the lines are in safe hands."""
        new = self._position_path.with_suffix(".new")
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps([self._inode, self._offset]))
        new.replace(self._position_path)

    def _lines(self, path: Path, is_due: Callable[[str], bool]) -> tuple[list[str], bool]:
        """Return new lines, and whether they are all that there are."""
        lines: list[str] = []
        with path.open("rb") as file:
            file.seek(self._offset)
            for raw in file:
                if not raw.endswith(b"\n"):
                    break  # an unfinished line is read whole the next time
                line = raw.decode("utf-8", "replace")
                if len(lines) >= MAX_LINES or not is_due(line):
                    return lines, False
                self._offset += len(raw)
                lines.append(line)
        return lines, True

    def _rotated(self) -> Path | None:
        if not self._inode or (self._path.exists() and self._path.stat().st_ino == self._inode):
            return None
        for path in self._path.parent.glob(f"{self._path.name}?*"):
            if path.stat().st_ino == self._inode:
                return path
        return None

    def _load(self) -> tuple[int, int]:
        try:
            inode, offset = json.loads(self._position_path.read_text())
            return int(inode), self._line_start(max(0, int(offset) - REWIND_BYTES))
        except (OSError, ValueError, TypeError):
            pass
        if not self._path.exists():
            return 0, 0
        status = self._path.stat()
        return status.st_ino, self._line_start(max(0, status.st_size - FIRST_BYTES))

    def _line_start(self, offset: int) -> int:
        """Return the beginning of the first line at or after the offset."""
        if offset == 0 or not self._path.exists():
            return offset
        with self._path.open("rb") as file:
            file.seek(offset - 1)
            return offset - 1 + len(file.readline())
