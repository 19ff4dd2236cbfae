"""Files whose names come from outside stay inside their folder; files of the erased go."""

import logging
from collections.abc import Iterable
from pathlib import Path

logger = logging.getLogger(__name__)


def path_inside(folder: Path, text: str) -> Path | None:
    """Return a path relative to the folder, None for anything outside it and for the folder itself.

    Links are followed first, so a link cannot lead out. An absolute path is taken as it is.
    """
    base = folder.resolve()
    path = (base / text).resolve()
    return path.relative_to(base) if path.is_relative_to(base) and path != base else None


def erased_files_remove(files: Iterable[Path]) -> None:
    """Remove the files of an erased person; one that stays is logged and keeps no other."""
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError:
            # Somebody has to look: the page has said that it is gone.
            logger.exception("the file %s of an erased person could not be removed", file.name)
