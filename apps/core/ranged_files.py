"""Answer a file over HTTP with ranges, so that a player can seek. Source: RFC 9110 §14."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase

RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
PIECE_BYTES = 64 * 1024


def ranged_file_response(
    request: HttpRequest, path: Path, *, content_type: str, etag: str = ""
) -> HttpResponseBase:
    """Return 200 with the whole file, 206 with the one range asked for, or 416.

    Several ranges at once and units other than bytes are answered with the whole file, as the
    standard allows. An `If-Range` that no longer fits gives the whole file.
    """
    size = path.stat().st_size
    wanted = request.headers.get("Range", "")
    condition = request.headers.get("If-Range", "")
    tag = f'"{etag}"' if etag else ""
    match = RANGE.match(wanted) if not condition or condition == tag else None
    if match is None or not any(match.groups()):
        response: HttpResponseBase = FileResponse(path.open("rb"), content_type=content_type)
    else:
        start, end = _bounds(match.group(1), match.group(2), size)
        if start >= size or start > end:
            refused = HttpResponse(status=416)
            refused["Content-Range"] = f"bytes */{size}"
            return refused
        piece = _Piece(path, start, end - start + 1)
        response = FileResponse(piece, status=206, content_type=content_type)
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
        response["Content-Length"] = str(end - start + 1)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=0"
    response["Content-Disposition"] = f'inline; filename="{path.name}"'
    if tag:
        response["ETag"] = tag
    return response


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


class _Piece:
    """A part of a file, read in pieces; closed by the response."""

    def __init__(self, path: Path, start: int, length: int) -> None:
        self._file = path.open("rb")
        self._file.seek(start)
        self._left = length

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(PIECE_BYTES):
            yield piece

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes of what is left."""
        most = self._left if size < 0 else min(size, self._left)
        piece = self._file.read(most)
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Close the file."""
        self._file.close()
