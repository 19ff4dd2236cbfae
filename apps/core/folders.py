"""Files whose names come from outside stay inside their folder."""

from pathlib import Path


def path_inside(folder: Path, text: str) -> Path | None:
    """Return a path relative to the folder, None for anything outside it and for the folder itself.

    Links are followed first, so a link cannot lead out. An absolute path is taken as it is.
    """
    base = folder.resolve()
    path = (base / text).resolve()
    return path.relative_to(base) if path.is_relative_to(base) and path != base else None
